// Touches the world: through the polls that it makes.
/**
 * A query of a daemon: one object from the configuration that brings it to the one that drops it.
 *
 * @module
 */
import { inTurns } from "../../base/turns.ts";
import type { QueryStore } from "../../worklist/journal/store.ts";
import type { PollContext } from "../context.ts";
import { blackoutEnd } from "../schedule/schedule.ts";
import type { PeerTurn } from "./peer_turn.ts";
import { poll } from "./poll.ts";
import type { PolledQuery, PollStore } from "./polled_query.ts";
import type { PollReport } from "./poll_report.ts";

/** The occasion of a poll. */
export interface PollOccasion {
  /** True if a person or program asked for the poll: its blackouts do not count. */
  readonly isCommanded: boolean;
  /** True to find the changes and commit nothing. @default {false} */
  readonly isDryRun?: boolean;
}

/** A query that can be polled. Reloads replace its settings; the object stays. */
export class LiveQuery<Store extends PollStore = QueryStore> {
  readonly name: string;
  /** Settings and state; `undefined` while the state is not open. */
  opened: PolledQuery<Store> | undefined;
  /** The reason why the state could not be opened. */
  failure: unknown;
  readonly #context: PollContext;
  #lastTurn: Promise<unknown> = Promise.resolve();

  /**
   * @param name The name of the query.
   * @param context Clock, names of polls, log and the signal that ends polls.
   */
  constructor(name: string, context: PollContext) {
    this.name = name;
    this.#context = context;
  }

  /**
   * Returns settings and state.
   *
   * @throws {StoreError} If the state could not be opened.
   */
  required(): PolledQuery<Store> {
    if (this.opened !== undefined) return this.opened;
    throw this.failure ?? new Error(`"${this.name}" is being opened: try again`);
  }

  /**
   * Does work on the state when no poll and no other work on it is under way: two polls at once would confuse
   * what each of them saw.
   *
   * @param work The work.
   * @returns The result of the work.
   */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#lastTurn.then(work);
    this.#lastTurn = result.catch(() => {});
    return result;
  }

  /** Waits for the work that was begun or waits for its turn. */
  async idle(): Promise<void> {
    await this.#lastTurn;
  }

  /**
   * Polls once.
   *
   * @param turn The turn at its peer.
   * @param occasion The occasion.
   * @returns The report. None if the peer is to be left alone now, or if the poll failed through no fault of the
   * peer: the log has the error.
   */
  async poll(turn: PeerTurn, occasion: PollOccasion): Promise<PollReport | undefined> {
    const { log, stop } = this.#context;
    if (stop.aborted) return undefined;
    try {
      const report = await this.inTurn(() => this.#poll(turn, occasion));
      if (report !== undefined && !occasion.isDryRun) log({ kind: "polled", report });
      return report;
    } catch (error) {
      if (!stop.aborted) log({ kind: "poll-failed", query: this.name, error });
      return undefined;
    }
  }

  async #poll(
    turn: PeerTurn,
    { isCommanded, isDryRun = false }: PollOccasion,
  ): Promise<PollReport | undefined> {
    const query = this.opened;
    // Closed meanwhile, or moved by a reload: then it has a turn at the other peer.
    if (query === undefined || query.peer.name !== turn.peer.name) return undefined;
    const { clock, newId } = this.#context;
    const { blackouts, timeZone } = query.config;
    // Decided when the poll begins, even if it was due earlier and waited.
    if (!isCommanded && blackoutEnd(blackouts, clock.now(), timeZone) !== undefined) {
      return undefined;
    }
    using deadline = turn.startDeadline();
    const { signal } = deadline;
    return await poll(query, {
      clock,
      id: newId(),
      asker: turn,
      signal,
      isDryRun,
      runSteps: inTurns,
    });
  }
}
