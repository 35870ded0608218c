/**
 * Matches in the DICOM JSON Model, PS3.18 Annex F: one array, or one object a line.
 *
 * @module
 */
import { dataSetOf } from "../dicom/decode.ts";
import { encodeJson } from "../dicom/json.ts";
import { printableJson } from "./printable_json.ts";
import type { Result, ResultWriter, ResultWriterOptions } from "./result_writer.ts";

/** One JSON array of all matches; empty brackets where there are none. */
export function jsonWriter({ stream, isTerminal }: ResultWriterOptions): ResultWriter {
  let separator = "[\n";
  return {
    async write(results: Iterable<Result>): Promise<void> {
      for (const { outline } of results) {
        await stream.print(separator + textOf(encodeJson(dataSetOf(outline)), isTerminal));
        separator = ",\n";
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
export function ndjsonWriter({ stream, isTerminal }: ResultWriterOptions): ResultWriter {
  return {
    async write(results: Iterable<Result>): Promise<void> {
      for (const { outline } of results) {
        await stream.print(`${textOf(encodeJson(dataSetOf(outline)), isTerminal)}\n`);
      }
    },
    flush: () => stream.flush(),
    end: () => stream.flush(),
  };
}

function textOf(json: string, isTerminal: boolean): string {
  return isTerminal ? printableJson(json) : json;
}
