/**
 * Remembers the polls of the last day for the plot of the status page, within a fixed number for all queries.
 *
 * @module
 */
import type { PollReport } from "../poll/poll_report.ts";

/** Polls remembered for all queries together. */
const mostPoints = 100_000;
/** Polls remembered for one query: a day of polls every 30 s. */
const mostOfOne = 2_880;
/** Polls remembered for one query however many queries there are. */
const leastOfOne = 30;

/** The remembered polls of a query, oldest first; one list for each value, as plots take them. */
export interface PollPoints {
  /** Seconds since 1970. */
  readonly started: number[];
  readonly durationMs: number[];
  readonly matches: number[];
  readonly result: ("complete" | "incomplete" | "suspect")[];
}

interface Point {
  readonly started: number;
  readonly durationMs: number;
  readonly matches: number;
  readonly result: PollPoints["result"][number];
}

/** The polls of all queries. */
export class PollRing {
  readonly #points = new Map<string, Point[]>();

  /** Takes in a poll. */
  report({ query, started, durationMs, matches, complete, suspect }: PollReport): void {
    const points = this.#points.get(query) ?? [];
    this.#points.set(query, points);
    points.push({
      started: Date.parse(started) / 1000,
      durationMs: Math.round(durationMs),
      matches,
      result: !complete ? "incomplete" : suspect === undefined ? "complete" : "suspect",
    });
    const most = Math.min(
      mostOfOne,
      Math.max(leastOfOne, Math.floor(mostPoints / this.#points.size)),
    );
    // Cut in pieces: moving a long list for each poll would cost more than what it saves.
    if (points.length > most * 1.1) points.splice(0, points.length - most);
  }

  /** Forgets queries that are no longer configured. */
  keepOnly(queries: ReadonlyMap<string, unknown>): void {
    if (this.#points.size <= queries.size) return;
    for (const name of this.#points.keys()) if (!queries.has(name)) this.#points.delete(name);
  }

  /**
   * Returns the remembered polls of a query.
   *
   * @param query The query.
   */
  of(query: string): PollPoints {
    const points = this.#points.get(query) ?? [];
    return {
      started: points.map(({ started }) => started),
      durationMs: points.map(({ durationMs }) => durationMs),
      matches: points.map(({ matches }) => matches),
      result: points.map(({ result }) => result),
    };
  }
}
