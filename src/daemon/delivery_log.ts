/**
 * Deliveries in the log.
 *
 * @module
 */
import type { Logger } from "@logtape/logtape";
import { Outages } from "./outages.ts";
import { durationText } from "./presentation.js";
import type { DeliveryReport } from "../deliver/sink_loop.ts";
import { messageOf } from "../deliver/message.ts";

/**
 * Makes what writes deliveries to a log.
 *
 * @param log The log.
 * @param options `nowMs`: a monotonic clock in milliseconds; `remindMs`: how long an outage lasts until it is logged again.
 * @returns Takes what happens at the sinks.
 */
export function logDelivery(
  log: Logger,
  { nowMs, remindMs }: { readonly nowMs: () => number; readonly remindMs: () => number },
): (report: DeliveryReport) => void {
  const outages = new Outages(remindMs);
  /** By sink: what was last said to be wrong. */
  const reasons = new Map<string, string>();
  return (report) => {
    const { sink } = report;
    switch (report.kind) {
      case "delivered": {
        const outageMs = outages.ended(sink, nowMs());
        reasons.delete(sink);
        if (outageMs !== undefined) {
          const outage = durationText(outageMs);
          return log.info("Sink {sink} delivers again after {outage}", { sink, outage });
        }
        return log.debug("Sink {sink} took {events} events of {query}", {
          sink,
          events: report.events,
          query: report.query,
        });
      }
      case "failed": {
        const { is, forMs } = outages.failed(sink, nowMs());
        const words = messageOf(report.error);
        const facts = { sink, words, nextAttempt: report.nextAttempt };
        const text = "{words}; next attempt at {nextAttempt}";
        const isKnown = reasons.get(sink) === words;
        reasons.set(sink, words);
        if (is === "reminder") {
          const outage = durationText(forMs);
          return log.warn(`Sink {sink} is out for {outage}: ${text}`, { ...facts, outage });
        }
        return isKnown && is === "known" ? log.debug(text, facts) : log.warn(text, facts);
      }
      case "dead":
        return log.error("{events} events of {query} became dead letters of sink {sink}: {words}", {
          sink,
          events: report.events,
          query: report.query,
          reason: report.reason,
          words: report.error === undefined ? "too late to matter" : messageOf(report.error),
        });
      case "stopped":
        return log.error("Sink {sink} is stopped, its receiver wants no more events: {words}", {
          sink,
          words: messageOf(report.error),
        });
      case "note":
        return log.warn("Sink {sink}: {words}", { sink, words: report.message });
    }
  };
}
