// Touches the world: writes a file or stdout.
/**
 * Queries printed or saved instead of sent.
 *
 * @module
 */
import type { DataSet } from "../../dicom/data_set.ts";
import { TransferSyntax } from "../../dicom/uid.ts";
import { models } from "../../query/model.ts";
import { randomUid } from "./extract.ts";
import type { findSpec } from "../options/find_options.ts";
import { UsageError, type Values } from "../options/option_table.ts";
import { ResultStream } from "./result_stream.ts";

type FindValues = Values<typeof findSpec>;

/**
 * Prints queries, saves them, or both.
 *
 * @param values The options.
 * @param queries The queries.
 * @returns The exit code.
 * @throws {UsageError} If they cannot be kept in this way.
 */
export async function keepQueries(
  values: FindValues,
  queries: readonly DataSet[],
): Promise<number> {
  const { "save-query": path } = values;
  if (path !== undefined) await saveQuery(path, values, queries);
  if (!values["print-query"]) return 0;
  const stream = new ResultStream();
  await stream.print(await textOf(values.format ?? "dump", queries));
  await stream.flush();
  return 0;
}

async function saveQuery(
  path: string,
  values: FindValues,
  queries: readonly DataSet[],
): Promise<void> {
  const [query] = queries;
  if (query === undefined || queries.length > 1) {
    throw new UsageError(`--save-query saves one query, these are ${queries.length}`);
  }
  const extension = /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase();
  if (extension === "json") return await Deno.writeTextFile(path, await textOf("ndjson", queries));
  if (extension === "dump" || extension === "txt") {
    return await Deno.writeTextFile(path, await textOf("dump", queries));
  }
  const { encodePart10 } = await import("../../dicom/part10.ts");
  const file = encodePart10(query, {
    transferSyntaxUid: TransferSyntax.ExplicitVrLittleEndian,
    sopClassUid: models[values.model ?? "worklist"].sopClassUid,
    sopInstanceUid: randomUid(),
  });
  await Deno.writeFile(path, file);
}

async function textOf(format: string, queries: readonly DataSet[]): Promise<string> {
  if (format === "dump") {
    const { dumpDataSet } = await import("../../dicom/dump/dump.ts");
    return queries.map((query) => dumpDataSet(query)).join("\n");
  }
  const { encodeJson } = await import("../../dicom/json/json.ts");
  const texts = queries.map(encodeJson);
  if (format === "ndjson") return texts.map((text) => `${text}\n`).join("");
  if (format === "json") return `[\n${texts.join(",\n")}\n]\n`;
  throw new UsageError("a query is printed with --format dump, json or ndjson");
}
