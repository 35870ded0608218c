/**
 * The state of a query in memory. It changes as the one on disk does, and ends with the process.
 *
 * @module
 */
import { subjectOf } from "../worklist/item.ts";
import { makeCommit } from "../worklist/journal/journal_lines.ts";
import type { Reconciliation } from "../worklist/judge/reconciliation.ts";
import { Worklist } from "../worklist/worklist.ts";
import type { PollStore } from "../daemon/poll/polled_query.ts";

const noSecret = "0".repeat(64);

/** The state of a query while a test case runs. */
export class CaseStore implements PollStore {
  readonly worklist: Worklist = new Worklist();

  /** The last committed sequence. */
  get lastSequence(): number {
    return this.worklist.sequence;
  }

  /** The last used sequence. Nothing is ever lost here, so it is the last committed one. */
  get usedSequence(): number {
    return this.worklist.sequence;
  }

  /** Hashes an identity, here without a secret. */
  subjectOf(id: string): string {
    return subjectOf(noSecret, "case", id);
  }

  /** Applies the changes of a poll. */
  commit(changes: Reconciliation): Promise<void> {
    const { sequence, commits } = this.worklist;
    this.worklist.apply(makeCommit(changes, { sequence, number: commits }, true).batch);
    this.worklist.observe(changes.observations);
    return Promise.resolve();
  }
}
