/**
 * The formats that `find` prints, each loaded when it is chosen.
 *
 * @module
 */
import { importLater } from "../later.ts";
import type { ResultWriter, ResultWriterOptions } from "./result_writer.ts";

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
 * @param options The destination and the format.
 * @returns The writer.
 */
export async function resultWriter(
  format: ResultFormat,
  options: ResultWriterOptions,
): Promise<ResultWriter> {
  return (await formats[format]())(options);
}
