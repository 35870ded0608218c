// Touches the world: keeps `sinks/NAME.json` in the state folder.
/**
 * The position of a sink in each query, kept over restarts.
 *
 * The file ends in a checksum. Earlier versions wrote none; such a file gets a checksum with the next write.
 *
 * @module
 */
import { checkSeal, sealJson } from "../base/sealed_json.ts";
import { localDisk } from "../worklist/journal/disk.ts";
import { folderOf, writeFileAtomically } from "../base/atomic_file.ts";

/** The position of a sink in one query. */
export interface LaneState {
  /** The sink has handled all events up to this sequence: each was sent, unwanted, or became a dead letter. */
  position: number;
  /** The sequence of the last event that the sink received; 0 before the first. */
  delivered: number;
  /**
   * The delivery under way: the events after `position` up to `upTo`. Those up to `done` were sent. `merged`
   * says whether changes of one item were merged.
   */
  window?: { upTo: number; done: number; merged: boolean } | undefined;
  /** The last sequence of the replay under way. */
  replayTo?: number | undefined;
  /** Present while the receiver fails. */
  failing?: Failing | undefined;
}

/** A series of failures that no success has ended yet. Times are RFC 3339. */
export interface Failing {
  readonly since: string;
  readonly attempts: number;
  readonly nextAttempt: string;
  readonly error: string;
  /** The time of the last attempt as far as it was believed; absent in files of earlier versions. */
  readonly believed?: string | undefined;
}

/** The reason why a sink sends nothing any more. */
export interface Stopped {
  readonly at: string;
  readonly reason: string;
  /** The receiver that answered 410. A sink with another receiver starts again. */
  readonly receiver: string;
}

/** The content of the file. */
export interface SinkState {
  readonly sink: string;
  readonly queries: { [query: string]: LaneState };
  lastSuccess?: string | undefined;
  stopped?: Stopped | undefined;
}

/** The result of reading the file. */
export type SinkStateReading =
  | {
    readonly found: "state";
    readonly state: SinkState;
    /** True if the file has a checksum. */
    readonly isSealed: boolean;
  }
  | { readonly found: "nothing" }
  | { readonly found: "damage" };

/**
 * Names the file of a sink.
 *
 * @param stateDir The state folder.
 * @param sink The sink's name.
 * @param ending The end of the file name.
 * @returns The path.
 */
export function sinkFile(stateDir: string, sink: string, ending: ".json" | ".dead.ndjson"): string {
  return `${stateDir}/sinks/${encodeURIComponent(sink)}${ending}`;
}

/**
 * Reads the position of a sink. Needs no lock.
 *
 * @param stateDir The state folder.
 * @param sink The sink's name.
 * @returns The state, or that there is none or that it is damaged.
 */
export async function readSinkState(stateDir: string, sink: string): Promise<SinkStateReading> {
  const bytes = await readIfThere(sinkFile(stateDir, sink, ".json"));
  if (bytes === undefined) return { found: "nothing" };
  const reading = parseSinkState(bytes);
  return reading?.state.sink === sink ? { found: "state", ...reading } : { found: "damage" };
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Parses the file; undefined if it is damaged. */
function parseSinkState(
  bytes: Uint8Array,
): { readonly state: SinkState; readonly isSealed: boolean } | undefined {
  if (bytes.at(-1) !== lineFeed) return undefined;
  const object = bytes.subarray(0, -1);
  const seal = checkSeal(object);
  if (seal === "damaged") return undefined;
  try {
    const { crc: _, ...state }: SinkState & { crc?: string } = JSON.parse(
      new TextDecoder().decode(object),
    );
    const isSound = Object.keys(state).every((key) => memberNames.has(key)) &&
      Object.values(state.queries).every(isLaneSound);
    return isSound ? { state, isSealed: seal === "intact" } : undefined;
  } catch {
    return undefined;
  }
}

const memberNames = new Set(["sink", "queries", "lastSuccess", "stopped"]);
const lineFeed = 0x0A;

/**
 * Finds how far sinks have come with each query, including sinks that are no longer configured. Needs no
 * lock. A damaged file is passed over.
 *
 * @param stateDir The state folder.
 * @returns The highest sequence that one of them has seen, by query.
 */
export async function lastTaken(stateDir: string): Promise<Map<string, number>> {
  const taken = new Map<string, number>();
  for (const name of await sinkFilesIn(stateDir)) {
    const bytes = await readIfThere(`${stateDir}/sinks/${name}`);
    const state = bytes && parseSinkState(bytes)?.state;
    for (const [query, lane] of Object.entries(state?.queries ?? {})) {
      const { position, delivered, replayTo = 0, window } = lane;
      const known = taken.get(query) ?? 0;
      taken.set(query, Math.max(known, position, delivered, replayTo, window?.upTo ?? 0));
    }
  }
  return taken;
}

async function sinkFilesIn(stateDir: string): Promise<string[]> {
  const names = await localDisk.list(`${stateDir}/sinks`);
  return names.filter((name) => name.endsWith(".json"));
}

function isLaneSound({ position, delivered, failing }: LaneState): boolean {
  return isCount(position) && isCount(delivered) &&
    (failing === undefined ||
      [failing.since, failing.nextAttempt, failing.believed ?? failing.since].every(isTime));
}

function isTime(value: unknown): boolean {
  return typeof value === "string" && !Number.isNaN(Date.parse(value));
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** Writes the state of a sink. Calls that come together share one write. */
export class SinkStateFile {
  readonly state: SinkState;
  readonly #path: string;
  readonly #mayWrite: () => boolean;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  /**
   * @param stateDir The state folder.
   * @param state The state. It is written as it is at the time of writing.
   * @param mayWrite Returns false once another process holds the state folder. Then nothing is written.
   */
  constructor(stateDir: string, state: SinkState, mayWrite: () => boolean = (): boolean => true) {
    this.state = state;
    this.#mayWrite = mayWrite;
    this.#path = sinkFile(stateDir, state.sink, ".json");
  }

  /** Saves the state. The promise resolves once a write that began after this call has reached the disk. */
  save(): Promise<void> {
    // This also covers the moment when one write has ended and the next is about to begin: two never run at
    // once.
    if (this.#next !== undefined) return this.#next;
    if (this.#running === undefined) return this.#start();
    this.#next = this.#running.catch(() => {}).then(() => {
      this.#next = undefined;
      return this.#start();
    });
    return this.#next;
  }

  #start(): Promise<void> {
    this.#running = this.#write().finally(() => this.#running = undefined);
    return this.#running;
  }

  async #write(): Promise<void> {
    if (!this.#mayWrite()) return;
    const text = sealJson(JSON.stringify(this.state)) + "\n";
    await Deno.mkdir(folderOf(this.#path), { recursive: true, mode: 0o700 });
    await writeFileAtomically(this.#path, [new TextEncoder().encode(text)], { mode: 0o600 });
  }
}
