/**
 * Polls in the log: changes, failures and recoveries, each reported once.
 *
 * @module
 */
import type { Logger } from "@logtape/logtape";
import { parseEvent } from "../../deliver/cloud_event.ts";
import { messageOf } from "../../deliver/message.ts";
import { Outages } from "../outages.ts";
import { durationText } from "../presentation.js";
import { eventLines, type PollReport } from "./poll_report.ts";

/** Writes polls to the log. */
export class PollLog {
  readonly #log: Logger;
  readonly #peerLog: Logger;
  /** By query: the state that was last logged, so that a day of failures is not a day of lines. */
  readonly #told = new Map<string, string>();
  readonly #ignoredKeys = new Set<string>();
  readonly #faulty = new Set<string>();
  readonly #doubled = new Set<string>();
  readonly #unverified = new Set<string>();
  readonly #noted = new Set<string>();
  readonly #changeLog: () => Logger | undefined;
  /** By query and by peer: the failures of a peer are mentioned again once, not for each of its queries. */
  readonly #outages: Outages;

  /**
   * @param log Gets one record for each poll.
   * @param peerLog Gets each oddity of a peer, once.
   * @param changeLog Gets each change with the item's identity, which is patient data: undefined where
   * that is not permitted.
   * @param remindMs The interval at which a lasting outage is logged again, in milliseconds; 0: never.
   */
  constructor(
    log: Logger,
    peerLog: Logger,
    changeLog: () => Logger | undefined,
    remindMs: () => number = () => 0,
  ) {
    this.#outages = new Outages(remindMs);
    this.#log = log;
    this.#peerLog = peerLog;
    this.#changeLog = changeLog;
  }

  /** Logs a poll. */
  report(report: PollReport): void {
    const { query, peer, matches, failure, suspect, counts } = report;
    const { added, changed, removed, leftWindow } = counts;
    const durationMs = Math.round(report.durationMs);
    const facts = { query, peer, matches, added, changed, removed, leftWindow, durationMs };
    const state = failure?.class ?? (suspect === undefined ? "" : "suspect");
    const before = this.#told.get(query) ?? "";
    this.#told.set(query, state);
    const nowMs = Date.parse(report.started) + durationMs;
    const outageMs = failure === undefined
      ? this.#outages.ended(`query ${query}`, nowMs)
      : this.#outages.failed(`query ${query}`, nowMs).forMs;
    const peerOutage = failure === undefined
      ? this.#outages.ended(`peer ${peer}`, nowMs)
      : this.#outages.failed(`peer ${peer}`, nowMs);
    const outage = outageMs === undefined ? "" : durationText(outageMs);
    if (failure !== undefined) {
      const isDue = typeof peerOutage === "object" && peerOutage.is === "reminder";
      const still = isDue && state === before;
      const text = still
        ? "Poll of {query} is still incomplete after {outage} ({class}): {words}"
        : "Poll of {query} is incomplete ({class}): {words}";
      const level = state === before && !isDue ? "debug" : "warning";
      this.#write(level, text, { ...facts, ...failure, ...(still && { outage }) });
    } else if (suspect !== undefined) {
      const text = "Poll of {query} is suspect: {words}";
      this.#write(state === before ? "debug" : "warning", text, { ...facts, words: suspect });
    } else {
      const isNews = before !== "" || added + changed + removed + leftWindow > 0;
      const text = "Polled {query}: {matches} matches, {added} added, {changed} changed, " +
        "{removed} removed, {leftWindow} left the window, {durationMs} ms";
      if (outage === "") this.#write(isNews ? "info" : "debug", text, facts);
      else this.#write("info", `${text}; complete again after {outage}`, { ...facts, outage });
    }
    this.#tellOddities(report);
    this.#tellUnverified(report);
    const changeLog = this.#changeLog();
    if (changeLog !== undefined) tellChanges(report, changeLog);
  }

  /** Logs a poll that failed through no fault of its peer. */
  error(query: string, error: unknown): void {
    const words = messageOf(error);
    const before = this.#told.get(query);
    this.#told.set(query, words);
    const text = "Poll of {query} failed: {words}";
    this.#write(words === before ? "debug" : "error", text, { query, words });
  }

  #tellOddities(report: PollReport): void {
    const { query, peer, complete, rejected, counts, warnings, warning, notes } = report;
    for (const { key, words } of notes) {
      const known = `${query} ${key}`;
      if (this.#noted.has(known)) continue;
      this.#noted.add(known);
      this.#peerLog.warn("Answer of {peer} to {query}: {words}", { peer, query, words });
    }
    if (warning !== undefined && !this.#faulty.has(query)) {
      this.#faulty.add(query);
      const text =
        "Answers to {query} have {count} faults that were read around, the first: {words}";
      this.#peerLog.warn(text, { peer, query, count: warnings, words: warning });
    }
    for (const [path, count] of Object.entries(rejected)) {
      if (notes.some(({ key }) => key === `case ${path}`)) continue;
      const known = `${query} ${path}`;
      if (this.#ignoredKeys.has(known)) continue;
      this.#ignoredKeys.add(known);
      const text = "Peer {peer} ignores key {path} of {query}: {count} matches were dropped";
      this.#peerLog.warn(text, { peer, query, path, count });
    }
    if (complete && counts.duplicates > 0 && !this.#doubled.has(query)) {
      this.#doubled.add(query);
      const text = "Matches that came twice in an answer to {query}: {count}; each counts once";
      this.#peerLog.warn(text, { peer, query, count: counts.duplicates });
    }
    if (counts.collisions.length > 0) {
      const text =
        "Several items of {query} have one identity ({subjects}): they are kept apart; " +
        "name more key paths in identity";
      const subjects = counts.collisions.slice(0, 3).join(", ");
      this.#peerLog.warn(text, { query, subjects, count: counts.collisions.length });
    }
  }

  #tellUnverified({ query, complete, unverified }: PollReport): void {
    if (unverified === undefined) {
      if (complete) this.#unverified.delete(query);
    } else if (!this.#unverified.has(query)) {
      this.#unverified.add(query);
      this.#write("warning", "Poll of {query}: {words}", { query, words: unverified });
    }
  }

  #write(level: "debug" | "info" | "warning" | "error", text: string, facts: object): void {
    this.#log[level === "warning" ? "warn" : level](text, { ...facts });
  }
}

function tellChanges(report: PollReport, log: Logger): void {
  for (const line of eventLines(report.changes)) {
    const { type, data: { key, kinds = [], changes = [] } } = parseEvent(line);
    const text = "{type} {key} {kinds} {changes}";
    log.info(text, {
      type,
      key: JSON.stringify(key ?? {}),
      kinds: kinds.join(","),
      changes: JSON.stringify(changes),
    });
  }
}
