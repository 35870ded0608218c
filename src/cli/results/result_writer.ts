/**
 * How responses are printed: one writer per format, loaded when it is chosen.
 *
 * @module
 */
import type { DataSet } from "../../dicom/data_set.ts";
import type { Outline } from "../../dicom/outline.ts";
import { importLater } from "../later.ts";
import type { ResultStream } from "./result_stream.ts";

/** A match as it is printed. */
export interface Result {
  /** Counted from 1, over all queries of a command. */
  readonly number: number;
  /** Where its elements stand; the next result fills it again. */
  readonly outline: Outline;
}

/** Prints matches as they come. */
export interface ResultWriter {
  /** Prints some more; they may be pending until {@linkcode flush}. */
  write(results: Iterable<Result>): Promise<void>;
  /** Writes what is pending, as there is nothing more for now. */
  flush(): Promise<void>;
  /** Prints what closes the format, and flushes. */
  end(): Promise<void>;
}

/** What writers may depend on. */
export interface ResultWriterOptions {
  readonly stream: ResultStream;
  /** The query, whose attributes are the default columns. */
  readonly query: DataSet;
  /** Key paths with commas. */
  readonly columns: string | undefined;
  /** Whether stdout is a terminal. */
  readonly isTerminal: boolean;
  /** The width of the terminal in cells. */
  readonly width: number;
  readonly colour: boolean;
  /** Is told what people should know about the output. */
  readonly note: (text: string) => void;
}

/** The formats by name. */
export type ResultFormat = "dump" | "json" | "ndjson" | "table" | "csv";

const formats: Readonly<
  Record<ResultFormat, () => Promise<(options: ResultWriterOptions) => ResultWriter>>
> = {
  dump: async () => (await import("./result_dump.ts")).dumpWriter,
  json: async () => (await import("./result_json.ts")).jsonWriter,
  ndjson: async () => (await import("./result_json.ts")).ndjsonWriter,
  table: async () => (await importLater("./results/result_table.ts")).tableWriter,
  csv: async () => (await import("./result_csv.ts")).csvWriter,
};

/**
 * Makes the writer of a format.
 *
 * @param format Its name.
 * @param options Where to, and how.
 * @returns The writer.
 */
export async function resultWriter(
  format: ResultFormat,
  options: ResultWriterOptions,
): Promise<ResultWriter> {
  return (await formats[format]())(options);
}
