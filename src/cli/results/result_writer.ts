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
