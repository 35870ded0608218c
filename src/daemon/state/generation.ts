// Touches the world: reads and writes a file of the state folder.
/**
 * The generation of a state folder: each restored backup begins a new one.
 *
 * A backup is older than the last events that receivers have. If the restored journal went on counting from its own last
 * sequence, new events would get ids that receivers know, and receivers that drop repetitions would drop them. So a new
 * generation begins at a sequence that no earlier one can have reached.
 *
 * @module
 */
import { writeFileAtomically } from "../../base/atomic_file.ts";
import { checkSeal, sealJson } from "../../base/sealed_json.ts";
import { StoreError } from "../../worklist/journal/store_error.ts";

/** A generation of a state folder. */
export interface Generation {
  /** 0 until a backup is restored. */
  readonly generation: number;
  /** Sequences of this generation are higher. */
  readonly after: number;
}

const first: Generation = { generation: 0, after: 0 };

/**
 * Reads the generation of a state folder.
 *
 * @param stateDir The state folder.
 * @returns The generation; number 0 if no backup was ever restored.
 * @throws {StoreError} If the file is damaged.
 */
export async function readGeneration(stateDir: string): Promise<Generation> {
  const path = `${stateDir}/generation`;
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return first;
    throw error;
  }
  if (checkSeal(new TextEncoder().encode(text.trimEnd())) !== "intact") {
    throw new StoreError(`Cannot read ${path}: it is damaged`, {
      path,
      hint: "begin a new generation: worklistd state repair",
    });
  }
  return JSON.parse(text);
}

/**
 * Begins the next generation. Its sequences start at the present time in microseconds, which grows faster than any
 * journal: ids cannot meet those of an earlier generation, also if one backup is restored twice.
 *
 * Example: the backup ends with event 120, receivers have events up to 150. The first event after the restore on
 * 2026-11-27 at 17:00 UTC is 1795798800000001.
 *
 * @param stateDir The state folder; held by this process.
 * @param before The generation of the backup.
 * @param nowMs The present, in milliseconds since 1970.
 * @returns The new generation.
 */
export async function beginGeneration(
  stateDir: string,
  before: Generation,
  nowMs: number,
): Promise<Generation> {
  const next = {
    generation: before.generation + 1,
    after: Math.max(Math.floor(nowMs) * 1000, before.after + 1_000_000),
  };
  const text = `${sealJson(JSON.stringify(next))}\n`;
  await writeFileAtomically(`${stateDir}/generation`, [new TextEncoder().encode(text)], {
    mode: 0o600,
  });
  return next;
}
