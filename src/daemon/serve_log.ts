/**
 * Stations in the log: who asked when, with how many matches. No patient data.
 *
 * @module
 */
import type { Logger } from "@logtape/logtape";
import { showControls } from "../dicom/text/show_controls.ts";
import { messageOf } from "../deliver/message.ts";
import { formatAge } from "../serve/age_note.ts";
import type { StationAnswer } from "../serve/worklist_service.ts";
import type { ServeReport } from "./context.ts";

/** The same refusal is logged once in this time, so that a flood of them does not fill the disk. */
const quietMs = 60_000;
/** More different refusals than this are forgotten. */
const mostRefusals = 1000;

/**
 * Makes what writes the reports of the listener to a log.
 *
 * @param log The log.
 * @param monotonicMs The monotonic clock.
 * @returns Takes the reports.
 */
export function logServing(log: Logger, monotonicMs: () => number): (report: ServeReport) => void {
  const asked = new Map<string, StationAnswer["outcome"]>();
  const refused = new Map<string, number>();
  const isQuiet = (key: string): boolean => {
    const now = monotonicMs();
    const last = refused.get(key);
    if (last !== undefined && now - last < quietMs) return true;
    if (refused.size >= mostRefusals) refused.clear();
    refused.set(key, now);
    return false;
  };
  const answered = (answer: StationAnswer): void => {
    const { worklist, outcome, matches, ageMs } = answer;
    const caller = showControls(answer.caller);
    const key = `${caller} ${worklist}`;
    const isNews = asked.get(key) !== outcome;
    if (asked.size >= mostRefusals) asked.clear();
    asked.set(key, outcome);
    const facts = {
      caller,
      worklist,
      address: answer.address,
      matches,
      age: ageMs === undefined ? "of unknown age" : `${formatAge(ageMs)} old`,
      outcome,
      ms: Math.round(answer.durationMs),
    };
    const text = "Station {caller} ({address}) asked for {worklist}, {age}: {outcome}, " +
      "{matches} matches in {ms} ms";
    if (outcome === "failed") {
      log.error(`${text}: {words}`, { ...facts, words: failureMessage(answer.error) });
    } else if (outcome === "answered" || outcome === "ended") {
      // The first answer, and the first after trouble; the rest are many.
      if (isNews) log.info(text, facts);
      else log.debug(text, facts);
    } else if (isNews) log.warn(text, facts);
    else log.debug(text, facts);
  };
  return (report) => {
    switch (report.kind) {
      case "listening":
        return log.info("Stations are answered at {address}; worklists: {worklists}", {
          address: report.address,
          worklists: report.worklists,
        });
      case "not-listening":
        return log.error("{words}. It is tried again.", { words: messageOf(report.error) });
      case "answer":
        return answered(report.answer);
      case "rejected": {
        const { why } = report.rejection;
        const called = showControls(report.rejection.called);
        const caller = showControls(report.rejection.caller);
        const { address } = report.rejection;
        if (isQuiet(`${why} ${called} ${caller} ${address}`)) return;
        return log.warn(rejectionTexts[why], { called, caller, address });
      }
      case "tls-refused":
        if (isQuiet(`tls ${report.address} ${report.why}`)) return;
        return log.warn("A connection from {address} was refused: {why}", {
          address: report.address,
          why: report.why,
        });
      case "ended":
        if (isQuiet(`ended ${report.address}`)) return;
        return log.info("An association from {address} was ended: {words}", {
          address: report.address,
          words: messageOf(report.error),
        });
    }
  };
}

const rejectionTexts = {
  "called title":
    "Station {caller} ({address}) was rejected: it calls {called}, which is no worklist here",
  "calling title":
    "Station {caller} ({address}) was rejected: it is not one of the callers of {called}",
  "address":
    "Station {caller} ({address}) was rejected: {called} does not let it in from this address",
} as const;

/** An error of a stored value names its tag, never the value. */
function failureMessage(error: unknown): string {
  return error instanceof RangeError || error instanceof SyntaxError
    ? error.message
    : "an item could not be answered";
}
