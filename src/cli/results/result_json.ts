/**
 * Matches in the DICOM JSON Model, PS3.18 Annex F: one array, or one object a line.
 *
 * @module
 */
import { dataSetOf } from "../../dicom/decode.ts";
import { encodeJson } from "../../dicom/json/json.ts";
import { writeJson } from "../../dicom/json/outline_json.ts";
import { printableJson } from "./printable_json.ts";
import type { Result, ResultWriter, ResultWriterOptions } from "./result_writer.ts";

/** One JSON array of all matches; empty brackets where there are none. */
export function jsonWriter(options: ResultWriterOptions): ResultWriter {
  const { stream } = options;
  let separator = "[\n";
  return {
    async write(results: Iterable<Result>): Promise<void> {
      for (const result of results) {
        stream.pending.writeText(separator);
        separator = ",\n";
        writeMatch(options, result);
        if (stream.isFull) await stream.flush();
      }
    },
    flush: () => stream.flush(),
    async end(): Promise<void> {
      await stream.print(separator === "[\n" ? "[]\n" : "\n]\n");
      await stream.flush();
    },
  };
}

/** One JSON object a line. */
export function ndjsonWriter(options: ResultWriterOptions): ResultWriter {
  const { stream } = options;
  return {
    async write(results: Iterable<Result>): Promise<void> {
      for (const result of results) {
        writeMatch(options, result);
        stream.pending.writeText("\n");
        if (stream.isFull) await stream.flush();
      }
    },
    flush: () => stream.flush(),
    end: () => stream.flush(),
  };
}

function writeMatch({ stream, isTerminal }: ResultWriterOptions, { outline }: Result): void {
  if (isTerminal) stream.pending.writeText(printableJson(encodeJson(dataSetOf(outline))));
  else writeJson(stream.pending, outline);
}
