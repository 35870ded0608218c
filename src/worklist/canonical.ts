/**
 * The canonical form of values: what two encodings of the same value have in common.
 *
 * Peers pad, and write one value in several ways: `DOE^JANE` and `DOE^JANE^^^`, `1.0` and `1`. None of
 * that is a change (PS3.5 sections 6.2 and 6.2.1). Bytes of VR UN are compared as text with text, since a
 * private attribute has its VR in one transfer syntax and is UN in another.
 *
 * @module
 */
import type { DicomJson, DicomJsonElement } from "../dicom/json/json.ts";

const characterSet = "00080005";
const patientName = "00100010";
const patientId = "00100020";
const issuerOfPatientId = "00100021";

/** VRs whose leading spaces are padding too (PS3.5 Table 6.2-1). */
const leadingSpacesPad = new Set(["AE", "CS", "DS", "IS", "LO", "SH"]);

/**
 * Tells whether an attribute says what an item is: group lengths and Specific Character Set say only how.
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
 * @throws {SyntaxError} If it is no JSON, as on a damaged disk; the message does not quote it.
 */
export function parseItemJson(json: string): DicomJson {
  try {
    return JSON.parse(json);
  } catch {
    // The engine's own message quotes the text, which is patient data.
    throw new SyntaxError(
      "Cannot read the data set of an item: it is no JSON; is the disk damaged?",
    );
  }
}

/**
 * Reads the items of a sequence.
 *
 * @param element The element in the DICOM JSON Model, or undefined where there is none.
 * @returns Its items; none if it is absent, empty or no sequence.
 */
export function itemsOf(element: DicomJsonElement | undefined): readonly DicomJson[] {
  return element?.vr === "SQ" ? (element.Value ?? []) as readonly DicomJson[] : [];
}

/**
 * Brings the values of an element, not of a sequence, into canonical form.
 *
 * @param element The element in the DICOM JSON Model, or undefined where there is none.
 * @returns One text for each value; none if the element is absent or empty.
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
 * Brings one text value into canonical form.
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

/** Trailing spaces of components, then trailing `^` and `=`, say nothing (PS3.5 section 6.2.1). */
function canonicalName(name: string): string {
  const groups = name.split("=").map((group) =>
    group.split("^").map((component) => component.replace(/[ \0]+$/, "")).join("^")
      .replace(/\^+$/, "")
  );
  return groups.join("=").replace(/=+$/, "");
}

/** Numbers are compared by their value; what is no number stays as it is. */
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
 * Tells whether two data sets are about one patient: the same ID and issuer or, without an ID, the same name.
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
