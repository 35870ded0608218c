/**
 * The daemon as the HTTP interface sees it.
 *
 * @module
 */
import type { Approval } from "../../worklist/journal/journal_lines.ts";
import type { QueryStore } from "../../worklist/journal/store.ts";
import type { Config } from "../config.ts";
import type { PollReport } from "../poll/poll_report.ts";
import type { DaemonStatus } from "../status.ts";

/** The daemon as the HTTP interface sees it. */
export interface HttpBackend {
  /** The configuration in force. */
  readonly config: Config;
  /** Puts the status together. */
  status(): DaemonStatus;
  /** True as long as the schedule goes on. */
  isAlive(): boolean;
  /**
   * Finds the state of a query.
   *
   * @throws {StoreError} If it could not be opened.
   * @throws {RangeError} If there is no such query.
   */
  store(query: string): QueryStore;
  /**
   * Accepts what a query holds back.
   *
   * @param approval The person who approves, and the reason.
   * @returns False if nothing was held back.
   */
  approve(query: string, approval: Approval): Promise<boolean>;
  /**
   * Takes over what the configuration file says now.
   *
   * @throws {Error} If it was not taken over.
   */
  reload(): Promise<void>;
  /** Calls a function after each poll until it is disposed of. */
  onPoll(listener: (report: PollReport) => void): Disposable;
}
