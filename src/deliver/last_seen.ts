// Touches the world: reads the state folder and the ends of event files.
/**
 * Finds the last events that sinks have seen, so that no later event gets the id of one of them.
 *
 * @module
 */
import { readEventFileTail } from "./event_file_tail.ts";
import { lastTaken } from "./sink_state.ts";
import type { SinkOptions } from "./sinks/sink_types.ts";

/**
 * The number of bytes that are read at the end of a file. It is more than what is written between two saves
 * of a position.
 */
const tailBytes = 1 << 20;

/**
 * Finds the last sequence of each query that any sink has seen. It reads the stored positions, and the ends
 * of the files that sinks write, which may be further.
 *
 * @param stateDir The state folder.
 * @param sinks The configured sinks.
 * @returns The sequence by query.
 */
export async function lastSeen(
  stateDir: string,
  sinks: Iterable<SinkOptions>,
): Promise<ReadonlyMap<string, number>> {
  const seen = await lastTaken(stateDir);
  for (const sink of sinks) {
    if (sink.type !== "ndjson") continue;
    for (const path of [sink.path, `${sink.path}.1`]) {
      for (const [query, sequence] of await lastInFile(path)) {
        seen.set(query, Math.max(seen.get(query) ?? 0, sequence));
      }
    }
  }
  return seen;
}

/**
 * Reads the end of one file. A file that cannot be read, or holds no events, yields nothing; its sink reports
 * the problem.
 */
async function lastInFile(path: string): Promise<ReadonlyMap<string, number>> {
  try {
    using file = await Deno.open(path, { read: true });
    const { size } = await file.stat();
    const bytes = new Uint8Array(Math.min(size, tailBytes));
    await file.seek(size - bytes.length, Deno.SeekMode.Start);
    for (let at = 0; at < bytes.length;) {
      const read = await file.read(bytes.subarray(at));
      if (read === null) return new Map();
      at += read;
    }
    const tail = readEventFileTail(bytes, bytes.length === size);
    return new Map(Array.from(tail?.last ?? [], ([query, { sequence }]) => [query, sequence]));
  } catch {
    return new Map();
  }
}
