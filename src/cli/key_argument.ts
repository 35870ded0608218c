/**
 * The keys of a query as `find -k` and query files write them: `PATH`, `PATH=VALUE`.
 *
 * @module
 */
import { type DataElement, type DataSet, element } from "../dicom/data_set.ts";
import { lookupTag } from "../dicom/dictionary.ts";
import { parseTag } from "../dicom/tag.ts";
import { type Vr, vrRule } from "../dicom/vr.ts";
import { type ResolveContext, resolveValue } from "../query/date_window.ts";
import { ensureItem, formatKeyPath, type KeyPath, parseKeyPath, setAt } from "../query/key_path.ts";

const numberLimits: Partial<Record<Vr, readonly [bigint, bigint]>> = {
  US: [0n, 0xFFFFn],
  SS: [-0x8000n, 0x7FFFn],
  UL: [0n, 0xFFFF_FFFFn],
  SL: [-0x8000_0000n, 0x7FFF_FFFFn],
  UV: [0n, 0xFFFF_FFFF_FFFF_FFFFn],
  SV: [-0x8000_0000_0000_0000n, 0x7FFF_FFFF_FFFF_FFFFn],
};

/**
 * Puts a key into a query, replacing what the query has at its path.
 *
 * Text VRs take the value as it is, `\` parting several; numbers are decimal; AT values are tags; byte VRs are
 * hexadecimal, either in one run of bytes or, for words of 16 bits or more, in words parted by `\`. A sequence
 * without an index is emptied; with one it gets empty items up to that index.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { DataSet } from "../dicom/data_set.ts";
 * import { applyKey } from "./key_argument.ts";
 *
 * const query = new DataSet();
 * applyKey(query, "(0040,0100)[0].Modality=CT");
 * assertEquals(query.items(0x00400100)[0]?.string(0x00080060), "CT");
 * ```
 *
 * @param query Changed in place.
 * @param key The key as written.
 * @param context For relative dates; without it the value is taken as it is.
 * @throws {SyntaxError} If the path or the value cannot be read; the message does not repeat the value.
 */
export function applyKey(query: DataSet, key: string, context?: ResolveContext): void {
  const equals = key.indexOf("=");
  const path = parseKeyPath(equals < 0 ? key : key.slice(0, equals));
  const value = equals < 0 ? "" : key.slice(equals + 1);
  const last = path.at(-1);
  if (last === undefined) return;
  const vr = lookupTag(last.tag)?.vr ?? "UN";
  if (last.item !== undefined) {
    if (value !== "") {
      throw new SyntaxError(`Cannot give ${formatKeyPath(path)} a value: it is an item`);
    }
    emptyItem(query, path, last.item);
  } else {
    setAt(query, path, toElement(path, last.tag, vr, value, context));
  }
}

function emptyItem(query: DataSet, path: KeyPath, index: number): void {
  let at = query;
  for (const step of path.slice(0, -1)) at = ensureItem(at, step.tag, step.item ?? 0);
  const last = path.at(-1);
  if (last !== undefined) ensureItem(at, last.tag, index);
}

function toElement(
  path: KeyPath,
  tag: number,
  vr: Vr,
  text: string,
  context: ResolveContext | undefined,
): DataElement {
  const fail = (why: string): never => {
    throw new SyntaxError(`Cannot read the value of ${formatKeyPath(path)}: ${why}`);
  };
  if (vr === "SQ") {
    if (text !== "") fail("it is a sequence; give its items' attributes by PATH.ATTRIBUTE=VALUE");
    return element(tag, [], vr);
  }
  if (text === "") return element(tag, [], vr);
  const rule = vrRule(vr);
  switch (rule.kind) {
    case "text": {
      const resolved = context === undefined ? text : resolveValue(text, vr, context);
      return element(tag, rule.multiple ? resolved.split("\\") : [resolved], vr);
    }
    case "bytes":
      return element(
        tag,
        parseBytes(text, rule.size) ?? fail(`${vr} is written as hexadecimal`),
        vr,
      );
    case "tag":
      return element(
        tag,
        text.split("\\").map((part) => parseTag(part) ?? fail("AT is written as (gggg,eeee)")),
        vr,
      );
    case "bigint":
      return element(
        tag,
        text.split("\\").map((part) => parseWhole(part, vr) ?? fail(`it is no ${vr}`)),
        vr,
      );
    default:
      return element(
        tag,
        text.split("\\").map((part) => parseNumber(part, vr) ?? fail(`it is no ${vr}`)),
        vr,
      );
  }
}

function parseNumber(text: string, vr: Vr): number | undefined {
  if (vr !== "FL" && vr !== "FD") {
    const whole = parseWhole(text, vr);
    return whole === undefined ? undefined : Number(whole);
  }
  const number = text.trim() === "" ? NaN : Number(text);
  return Number.isFinite(number) ? number : undefined;
}

function parseWhole(text: string, vr: Vr): bigint | undefined {
  const [low, high] = numberLimits[vr] ?? [0n, 0n];
  if (!/^\s*[-+]?\d{1,20}\s*$/.test(text)) return undefined;
  const value = BigInt(text.trim().replace(/^\+/, ""));
  return value >= low && value <= high ? value : undefined;
}

/** `00FFEA08` or `00\ff\ea\08` as bytes; `ff00\08ea` as Little Endian words where the VR has words. */
function parseBytes(text: string, size: number): Uint8Array | undefined {
  const parts = text.split("\\");
  const areWords = parts.length > 1 && size > 1 && parts.every((part) => part.length === 2 * size);
  if (parts.length > 1 && !areWords && parts.some((part) => part.length !== 2)) return undefined;
  if (!parts.every((part) => part.length % 2 === 0 && /^[0-9a-f]*$/i.test(part))) return undefined;
  const bytes = Uint8Array.fromHex(parts.join(""));
  if (areWords) {
    for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
  }
  return bytes;
}
