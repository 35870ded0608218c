/**
 * Counts deliveries, and finds out since when events wait: what the status says of sinks besides what they keep.
 *
 * @module
 */
import { parseEvent } from "../deliver/cloud_event.ts";
import type { DeliveryReport } from "../deliver/sink_loop.ts";
import type { SinkStatus } from "../deliver/sink_status.ts";
import type { JournalSource } from "../worklist/journal/journal.ts";
import type { SinkReport } from "./status.ts";

/** Deliveries since the start, by result. */
interface Attempts {
  delivered: number;
  failed: number;
}

/** An event that waits, and when it was committed. */
interface Waiting {
  readonly position: number;
  readonly time: string | undefined;
}

/** Watches the sinks of a daemon. */
export class DeliveryWatch {
  readonly #sourceOf: (query: string) => JournalSource | undefined;
  readonly #attempts = new Map<string, Attempts>();
  /** By sink and query. */
  readonly #waiting = new Map<string, Waiting>();

  /**
   * @param sourceOf Finds the journal of a query.
   */
  constructor(sourceOf: (query: string) => JournalSource | undefined) {
    this.#sourceOf = sourceOf;
  }

  /** Takes in what happened at a sink. */
  report({ kind, sink }: DeliveryReport): void {
    if (kind !== "delivered" && kind !== "failed") return;
    const attempts = this.#attempts.get(sink) ?? { delivered: 0, failed: 0 };
    attempts[kind]++;
    this.#attempts.set(sink, attempts);
  }

  /**
   * Completes the status of a sink.
   *
   * @param sink Its status.
   * @returns The status with attempts and the time since when events wait. That time is looked up meanwhile: it is
   * there at the next call.
   */
  complete(sink: SinkStatus): SinkReport {
    const times = sink.backlog === 0 ? [] : Object.entries(sink.positions)
      .flatMap(([query, position]) => this.#waitingSince(sink.name, query, position) ?? []);
    return {
      ...sink,
      attempts: { ...this.#attempts.get(sink.name) ?? { delivered: 0, failed: 0 } },
      oldestUndelivered: times.sort()[0],
    };
  }

  #waitingSince(sink: string, query: string, position: number): string | undefined {
    const source = this.#sourceOf(query);
    if (source === undefined || source.lastSequence <= position) return undefined;
    const name = `${sink} ${query}`;
    const known = this.#waiting.get(name);
    if (known?.position === position) return known.time;
    this.#waiting.set(name, { position, time: known?.time });
    source.read(position, 1).then(([event]) => {
      if (event === undefined || this.#waiting.get(name)?.position !== position) return;
      this.#waiting.set(name, { position, time: parseEvent(event.line).time });
    }).catch(() => this.#waiting.delete(name));
    return known?.time;
  }
}
