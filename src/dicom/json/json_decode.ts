/**
 * Data sets from the DICOM JSON Model, PS3.18 Annex F.
 *
 * Every mistake is reported with its path, never with the value. Bulk data by URI is refused: nothing
 * is fetched here.
 *
 * @module
 */

import { decodeBase64 } from "../../base/base64.ts";
import { markAsOurs } from "../../base/worklistd_error.ts";
import { type DataElement, DataSet, element } from "../data_set.ts";
import { lookupTag } from "../dictionary/dictionary.ts";
import type { DicomJson } from "./json.ts";
import { parseTag } from "../tag.ts";
import { isVr, type Vr, vrRule } from "../vr.ts";

/** JSON that is not of the DICOM JSON Model. */
export class DicomJsonError extends SyntaxError {
  static {
    markAsOurs(this);
  }

  /** The name of the class. */
  override readonly name = "DicomJsonError";
  /** The place, as tags and indices, such as `00400100.Value[0].00400002`; empty for the whole. */
  readonly path: string;

  /**
   * Says what is wrong, and where.
   *
   * @param path The place of the fault.
   * @param message The fault, without values.
   * @param cause The error that led to this one.
   */
  constructor(path: string, message: string, cause?: unknown) {
    const at = path === "" ? "" : ` at ${path}`;
    super(`Cannot read DICOM JSON${at}: ${message}`, cause === undefined ? undefined : { cause });
    this.path = path;
  }
}

/** As deep as anyone's sequences nest, and no danger to the stack. */
const MAX_DEPTH = 64;

/**
 * Reads a data set from the DICOM JSON Model as `JSON.parse` gives it.
 *
 * PS3.18 Annex F. A missing `vr` is that of the dictionary; decimal and integer strings may be
 * numbers or strings.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { decodeJson } from "./json_decode.ts";
 *
 * const dataSet = decodeJson({ "00100020": { vr: "LO", Value: ["4711"] } });
 * assertEquals(dataSet.string(0x00100020), "4711");
 * ```
 *
 * @param json The data set.
 * @returns The data set.
 * @throws {DicomJsonError} If it is not of the model; carries `path`.
 */
export function decodeJson(json: DicomJson): DataSet {
  return decodeObject(json, "", 0);
}

/**
 * Reads a data set from text in the DICOM JSON Model, with the digits of its numbers as they are
 * written.
 *
 * `parseJson(encodeJson(dataSet))` has every value as it was, decimal strings such as `72.50`
 * included.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseJson } from "./json_decode.ts";
 *
 * const dataSet = parseJson('{"00101030":{"vr":"DS","Value":[72.50]}}');
 * assertEquals(dataSet.string(0x00101030), "72.50");
 * ```
 *
 * @param text JSON text of one data set.
 * @returns The data set.
 * @throws {DicomJsonError} If the text is no JSON, or not of the model.
 */
export function parseJson(text: string): DataSet {
  let json: unknown;
  try {
    json = mayHaveDigits.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
  } catch (cause) {
    // The engine's own message quotes the text.
    throw new DicomJsonError("", "it is no JSON", cause instanceof RangeError ? cause : undefined);
  }
  return decodeObject(json, "", 0);
}

/**
 * Returns true if digits may count: in an attribute of these VRs that has a value, or one whose VR comes
 * last. Where they do not, JSON is read several times faster.
 */
const mayHaveDigits = /"(?:DS|IS|SV|UV)"(?!\s*\})|\]\s*,\s*"vr"/;

/** A number of which the text counts. */
class WrittenNumber {
  constructor(readonly text: string) {}
}

function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  const isNumber = typeof value === "number" && context?.source !== undefined;
  return isNumber ? new WrittenNumber(context.source ?? "") : value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof WrittenNumber);
}

function decodeObject(json: unknown, path: string, depth: number): DataSet {
  if (!isObject(json)) throw new DicomJsonError(path, "a data set must be an object");
  if (depth > MAX_DEPTH) {
    throw new DicomJsonError(path, `sequences must not be nested deeper than ${MAX_DEPTH}`);
  }
  const elements: DataElement[] = [];
  for (const [key, value] of Object.entries(json)) {
    const at = path === "" ? key : `${path}.${key}`;
    const tag = /^[0-9A-Fa-f]{8}$/.test(key) ? parseTag(key) : undefined;
    if (tag === undefined) {
      throw new DicomJsonError(path, "an attribute's name must be eight hexadecimal digits");
    }
    elements.push(decodeElement(tag, value, at, depth));
  }
  // Ascending, so that none is inserted before another.
  return new DataSet(elements.sort((a, b) => a.tag - b.tag));
}

function decodeElement(tag: number, json: unknown, path: string, depth: number): DataElement {
  if (!isObject(json)) throw new DicomJsonError(path, "an attribute must be an object");
  const vr = json.vr === undefined ? lookupTag(tag)?.vr : json.vr;
  if (typeof vr !== "string" || !isVr(vr)) {
    throw new DicomJsonError(path, "vr must be a VR of the standard");
  }
  if (json.BulkDataURI !== undefined) {
    throw new DicomJsonError(path, "bulk data by URI cannot be read: put the value inline");
  }
  const { Value: values, InlineBinary: base64 } = json;
  if (values !== undefined && base64 !== undefined) {
    throw new DicomJsonError(path, "there must be only one of Value and InlineBinary");
  }
  const rule = vrRule(vr);
  if (rule.kind === "bytes") {
    if (values !== undefined) {
      throw new DicomJsonError(path, `the value of a ${vr} must be InlineBinary`);
    }
    return element(tag, base64 === undefined ? [] : inlineBinary(base64, path), vr);
  }
  if (base64 !== undefined) throw new DicomJsonError(path, `the value of a ${vr} must be Value`);
  if (values === undefined) return element(tag, [], vr);
  if (!Array.isArray(values)) throw new DicomJsonError(path, "Value must be an array");
  if (rule.kind === "sequence") {
    const items = values.map((item, index) =>
      item === null ? new DataSet() : decodeObject(item, `${path}.Value[${index}]`, depth + 1)
    );
    return element(tag, items, vr);
  }
  const decoded = values.map((value, index) => decodeValue(vr, value, `${path}.Value[${index}]`));
  if (rule.kind === "text" && !rule.multiple && decoded.length > 1) {
    throw new DicomJsonError(path, `a ${vr} must have one value at most`);
  }
  try {
    return element(tag, decoded.length === 1 && decoded[0] === "" ? [] : decoded, vr);
  } catch (cause) {
    throw new DicomJsonError(path, `a value cannot be one of a ${vr}`, cause);
  }
}

function inlineBinary(base64: unknown, path: string): Uint8Array {
  if (typeof base64 !== "string") throw new DicomJsonError(path, "InlineBinary must be a string");
  try {
    return decodeBase64(base64);
  } catch {
    throw new DicomJsonError(path, "InlineBinary must be base64");
  }
}

function decodeValue(vr: Vr, value: unknown, path: string): string | number | bigint {
  const rule = vrRule(vr);
  const written = value instanceof WrittenNumber ? value.text : undefined;
  const number = written === undefined ? value : Number(written);
  switch (rule.kind) {
    case "text":
      if (value === null) return "";
      if (vr === "PN") return decodeName(value, path);
      if (typeof value === "string") return value;
      if (
        typeof number === "number" && (vr === "DS" || (vr === "IS" && Number.isInteger(number)))
      ) {
        return numberText(vr, number, written);
      }
      break;
    case "tag":
      if (typeof value === "string" && /^[0-9A-Fa-f]{8}$/.test(value)) {
        return Number.parseInt(value, 16);
      }
      break;
    case "bigint": {
      const text = written ?? value;
      if (typeof text === "string" && /^-?\d{1,20}$/.test(text)) return BigInt(text);
      if (typeof text === "number" && Number.isSafeInteger(text)) return BigInt(text);
      break;
    }
    case "number":
      if (typeof number === "number") return number;
      if (value === "NaN" || value === "Infinity" || value === "-Infinity") {
        if (vr === "FL" || vr === "FD") return Number(value);
      }
      break;
  }
  throw new DicomJsonError(path, `it cannot be a value of a ${vr}`);
}

/** A number as DS or IS, which have room for 16 and 12 characters: as it is written if it fits. */
function numberText(vr: Vr, number: number, written = ""): string | number {
  const isFitting = vr === "DS" ? /^.{1,16}$/ : /^-?\d{1,11}$/;
  return isFitting.test(written) ? written : number;
}

const groupNames = ["Alphabetic", "Ideographic", "Phonetic"] as const;

function decodeName(json: unknown, path: string): string {
  if (typeof json === "string") return json;
  if (!isObject(json)) throw new DicomJsonError(path, "a name must be an object");
  const groups = groupNames.map((name) => {
    const group = json[name] ?? "";
    if (typeof group !== "string") {
      throw new DicomJsonError(`${path}.${name}`, "a component group must be a string");
    }
    return group;
  });
  return groups.join("=").replace(/=+$/, "");
}
