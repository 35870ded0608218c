// Touches the world: writes the snapshot file.
/**
 * The `snapshot` sink: the whole current worklist as one file, replaced after items changed.
 *
 * For each query, the file gives the time of a poll and whether its answer was complete. A poll that changes
 * nothing writes nothing, so this is the poll that led to this file. A query that begins to fail, or
 * recovers, counts as a change.
 *
 * @module
 */
import { folderOf, writeFileAtomically } from "../../base/atomic_file.ts";
import { DeliveryError } from "../delivery_error.ts";
import type { QueryState, SinkContext, StateSink } from "../sink.ts";
import { type SnapshotFormat, snapshotText } from "../snapshot_text.ts";
import { messageOf } from "../message.ts";

/** The options of the `snapshot` sink. */
export interface SnapshotOptions {
  readonly type: "snapshot";
  /** The absolute path of the file. */
  readonly path: string;
  /** @default The format. @default by the extension of `path`, otherwise JSON */
  readonly format?: SnapshotFormat | undefined;
  /** The key paths of the columns of CSV. @default all attributes that any item has */
  readonly columns?: readonly string[] | undefined;
  /** Milliseconds after which the file is written again even if no item changed. @default never */
  readonly refreshMs?: number | undefined;
  /**
   * The least time between two writes, in milliseconds. Without it, with many queries each poll would write
   * the file.
   *
   * @default {0}
   */
  readonly leastIntervalMs?: number | undefined;
}

const chunkCharacters = 64 * 1024;

class SnapshotSink implements StateSink {
  readonly kind = "state";
  readonly refreshMs: number | undefined;
  readonly leastIntervalMs: number;
  readonly #context: SinkContext;
  readonly #path: string;
  readonly #format: SnapshotFormat;
  readonly #columns: readonly string[] | undefined;

  constructor(options: SnapshotOptions, context: SinkContext) {
    this.#context = context;
    this.#path = options.path;
    this.#format = options.format ?? formatOf(options.path);
    this.#columns = options.columns;
    this.refreshMs = options.refreshMs;
    this.leastIntervalMs = options.leastIntervalMs ?? 0;
  }

  async update(queries: readonly QueryState[], signal: AbortSignal): Promise<void> {
    const text = snapshotText(queries, {
      format: this.#format,
      columns: this.#columns,
      written: this.#context.clock.now(),
    });
    try {
      await Deno.mkdir(folderOf(this.#path), { recursive: true });
      await writeFileAtomically(this.#path, inChunks(text, signal));
    } catch (cause) {
      const problem = `cannot write ${this.#path}: ${messageOf(cause)}`;
      throw new DeliveryError(this.#context.name, problem, { cause });
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function formatOf(path: string): SnapshotFormat {
  if (path.endsWith(".csv")) return "csv";
  return path.endsWith(".ndjson") || path.endsWith(".jsonl") ? "ndjson" : "json";
}

async function* inChunks(
  pieces: Iterable<string>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let chunk = "";
  for (const piece of pieces) {
    chunk += piece;
    signal.throwIfAborted();
    if (piece === "") await pause();
    if (chunk.length < chunkCharacters) continue;
    yield new TextEncoder().encode(chunk);
    chunk = "";
  }
  yield new TextEncoder().encode(chunk);
}

/** Lets other tasks run. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/**
 * Makes a `snapshot` sink.
 *
 * @param options Its options.
 * @param context The clock, the name and the way to report.
 * @returns The sink.
 */
export function makeSnapshotSink(options: SnapshotOptions, context: SinkContext): StateSink {
  return new SnapshotSink(options, context);
}
