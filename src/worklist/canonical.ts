/**
 * The canonical form of values: one text for all encodings of the same value.
 *
 * Peers pad values, and write one value in several ways: `DOE^JANE` and `DOE^JANE^^^`, `1.0` and `1`. Such a
 * difference is no change (PS3.5 sections 6.2 and 6.2.1). Bytes of VR UN are compared as text with text,
 * because a private attribute has its VR in one transfer syntax and is UN in another.
 *
 * @module
 */
import type { DicomJson, DicomJsonElement } from "../dicom/json/json.ts";

const characterSet = "00080005";
const patientName = "00100010";
const patientId = "00100020";
const issuerOfPatientId = "00100021";

/** VRs in which leading spaces are padding as well (PS3.5 Table 6.2-1). */
const leadingSpacesPad = new Set(["AE", "CS", "DS", "IS", "LO", "SH"]);

/**
 * True if an attribute is compared. Group lengths and Specific Character Set are not, because they describe
 * the encoding only.
 *
 * @param tag Eight hexadecimal digits.
 */
export function isCompared(tag: string): boolean {
  return tag !== characterSet && !tag.endsWith("0000");
}

/**
 * Reads the data set of an item.
 *
 * @param json The text of the DICOM JSON Model.
 * @throws {SyntaxError} If the text is no JSON, as on a damaged disk. The message does not quote the text.
 */
export function parseItemJson(json: string): DicomJson {
  try {
    return JSON.parse(json);
  } catch {
    // The engine's own message quotes the text, which is patient data.
    throw new SyntaxError(
      "Cannot read the data set of an item: it is no JSON. Check the disk",
    );
  }
}

/**
 * Reads the items of a sequence.
 *
 * @param element The element in the DICOM JSON Model, or undefined if there is none.
 * @returns Its items; empty if the element is absent, empty or no sequence.
 */
export function itemsOf(element: DicomJsonElement | undefined): readonly DicomJson[] {
  return element?.vr === "SQ" ? (element.Value ?? []) as readonly DicomJson[] : [];
}

/**
 * Converts the values of an element that is no sequence into canonical form.
 *
 * @param element The element in the DICOM JSON Model, or undefined if there is none.
 * @returns One text for each value; empty if the element is absent or empty.
 */
export function canonicalValues(element: DicomJsonElement | undefined): string[] {
  if (element === undefined) return [];
  const { vr } = element;
  if (element.InlineBinary !== undefined) return binaryValues(vr, element.InlineBinary);
  const values = (element.Value ?? []).map((value) => canonicalValue(vr, value));
  while (values.at(-1) === "") values.pop();
  return values;
}

/**
 * Converts one text value into canonical form.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { canonicalText } from "./canonical.ts";
 *
 * assertEquals(canonicalText("PN", "DOE^JANE^^^="), "DOE^JANE");
 * assertEquals(canonicalText("DS", "+1.50 "), "1.5");
 * ```
 *
 * @param vr Its VR.
 * @param text The value.
 */
export function canonicalText(vr: string, text: string): string {
  if (vr === "PN") return canonicalName(text);
  const unpadded = text.replace(/[ \0]+$/, "");
  const bare = leadingSpacesPad.has(vr) ? unpadded.replace(/^ +/, "") : unpadded;
  return vr === "DS" || vr === "IS" ? canonicalNumber(bare) : bare;
}

function canonicalValue(vr: string, value: unknown): string {
  if (value === null || value === undefined) return "";
  if (vr === "PN" && typeof value === "object") {
    const { Alphabetic = "", Ideographic = "", Phonetic = "" } = value as Record<string, string>;
    return canonicalName(`${Alphabetic}=${Ideographic}=${Phonetic}`);
  }
  return canonicalText(vr, String(value));
}

/**
 * Removes trailing spaces of components, then trailing `^` and `=`, which have no meaning (PS3.5 section
 * 6.2.1).
 */
function canonicalName(name: string): string {
  const groups = name.split("=").map((group) =>
    group.split("^").map((component) => component.replace(/[ \0]+$/, "")).join("^")
      .replace(/\^+$/, "")
  );
  return groups.join("=").replace(/=+$/, "");
}

/** Compares numbers by value. A text that is no number stays unchanged. */
function canonicalNumber(text: string): string {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return text;
  return String(Number(text));
}

function binaryValues(vr: string, base64: string): string[] {
  if (base64 === "") return [];
  if (vr !== "UN") return [base64];
  const text = atob(base64).replace(/[ \0]+$/, "");
  return text === "" ? [] : text.split("\\").map((value) => canonicalText(vr, value));
}

/**
 * Writes a data set as a text that is the same for every encoding of the same content.
 *
 * @param json The data set in the DICOM JSON Model.
 */
export function canonicalForm(json: DicomJson): string {
  return JSON.stringify(canonicalAttributes(json));
}

/**
 * True if two data sets belong to one patient: they have the same ID and issuer or, without an ID, the same
 * name.
 *
 * @param one A data set in the DICOM JSON Model.
 * @param other Another.
 */
export function samePatient(one: DicomJson, other: DicomJson): boolean {
  const isSame = (tag: string): boolean =>
    canonicalValues(one[tag]).join("\\") === canonicalValues(other[tag]).join("\\");
  if (!isSame(patientId) || !isSame(issuerOfPatientId)) return false;
  return canonicalValues(one[patientId]).length > 0 || isSame(patientName);
}

function canonicalAttributes(json: DicomJson): unknown[] {
  const attributes: unknown[] = [];
  for (const tag of Object.keys(json).sort()) {
    const element = json[tag];
    if (!isCompared(tag) || element === undefined) continue;
    const value = element.vr === "SQ"
      ? itemsOf(element).map(canonicalAttributes)
      : canonicalValues(element);
    if (value.length > 0) attributes.push(tag, value);
  }
  return attributes;
}
