// Touches the world: appends to the event file and rotates it.
/**
 * The `ndjson` sink: every event as one line of a file.
 *
 * @module
 */
import { concat } from "../../base/concat.ts";
import { folderOf, openToAppend, writeAll } from "../../base/atomic_file.ts";
import type { Clock } from "../../base/clock.ts";
import { DeliveryError } from "../delivery_error.ts";
import { readEventFileTail } from "../event_file_tail.ts";
import { localPolicy } from "../policy.ts";
import { compressRotated, rotateFile } from "../rotate.ts";
import type {
  Delivery,
  DeliveryPolicy,
  EventSelection,
  EventSink,
  OutgoingEvent,
  SinkContext,
} from "../sink.ts";
import { messageOf } from "../message.ts";

/**
 * The number of bytes that are read at the end of the file. It is more than what is written between two saves
 * of a position.
 */
const tailBytes = 8 * 1024 * 1024;

/** The conditions under which the file is rotated. */
export interface Rotation {
  /** The size that the file must not exceed; undefined: no limit. */
  readonly sizeBytes?: number | undefined;
  /** True if the file is rotated at the first event of a new day in `timeZone`. @default {false} */
  readonly daily?: boolean | undefined;
  /** The number of rotated files to keep: `path.1` (the newest) to `path.N`. */
  readonly keep: number;
  /** True if rotated files from `path.2` on are compressed to `.gz`. @default {false} */
  readonly compress?: boolean | undefined;
}

/** The options of the `ndjson` sink. */
export interface NdjsonOptions extends EventSelection {
  readonly type: "ndjson";
  /** The absolute path of the file. */
  readonly path: string;
  /** @default never */
  readonly rotate?: Rotation | undefined;
  /** The IANA time zone whose days `rotate.daily` counts. @default {"UTC"} */
  readonly timeZone?: string | undefined;
}

/** A delivery that waits to be written. */
interface Waiting {
  readonly bytes: Uint8Array;
  readonly written: PromiseWithResolvers<void>;
}

/**
 * Appends events to a file. Deliveries that come together share one write and one sync. After a crash each
 * delivery is in the file whole or not at all, and none is split over two files.
 */
class NdjsonSink implements EventSink {
  readonly kind = "events";
  readonly receiver: string;
  readonly policy: DeliveryPolicy;
  readonly #name: string;
  readonly #path: string;
  readonly #rotation: Rotation | undefined;
  readonly #timeZone: string;
  readonly #clock: Clock;
  readonly #note: (message: string) => void;
  readonly #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #compressing: Promise<void> = Promise.resolve();
  #file: EventFile | undefined;

  constructor(options: NdjsonOptions, { name, clock, note }: SinkContext) {
    this.#name = name;
    this.#path = this.receiver = options.path;
    this.#rotation = options.rotate;
    this.#timeZone = options.timeZone ?? "UTC";
    this.#clock = clock;
    this.#note = note;
    this.policy = localPolicy(options);
  }

  async open(): Promise<ReadonlyMap<string, OutgoingEvent>> {
    try {
      await Deno.mkdir(folderOf(this.#path), { recursive: true });
      const { file, last, isWhole } = await this.#openFile();
      this.#file = file;
      const before = isWhole ? await this.#lastBefore() : new Map();
      return new Map([...before, ...last]);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  send({ events }: Delivery): Promise<void> {
    const bytes = new TextEncoder().encode(events.map(({ line }) => line + "\n").join(""));
    const written = Promise.withResolvers<void>();
    this.#waiting.push({ bytes, written });
    this.#writing ??= this.#writeAll().finally(() => this.#writing = undefined);
    return written.promise;
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#compressing;
    this.#file?.handle.close();
    this.#file = undefined;
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      let together: Waiting[] = [];
      try {
        const file = await this.#fileFor(this.#waiting[0]?.bytes.length ?? 0);
        together = this.#takeFitting(file);
        await append(file, together.map(({ bytes }) => bytes));
        for (const { written } of together) written.resolve();
      } catch (error) {
        if (together.length === 0) together = this.#waiting.splice(0);
        for (const { written } of together) written.reject(this.#failure(error));
      }
    }
  }

  /** Takes the deliveries that fit into the file before it must be rotated, but at least one. */
  #takeFitting(file: EventFile): Waiting[] {
    const room = (this.#rotation?.sizeBytes ?? Infinity) - file.size;
    let bytes = 0;
    const beyond = this.#waiting.findIndex((next) => (bytes += next.bytes.length) > room);
    return this.#waiting.splice(0, beyond < 0 ? this.#waiting.length : Math.max(beyond, 1));
  }

  /**
   * Returns the file to write to. It is rotated first if that is due, and opened again if another program
   * moved it.
   */
  async #fileFor(bytes: number): Promise<EventFile> {
    let file = this.#file;
    if (file === undefined || !(await isStillAt(file, this.#path))) {
      file?.handle.close();
      this.#file = undefined;
      file = this.#file = (await this.#openFile()).file;
    }
    const today = this.#dayOf(this.#clock.now());
    if (file.size > 0 && this.#isDue(file, bytes, today)) {
      await this.#rotate();
      file = this.#file = (await this.#openFile()).file;
    }
    file.day = today;
    return file;
  }

  #isDue(file: EventFile, bytes: number, today: string): boolean {
    const { sizeBytes = Infinity, daily = false } = this.#rotation ?? {};
    return file.size + bytes > sizeBytes || (daily && file.day !== today);
  }

  async #rotate(): Promise<void> {
    if (this.#rotation === undefined) return;
    const { keep, compress } = this.#rotation;
    await this.#compressing;
    this.#file?.handle.close();
    this.#file = undefined;
    await rotateFile(this.#path, { keep });
    if (compress !== true) return;
    this.#compressing = compressRotated(this.#path, { keep }).catch((error) =>
      this.#note(`cannot compress ${this.#path}.2: ${messageOf(error)}`)
    );
  }

  async #openFile(): Promise<OpenedFile> {
    const handle = await openToAppend(this.#path, { read: true });
    try {
      const { size, mtime } = await handle.stat();
      const { tornBytes, last } = await this.#readTail(handle, size);
      if (tornBytes > 0) {
        await handle.truncate(size - tornBytes);
        this.#note(`cut ${tornBytes} bytes off ${this.#path}: an event that was not written whole`);
      }
      const since = mtime?.toTemporalInstant() ?? this.#clock.now();
      const file = { handle, size: size - tornBytes, isSound: true, day: this.#dayOf(since) };
      return { file, last, isWhole: size <= tailBytes };
    } catch (error) {
      handle.close();
      throw error;
    }
  }

  async #readTail(
    handle: Deno.FsFile,
    size: number,
  ): Promise<NonNullable<ReturnType<typeof readEventFileTail>>> {
    const bytes = new Uint8Array(Math.min(size, tailBytes));
    await handle.seek(size - bytes.length, Deno.SeekMode.Start);
    for (let at = 0; at < bytes.length;) {
      const read = await handle.read(bytes.subarray(at));
      if (read === null) throw new Error("the file became shorter while it was read");
      at += read;
    }
    const tail = readEventFileTail(bytes, bytes.length === size);
    if (tail === undefined) {
      throw new Error("the file holds something other than events. Choose another path");
    }
    return tail;
  }

  /** Reads the last events of the newest rotated file, because a crash may have come right after the rotation. */
  async #lastBefore(): Promise<ReadonlyMap<string, OutgoingEvent>> {
    try {
      using handle = await Deno.open(`${this.#path}.1`, { read: true });
      const { size } = await handle.stat();
      return (await this.#readTail(handle, size)).last;
    } catch {
      return new Map();
    }
  }

  #dayOf(instant: Temporal.Instant): string {
    return instant.toZonedDateTimeISO(this.#timeZone).toPlainDate().toString();
  }

  #failure(cause: unknown): DeliveryError {
    return new DeliveryError(this.#name, `cannot write ${this.#path}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** An open event file. */
interface EventFile {
  readonly handle: Deno.FsFile;
  /** The number of bytes of whole deliveries. */
  size: number;
  /** False after a write that failed: there may be torn bytes after `size`. */
  isSound: boolean;
  /** The day of the last write. */
  day: string;
}

interface OpenedFile {
  readonly file: EventFile;
  readonly last: ReadonlyMap<string, OutgoingEvent>;
  readonly isWhole: boolean;
}

async function append(file: EventFile, chunks: readonly Uint8Array[]): Promise<void> {
  const bytes = chunks.length === 1 ? chunks[0] ?? new Uint8Array() : concat(chunks);
  file.isSound = false;
  await writeAll(file.handle, bytes);
  await file.handle.syncData();
  file.size += bytes.length;
  file.isSound = true;
}

/**
 * True if the path still leads to the open file. Bytes of a failed write are cut off. If another program cut
 * the file, its size is taken over.
 */
async function isStillAt(file: EventFile, path: string): Promise<boolean> {
  try {
    const [open, there] = await Promise.all([file.handle.stat(), Deno.lstat(path)]);
    if (open.ino !== there.ino || open.dev !== there.dev) return false;
    if (!file.isSound && open.size > file.size) await file.handle.truncate(file.size);
    else file.size = open.size;
    file.isSound = true;
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * Makes an `ndjson` sink.
 *
 * @param options Its options.
 * @param context The clock, the name and the way to report.
 * @returns The sink.
 */
export function makeNdjsonSink(options: NdjsonOptions, context: SinkContext): EventSink {
  return new NdjsonSink(options, context);
}
