/**
 * The interface between `find` and the formats that it prints.
 *
 * @module
 */
import type { DataSet } from "../../dicom/data_set.ts";
import type { Outline } from "../../dicom/outline.ts";
import type { ResultStream } from "./result_stream.ts";

/** A match as it is printed. */
export interface Result {
  /** Counted from 1, over all queries of a command. */
  readonly number: number;
  /** Its elements; the next result fills the outline again. */
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

/** Options of all writers. */
export interface ResultWriterOptions {
  readonly stream: ResultStream;
  /** The query, whose attributes are the default columns. */
  readonly query: DataSet;
  /** Key paths with commas. */
  readonly columns: string | undefined;
  /** True if stdout is a terminal. */
  readonly isTerminal: boolean;
  /** The width of the terminal in cells. */
  readonly width: number;
  readonly colour: boolean;
  /** Called with each note about the output for people. */
  readonly note: (text: string) => void;
}
