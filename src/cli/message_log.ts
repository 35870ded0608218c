// Touches the world: writes messages to stderr and to a log file, and renames log files.
/**
 * Messages of `find` and `echo` besides their results, on stderr and in a log file with rotation.
 *
 * The prefixes are those of DCMTK: `E:`, `W:`, `I:`, `D:`, `T:`.
 *
 * @module
 */
import { reasonOf } from "./describe_error.ts";
import { UsageError } from "./options/option_table.ts";
import { showControls } from "../dicom/text/show_controls.ts";
import { writeAll } from "./terminal.ts";

const levels = ["fatal", "error", "warn", "notice", "info", "debug", "trace"] as const;

/** From the worst to the least; `notice` is how a command ended, said unless asked to be quiet. */
export type MessageLevel = (typeof levels)[number];

const prefixes: Readonly<Record<MessageLevel, string>> = {
  fatal: "F: ",
  error: "E: ",
  warn: "W: ",
  notice: "",
  info: "I: ",
  debug: "D: ",
  trace: "T: ",
};

/** The destinations of messages. */
export interface MessageLogOptions {
  /** Messages of this level and worse are said. */
  readonly level: MessageLevel;
  readonly file?: {
    readonly path: string;
    /** A new file is begun beyond this length. */
    readonly maxBytes: number;
    /** The number of older files that stay, as `PATH.1`, …, the youngest first. */
    readonly keep: number;
  };
}

/** Messages on stderr, and in a file where one is given. */
export class MessageLog implements Disposable {
  readonly #level: number;
  readonly #target: MessageLogOptions["file"];
  #file: Deno.FsFile | undefined;
  #fileLength = 0;

  /**
   * Opens the log file.
   *
   * @param options The level and the destinations.
   */
  constructor(options: MessageLogOptions) {
    this.#level = levels.indexOf(options.level);
    this.#target = options.file;
    this.#open();
  }

  /** Returns true if messages of a level are printed; callers skip making costly ones. */
  says(level: MessageLevel): boolean {
    return levels.indexOf(level) <= this.#level;
  }

  /**
   * Says something.
   *
   * @param level The level.
   * @param text One or more lines; control characters in them are shown.
   */
  say(level: MessageLevel, text: string): void {
    if (this.says(level)) this.#write(level, text);
  }

  /**
   * Says a danger, whatever level was asked for.
   *
   * @param text One or more lines.
   */
  alarm(text: string): void {
    this.#write("warn", text);
  }

  #write(level: MessageLevel, text: string): void {
    const lines = text.split("\n").map((line) => `${prefixes[level]}${showControls(line)}\n`);
    writeAll(Deno.stderr, lines.join(""));
    if (this.#file === undefined) return;
    const time = new Date().toISOString();
    try {
      this.#append(lines.map((line) => `${time} ${line}`).join(""));
    } catch (error) {
      // The results are worth more than what is said of them.
      this[Symbol.dispose]();
      this.say("error", `${this.#target?.path}: ${reasonOf(error)}; nothing more is written there`);
    }
  }

  /**
   * Runs something and reports its failure in one line.
   *
   * @param work The operation.
   * @returns Its exit code, 1 where it failed.
   * @throws {Deno.errors.BrokenPipe} If nobody reads the results any more, which is no failure.
   */
  async failing(work: () => Promise<number>): Promise<number> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe || error instanceof UsageError) throw error;
      // Only a failure needs it, and the data dictionary with it.
      const { describeFailure } = await import("./describe_failure.ts");
      this.say("error", describeFailure(error));
      return 1;
    }
  }

  [Symbol.dispose](): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #open(): void {
    if (this.#target === undefined) return;
    this.#file = Deno.openSync(this.#target.path, { create: true, append: true, mode: 0o600 });
    this.#fileLength = this.#file.statSync().size;
  }

  #append(text: string): void {
    if (this.#target === undefined) return;
    const { length } = new TextEncoder().encode(text);
    if (this.#fileLength > 0 && this.#fileLength + length > this.#target.maxBytes) {
      this[Symbol.dispose]();
      rotate(this.#target.path, this.#target.keep);
      this.#open();
    }
    if (this.#file !== undefined) writeAll(this.#file, text);
    this.#fileLength += length;
  }
}

function rotate(path: string, keep: number): void {
  if (keep === 0) return Deno.removeSync(path);
  for (let n = keep - 1; n >= 0; n--) {
    try {
      Deno.renameSync(n === 0 ? path : `${path}.${n}`, `${path}.${n + 1}`);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}
