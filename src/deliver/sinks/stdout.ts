// Touches the world: writes to standard output.
/**
 * The `stdout` sink: every event as one line on standard output, for containers.
 *
 * @module
 */
import type { EventSelection } from "../sink.ts";

/** The options of the `stdout` sink. */
export interface StdoutOptions extends EventSelection {
  readonly type: "stdout";
}
