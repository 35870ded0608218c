// Touches the world: keeps `sinks/NAME.dead.ndjson` in the state folder.
/**
 * The events that a sink did not get and that are no longer tried: kept until someone sends them again.
 *
 * @module
 */
import { folderOf, removeIfThere, writeAll, writeFileAtomically } from "./atomic_file.ts";
import type { CloudEvent } from "./cloud_event.ts";
import { sinkFile } from "./sink_state.ts";

/** Why an event is a dead letter. */
export type DeathReason = "refused" | "gave-up" | "expired";

/** An event that was given up. */
export interface DeadLetter {
  /** When it was given up: RFC 3339. */
  readonly at: string;
  readonly reason: DeathReason;
  /** What failed, in words without patient data. */
  readonly words: string;
  readonly httpStatus?: number | undefined;
  readonly event: CloudEvent;
}

/** What may be shown of a dead letter: nothing of the patient. */
export interface DeadLetterSummary extends Omit<DeadLetter, "event"> {
  readonly id: string;
  readonly query: string;
  readonly type: string;
  readonly time: string;
  readonly subject: string | undefined;
}

/** The dead letters of one sink. */
export class DeadLetters {
  readonly #path: string;
  #count = 0;
  #busy: Promise<unknown> = Promise.resolve();

  private constructor(path: string) {
    this.#path = path;
  }

  /**
   * Opens the dead letters of a sink and cuts off what a crash left half written.
   *
   * @param stateDir The state folder.
   * @param sink The sink's name.
   * @returns The dead letters, not locked: one process at a time may hold them open.
   */
  static async open(stateDir: string, sink: string): Promise<DeadLetters> {
    const letters = new DeadLetters(sinkFile(stateDir, sink, ".dead.ndjson"));
    const { lines, wholeBytes, bytes } = await readLines(letters.#path);
    if (wholeBytes < bytes) await Deno.truncate(letters.#path, wholeBytes);
    letters.#count = lines.length;
    return letters;
  }

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /**
   * Adds letters; resolves once they are on disk.
   *
   * @param letters What was given up; the event as the JSON text that was to be sent.
   */
  add(letters: readonly (Omit<DeadLetter, "event"> & { readonly line: string })[]): Promise<void> {
    return this.#exclusively(async () => {
      const text = letters.map(({ line, ...why }) =>
        `${JSON.stringify(why).slice(0, -1)},"event":${line}}\n`
      ).join("");
      await Deno.mkdir(folderOf(this.#path), { recursive: true, mode: 0o700 });
      using file = await Deno.open(this.#path, { append: true, create: true, mode: 0o600 });
      const { size } = await file.stat();
      try {
        await writeAll(file, new TextEncoder().encode(text));
        await file.sync();
      } catch (error) {
        await file.truncate(size);
        throw error;
      }
      this.#count += letters.length;
    });
  }

  /** Reads all letters, oldest first; of one that was written twice, the first. */
  read(): Promise<DeadLetter[]> {
    return this.#exclusively(() => readDeadLetters(this.#path));
  }

  /**
   * Takes letters away.
   *
   * @param ids The ids of their events.
   */
  remove(ids: ReadonlySet<string>): Promise<void> {
    return this.#exclusively(async () => {
      const { lines } = await readLines(this.#path);
      const left = lines.filter((line) => !ids.has(parseLetter(line)?.event.id ?? ""));
      if (left.length === 0) await removeIfThere(this.#path);
      else {
        const text = left.map((line) => line + "\n").join("");
        await writeFileAtomically(this.#path, [new TextEncoder().encode(text)], { mode: 0o600 });
      }
      this.#count = left.length;
    });
  }

  #exclusively<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#busy.then(task, task);
    this.#busy = turn.catch(() => {});
    return turn;
  }
}

/**
 * Lists the dead letters of a sink; needs no lock.
 *
 * @param stateDir The state folder.
 * @param sink The sink's name.
 * @returns What may be shown of each, oldest first.
 */
export async function listDeadLetters(
  stateDir: string,
  sink: string,
): Promise<DeadLetterSummary[]> {
  const letters = await readDeadLetters(sinkFile(stateDir, sink, ".dead.ndjson"));
  return letters.map(({ event, ...why }) => ({
    ...why,
    id: event.id,
    query: event.data.query,
    type: event.type,
    time: event.time,
    subject: event.subject,
  }));
}

async function readDeadLetters(path: string): Promise<DeadLetter[]> {
  const { lines } = await readLines(path);
  const letters = new Map<string, DeadLetter>();
  for (const line of lines) {
    const letter = parseLetter(line);
    if (letter !== undefined && !letters.has(letter.event.id)) letters.set(letter.event.id, letter);
  }
  return [...letters.values()];
}

function parseLetter(line: string): DeadLetter | undefined {
  try {
    const letter: DeadLetter = JSON.parse(line);
    return typeof letter.event.id === "string" ? letter : undefined;
  } catch {
    return undefined;
  }
}

async function readLines(
  path: string,
): Promise<{ lines: string[]; wholeBytes: number; bytes: number }> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { lines: [], wholeBytes: 0, bytes: 0 };
    throw error;
  }
  const wholeBytes = bytes.lastIndexOf(0x0A) + 1;
  const text = new TextDecoder().decode(bytes.subarray(0, wholeBytes));
  return { lines: text.split("\n").filter((line) => line !== ""), wholeBytes, bytes: bytes.length };
}
