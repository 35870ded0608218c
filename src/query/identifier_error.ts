/**
 * The error for keys that cannot be sent.
 *
 * @module
 */
import { markAsOurs } from "../base/worklistd_error.ts";
import type { KeyProblem } from "./query_definition.ts";

/** Keys that cannot be sent; says all that is wrong at once. */
export class IdentifierError extends SyntaxError {
  static {
    markAsOurs(this);
  }

  /** The name of the class. */
  override readonly name = "IdentifierError";
  /** At least one. */
  readonly problems: readonly KeyProblem[];

  /** Joins the problems to one message. */
  constructor(problems: readonly KeyProblem[]) {
    super(problems.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "));
    this.problems = problems;
  }
}
