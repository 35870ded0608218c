// Touches the world: waits.
/**
 * Live events as server-sent events (WHATWG HTML, section 9.2).
 *
 * Each reader has its own place in the journals and is given more only when it has read what it was given. One
 * that reads slowly therefore costs no memory, and one that reads nothing is cut off by `server.ts`.
 *
 * @module
 */
import { placeBefore } from "../../deliver/replay.ts";
import { parseEvent } from "../../deliver/cloud_event.ts";
import { Pulse } from "../../deliver/pulse.ts";
import type { CommittedEvent } from "../../worklist/journal/journal.ts";
import type { QueryStore } from "../../worklist/journal/store.ts";
import type { HttpBackend } from "./backend.ts";
import { changeView } from "./change_view.ts";

/** The selection of a reader. */
export interface StreamRequest {
  /** One query; undefined: all. */
  readonly query: string | undefined;
  /** With `query`: the sequence after which to begin. */
  readonly since: number | undefined;
  readonly view: "full" | "changes";
  /** The `Last-Event-ID` header. */
  readonly lastEventId: string | undefined;
  /** Aborted when the reader is gone. */
  readonly signal: AbortSignal;
}

/** Events read from a journal at once. */
const batch = 100;
/** A status page that lags by this number of events reads its tables again. */
const longestCatchUp = 2_000;
/** The status is looked at so often, and a reader of events hears something so often. */
const lookMs = 1_000;
/** A reader hears something at least this often, so that it notices a dead connection. */
const silenceMs = 5_000;

/** The readers of live events. */
export class Streams {
  /** The present number. */
  readers = 0;
  readonly #backend: HttpBackend;
  readonly #nowMs: () => number;
  readonly #polled = new Pulse();
  readonly #listener: Disposable;
  readonly #ending = new AbortController();
  #status: { readonly atMs: number; readonly text: string; readonly key: string } | undefined;

  /**
   * @param backend The daemon.
   * @param nowMs The monotonic clock in milliseconds.
   */
  constructor(backend: HttpBackend, nowMs: () => number) {
    this.#backend = backend;
    this.#nowMs = nowMs;
    this.#listener = backend.onPoll(() => this.#polled.beat());
  }

  /** Ends all streams. */
  close(): void {
    this.#listener[Symbol.dispose]();
    this.#ending.abort(new Error("the daemon ends"));
  }

  /**
   * Writes a stream until its reader is gone.
   *
   * @param request The selection of the reader.
   * @returns The text of the stream in pieces.
   */
  async *read(request: StreamRequest): AsyncGenerator<string> {
    const signal = AbortSignal.any([request.signal, this.#ending.signal]);
    const positions = await this.#startingPositions(request);
    let spokeMs = -Infinity;
    let statusKey = "";
    let statusMs = -Infinity;
    yield "retry: 3000\n\n";
    while (!signal.aborted) {
      const events = await this.#nextEvents(request, positions);
      if (events !== "") {
        spokeMs = this.#nowMs();
        yield events;
        continue;
      }
      const nowMs = this.#nowMs();
      if (request.view === "changes") {
        const status = this.#statusText(nowMs);
        const restMs = Math.min(4 * lookMs, Math.max(lookMs, status.text.length / 50));
        const isNews = status.key !== statusKey && nowMs - statusMs >= restMs;
        if (isNews || nowMs - spokeMs >= silenceMs) {
          statusKey = status.key;
          statusMs = spokeMs = nowMs;
          yield message("status", status.text);
        }
      } else if (nowMs - spokeMs >= silenceMs) {
        spokeMs = nowMs;
        yield ": still here\n\n";
      }
      await this.#pause(signal);
    }
  }

  /** The present end of each journal, or where the reader was before. */
  async #startingPositions(request: StreamRequest): Promise<Map<string, number>> {
    const { query, since, lastEventId } = request;
    const positions = new Map<string, number>();
    if (query !== undefined) {
      const resumed = Number(/^\d{1,15}$/.exec(lastEventId ?? "")?.[0] ?? NaN);
      const store = this.#backend.store(query);
      positions.set(query, Number.isNaN(resumed) ? since ?? store.lastSequence : resumed);
      return positions;
    }
    const last = await this.#eventOf(lastEventId);
    for (const store of this.#stores()) {
      const position = last === undefined
        ? store.lastSequence
        : store.query === last.query
        ? last.sequence
        : await placeBefore(store, { time: last.time });
      positions.set(store.query, position);
    }
    return positions;
  }

  /** The event with an id such as `ct-today.0000000000000012`, if it is still kept. */
  async #eventOf(
    id: string | undefined,
  ): Promise<{ query: string; sequence: number; time: Temporal.Instant } | undefined> {
    const match = /^(.{1,200})\.(\d{16})$/.exec(id ?? "");
    const [, query = "", digits] = match ?? [];
    const store = this.#stores().find((each) => each.query === query);
    const sequence = Number(digits);
    if (store === undefined || sequence <= 0) return undefined;
    const [event] = await store.read(sequence - 1, 1);
    if (event?.sequence !== sequence) return undefined;
    return { query, sequence, time: Temporal.Instant.from(parseEvent(event.line).time) };
  }

  /** The next events of the first query that has any, as messages; empty at the end of all journals. */
  async #nextEvents(request: StreamRequest, positions: Map<string, number>): Promise<string> {
    for (const store of this.#stores(request.query)) {
      const { query, lastSequence, oldestSequence } = store;
      const position = positions.get(query);
      if (position === undefined || position > lastSequence) {
        // A query that came with a reload, or whose state was restored from a backup.
        positions.set(query, position === undefined ? 0 : lastSequence);
      }
      const after = positions.get(query) ?? 0;
      if (after >= lastSequence) continue;
      const isFarBehind = request.view === "changes" && lastSequence - after > longestCatchUp;
      if (isFarBehind || after + 1 < oldestSequence && after > 0) {
        positions.set(query, isFarBehind ? lastSequence : oldestSequence - 1);
        return message("gap", JSON.stringify({ query, after, last: positions.get(query) }));
      }
      const events = await store.read(after, batch);
      const last = events.at(-1);
      if (last === undefined) continue;
      positions.set(query, last.sequence);
      return messagesOf(request, events);
    }
    return "";
  }

  #stores(query?: string): QueryStore[] {
    const names = query === undefined ? [...this.#backend.config.queries.keys()] : [query];
    return names.flatMap((name) => {
      try {
        return this.#backend.store(name);
      } catch {
        // Its state cannot be opened, which the status says, or a reload removed it.
        return [];
      }
    });
  }

  /** Made once for all readers. */
  #statusText(nowMs: number): { readonly text: string; readonly key: string } {
    if (this.#status === undefined || nowMs - this.#status.atMs >= lookMs / 2) {
      const status = this.#backend.status();
      const key = JSON.stringify(
        status,
        (name, value) => name === "time" || name === "ageMs" ? undefined : value,
      );
      this.#status = { atMs: nowMs, text: JSON.stringify(status), key };
    }
    return this.#status;
  }

  /** Waits for a poll, a second at most. */
  async #pause(signal: AbortSignal): Promise<void> {
    const waiting = new AbortController();
    const stop = (): void => waiting.abort(signal.reason);
    const timer = setTimeout(stop, lookMs);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    await this.#polled.next(waiting.signal).catch(() => {});
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

function messagesOf({ query, view }: StreamRequest, events: readonly CommittedEvent[]): string {
  if (view === "changes") {
    const changes = events.map(({ line, sequence }) => changeView(line, sequence));
    return message("changes", JSON.stringify(changes));
  }
  return events.map(({ line, sequence }) => {
    const id = query === undefined ? parseEvent(line).id : String(sequence);
    return `id: ${id}\n${message("event", line)}`;
  }).join("");
}

/** JSON text has no line ends, so that it is one line of data. */
function message(event: string, data: string): string {
  return `event: ${event}\ndata: ${data}\n\n`;
}
