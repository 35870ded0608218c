/**
 * Deliveries in the log.
 *
 * @module
 */
import type { Logger } from "@logtape/logtape";
import type { DeliveryReport } from "../deliver/sink_loop.ts";
import { messageOf } from "../deliver/message.ts";

/**
 * Makes what writes deliveries to a log.
 *
 * @param log The log.
 * @returns Takes what happens at the sinks.
 */
export function logDelivery(log: Logger): (report: DeliveryReport) => void {
  return (report) => {
    const { sink } = report;
    switch (report.kind) {
      case "delivered":
        return log.debug("Sink {sink} took {events} events of {query}", {
          sink,
          events: report.events,
          query: report.query,
        });
      case "failed":
        return log.warn("{words}; next attempt at {nextAttempt}", {
          sink,
          words: messageOf(report.error),
          nextAttempt: report.nextAttempt,
        });
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
