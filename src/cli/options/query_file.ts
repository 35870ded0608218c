// Touches the world: reads query files, and stdin for `-`.
/**
 * Files that hold queries: DICOM files (PS3.10) and bare data sets, DICOM JSON (PS3.18 Annex F), the text that
 * DCMTK's `dump2dcm` reads, and lines of `PATH=VALUE`.
 *
 * @module
 */
import { decodeUtf8 } from "../../base/utf8.ts";
import { DataSet } from "../../dicom/data_set.ts";
import type { ResolveContext } from "../../query/date_window.ts";
import { reasonOf } from "../describe_error.ts";
import { applyKey } from "./key_argument.ts";
import { UsageError } from "./option_table.ts";

/** Longer files are no queries. */
const longestFile = 1 << 24;

/**
 * Reads the queries in a file; what kind of file it is shows in its content.
 *
 * @param path The file, `-` for stdin.
 * @param context For relative dates in lines of `PATH=VALUE`.
 * @returns One query, or as many as a JSON array has.
 * @throws {UsageError} If it cannot be read as a query.
 */
export async function readQueryFile(path: string, context: ResolveContext): Promise<DataSet[]> {
  const bytes = await readBytes(path);
  try {
    return await parseQueries(bytes, context);
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
    throw new UsageError(`${path} is no query: ${error.message}`, { cause: error });
  }
}

/**
 * Reads a file of lines of `PATH=VALUE`; `#` begins a comment line, blanks around `=` and the line do not count.
 *
 * @param path The file, `-` for stdin.
 * @returns The lines without comments and empty ones.
 */
export async function readQueryLines(path: string): Promise<string[]> {
  const bytes = await readBytes(path);
  try {
    return keyLines(decodeUtf8(bytes));
  } catch (cause) {
    throw new UsageError(`the query file ${path} cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    using file = path === "-" ? undefined : await Deno.open(path);
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    let length = 0;
    for await (const chunk of (file ?? Deno.stdin).readable) {
      length += chunk.length;
      if (length > longestFile) throw new UsageError(`${path} is too long for a query`);
      chunks.push(chunk);
    }
    return await new Blob(chunks).bytes();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (!(error instanceof Deno.errors.NotFound)) {
      throw new UsageError(`the query file ${path} cannot be read: ${reasonOf(error)}`, {
        cause: error,
      });
    }
    const hint = path.includes("=") ? `; a key is given as -k ${path.split("=", 1)[0]}=…` : "";
    throw new UsageError(`there is no query file ${path.split("=", 1)[0]}${hint}`, {
      cause: error,
    });
  }
}

async function parseQueries(bytes: Uint8Array, context: ResolveContext): Promise<DataSet[]> {
  const text = textOf(bytes);
  if (bytes.length === 0) throw new SyntaxError("it is empty");
  if (text === undefined) {
    const { sniffDataSet } = await import("../../dicom/part10.ts");
    return [sniffDataSet(bytes).dataSet];
  }
  if (/^\s*[[{]/.test(text)) return await parseJsonQueries(text);
  if (/^\s*\([0-9A-Fa-f]{4},[0-9A-Fa-f]{4}\)\s+[A-Za-z?]{2}(?:\s|$)/m.test(text)) {
    const { parseDump } = await import("../../dicom/dump/dump_parse.ts");
    // The bytes, not the text: the dump may be in the character set that it names.
    return [parseDump(bytes)];
  }
  if (/[\p{Cc}--[\t\n\f\r\x7F-\x9F]]/v.test(text)) {
    throw new SyntaxError("it has control characters");
  }
  const query = new DataSet();
  for (const line of keyLines(text)) applyKey(query, line, context);
  return [query];
}

async function parseJsonQueries(text: string): Promise<DataSet[]> {
  const { decodeJson } = await import("../../dicom/json/json_decode.ts");
  const json = parsedJson(text);
  const queries = (Array.isArray(json) ? json : [json]).map((each) => decodeJson(each));
  if (queries.length === 0) throw new SyntaxError("its array is empty");
  return queries;
}

/** As `JSON.parse()`, whose own message may quote the file. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const [where = ""] = /at position \d+(?: \(line \d+ column \d+\))?/.exec(String(cause)) ?? [];
    throw new SyntaxError(`it is no JSON ${where}`.trimEnd(), { cause });
  }
}

/** Tabs and ends of lines and pages, and what switches between the character sets of a dump. */
const controlsOfText = [0x09, 0x0A, 0x0C, 0x0D, 0x0E, 0x0F, 0x1B];

/** Text has no null and few control characters; it is UTF-8, or Latin-1 where it is not. */
function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.some((byte) => byte < 0x20 && !controlsOfText.includes(byte))) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("latin1").decode(bytes);
  }
}

function keyLines(text: string): string[] {
  return text.replace(/^\uFEFF/, "").split(/\r?\n/).map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.replace(/^([^=]*?)\s*=\s*/, "$1="));
}
