// Touches the world: keeps `sinks/NAME.dead.ndjson` in the state folder.
/**
 * The dead letters of a sink: events that it gave up, kept until someone sends them again.
 *
 * Each line ends in a checksum; earlier versions wrote none. A damaged line stays in the file and is
 * reported. Its event is not sent.
 *
 * @module
 */
import { checkSeal, sealJson } from "../base/sealed_json.ts";
import { localDisk } from "../worklist/journal/disk.ts";
import { readLines } from "../worklist/journal/lines.ts";
import {
  folderOf,
  openToAppend,
  removeIfThere,
  writeAll,
  writeFileAtomically,
} from "../base/atomic_file.ts";
import { type CloudEvent, idOf, parseEvent } from "./cloud_event.ts";
import { sinkFile } from "./sink_state.ts";

/** The reason why an event became a dead letter. */
export type DeathReason = "refused" | "gave-up" | "expired";

/** An event that was given up. */
export interface DeadLetter {
  /** The time at which it was given up: RFC 3339. */
  readonly at: string;
  readonly reason: DeathReason;
  /** The message of the failure, without patient data. */
  readonly words: string;
  readonly httpStatus?: number | undefined;
  readonly event: CloudEvent;
}

/** The part of a dead letter that may be shown: nothing of the patient. */
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
  /** The ids of the events, each once. */
  readonly #ids = new Set<string>();
  /** The length of the file before a write that failed. Bytes after it may be torn and must be cut off. */
  #tornAt: number | undefined;
  #busy: Promise<unknown> = Promise.resolve();

  private constructor(path: string) {
    this.#path = path;
  }

  /**
   * Opens the dead letters of a sink and cuts off a half-written letter that a crash left.
   *
   * @param stateDir The state folder.
   * @param sink The sink's name.
   * @param onProblem Receives a message if letters cannot be read.
   * @returns The dead letters. They are not locked: only one process at a time may hold them open.
   */
  static async open(
    stateDir: string,
    sink: string,
    onProblem: (message: string) => void = (): void => {},
  ): Promise<DeadLetters> {
    const letters = new DeadLetters(sinkFile(stateDir, sink, ".dead.ndjson"));
    let wholeBytes = 0;
    let damaged = 0;
    for await (const line of linesOf(letters.#path)) {
      wholeBytes += line.length + 1;
      const id = parseLetter(line)?.event.id;
      if (id === undefined) damaged++;
      else letters.#ids.add(id);
    }
    await letters.#mendEnd(wholeBytes);
    if (damaged > 0) {
      onProblem(
        `${damaged} dead letters in ${letters.#path} are damaged and cannot be sent: ` +
          "restore the file from a backup, or replay the events from the journal",
      );
    }
    return letters;
  }

  /**
   * Mends a last line without a line feed. Either the line was not written whole, or only its line feed is
   * damaged.
   */
  async #mendEnd(wholeBytes: number): Promise<void> {
    const { size = 0 } = await localDisk.identify(this.#path) ?? {};
    if (wholeBytes >= size) return;
    using file = await Deno.open(this.#path, { read: true, write: true });
    const rest = new Uint8Array(size - wholeBytes);
    await file.seek(wholeBytes, Deno.SeekMode.Start);
    for (let at = 0; at < rest.length;) at += await file.read(rest.subarray(at)) ?? rest.length;
    const end = rest.lastIndexOf(closingBracket) + 1;
    const id = end > 0 ? parseLetter(rest.subarray(0, end))?.event.id : undefined;
    if (id === undefined) return await file.truncate(wholeBytes);
    this.#ids.add(id);
    await file.truncate(wholeBytes + end);
    await file.seek(0, Deno.SeekMode.End);
    await writeAll(file, Uint8Array.of(lineFeed));
    await file.sync();
  }

  /** The number of dead letters. */
  get count(): number {
    return this.#ids.size;
  }

  /** True if an event is a dead letter. */
  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /**
   * Adds letters. The promise resolves once they are synced to disk.
   *
   * @param letters The events that were given up, each as the JSON text that was to be sent.
   */
  add(letters: readonly (Omit<DeadLetter, "event"> & { readonly line: string })[]): Promise<void> {
    return this.#exclusively(async () => {
      const text = letters.map(({ line, ...why }) =>
        `${sealJson(`${JSON.stringify(why).slice(0, -1)},"event":${line}}`)}\n`
      ).join("");
      await Deno.mkdir(folderOf(this.#path), { recursive: true, mode: 0o700 });
      using file = await openToAppend(this.#path, { mode: 0o600 });
      if (this.#tornAt !== undefined) await file.truncate(this.#tornAt);
      const { size } = await file.stat();
      this.#tornAt = size;
      try {
        await writeAll(file, encoder.encode(text));
        await file.sync();
      } catch (error) {
        await file.truncate(size);
        throw error;
      }
      this.#tornAt = undefined;
      for (const { line } of letters) this.#ids.add(idOf(line) ?? parseEvent(line).id);
    });
  }

  /** Reads the letters, oldest first. Of a letter that was written twice, the first is read. */
  read(): AsyncGenerator<DeadLetter> {
    return readDeadLetters(this.#path);
  }

  /**
   * Takes letters away.
   *
   * @param ids The ids of their events.
   */
  remove(ids: ReadonlySet<string>): Promise<void> {
    return this.#exclusively(async () => {
      let left = 0;
      const others = async function* (path: string): AsyncGenerator<Uint8Array> {
        let text = "";
        for await (const line of linesOf(path)) {
          if (ids.has(parseLetter(line)?.event.id ?? "")) continue;
          left++;
          text += `${decoder.decode(line)}\n`;
          if (text.length < charactersAtOnce) continue;
          yield encoder.encode(text);
          text = "";
        }
        yield encoder.encode(text);
      };
      await writeFileAtomically(this.#path, others(this.#path), { mode: 0o600 });
      if (left === 0) await removeIfThere(this.#path);
      for (const id of ids) this.#ids.delete(id);
      this.#tornAt = undefined;
    });
  }

  #exclusively<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#busy.then(task, task);
    this.#busy = turn.catch(() => {});
    return turn;
  }
}

/**
 * Lists the dead letters of a sink. Needs no lock.
 *
 * @param stateDir The state folder.
 * @param sink The sink's name.
 * @returns The part of each letter that may be shown, oldest first.
 */
export async function listDeadLetters(
  stateDir: string,
  sink: string,
): Promise<DeadLetterSummary[]> {
  const letters = readDeadLetters(sinkFile(stateDir, sink, ".dead.ndjson"));
  return await Array.fromAsync(letters, ({ event, ...why }) => ({
    ...why,
    id: event.id,
    query: event.data.query,
    type: event.type,
    time: event.time,
    subject: event.subject,
  }));
}

async function* readDeadLetters(path: string): AsyncGenerator<DeadLetter> {
  const seen = new Set<string>();
  for await (const line of linesOf(path)) {
    const letter = parseLetter(line);
    if (letter === undefined || seen.has(letter.event.id)) continue;
    seen.add(letter.event.id);
    yield letter;
  }
}

/**
 * Characters that are written at once. One write for each letter would take a minute for the letters of some
 * days.
 */
const charactersAtOnce = 1 << 20;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Reads a letter; undefined if the line is damaged. */
function parseLetter(line: Uint8Array): DeadLetter | undefined {
  const seal = checkSeal(line);
  if (seal === "damaged") return undefined;
  try {
    const { crc: _, ...letter }: DeadLetter & { crc?: string } = JSON.parse(decoder.decode(line));
    return typeof letter.event.id === "string" ? letter : undefined;
  } catch {
    return undefined;
  }
}

const closingBracket = 0x7D;
const lineFeed = 0x0A;

/** Reads the lines one by one. After days of failures there may be more than fit into memory. */
async function* linesOf(path: string): AsyncGenerator<Uint8Array> {
  const file = await localDisk.openToRead(path);
  if (file === undefined) return;
  try {
    yield* readLines(file);
  } finally {
    file.close();
  }
}
