/**
 * Sorts attribute changes into the kinds that people act upon.
 *
 * The table names attributes and whole sequences. Of a path, the outermost attribute in the table decides.
 * Scheduled Procedure Step Sequence and similar ones are not in the table, so the attributes inside them
 * decide.
 *
 * @module
 */
import type { AttributeChange } from "./diff.ts";

/** The meaning of a change for a department. */
export type Kind =
  | "rescheduled"
  | "station_moved"
  | "patient_identity"
  | "patient_demographics"
  | "status"
  | "procedure"
  | "personnel"
  | "other";

/** Tags as DICOM JSON writes them; `XXXX` at the end means the whole group. */
const attributes: Readonly<Record<Exclude<Kind, "other">, readonly string[]>> = {
  rescheduled: [
    "00400002", // Scheduled Procedure Step Start Date
    "00400003", // Scheduled Procedure Step Start Time
    "00400004", // Scheduled Procedure Step End Date
    "00400005", // Scheduled Procedure Step End Time
    "00404005", // Scheduled Procedure Step Start DateTime
    "00404008", // Scheduled Procedure Step Expiration DateTime
    "00404011", // Expected Completion DateTime
    "00321000", // Scheduled Study Start Date
    "00321001", // Scheduled Study Start Time
  ],
  station_moved: [
    "00400001", // Scheduled Station AE Title
    "00400010", // Scheduled Station Name
    "00400011", // Scheduled Procedure Step Location
    "00321020", // Scheduled Study Location
    "00321021", // Scheduled Study Location AE Title
    "00404025", // Scheduled Station Name Code Sequence
    "00404026", // Scheduled Station Class Code Sequence
    "00404027", // Scheduled Station Geographic Location Code Sequence
  ],
  patient_identity: [
    "00100010", // Patient's Name
    "00100020", // Patient ID
    "00100021", // Issuer of Patient ID
    "00100022", // Type of Patient ID
    "00100024", // Issuer of Patient ID Qualifiers Sequence
    "00100030", // Patient's Birth Date
    "00100032", // Patient's Birth Time
    "00100040", // Patient's Sex
  ],
  patient_demographics: [
    "0010XXXX",
    "00380050", // Special Needs
    "00380500", // Patient State
    "00403001", // Confidentiality Constraint on Patient Data Description
  ],
  status: [
    "00400020", // Scheduled Procedure Step Status
    "00741000", // Procedure Step State
    "00741002", // Procedure Step Progress Information Sequence
    "00404041", // Input Readiness State
    "0032000A", // Study Status ID
    "00380008", // Visit Status ID
    "00080056", // Instance Availability
  ],
  procedure: [
    "00080050", // Accession Number
    "00080051", // Issuer of Accession Number Sequence
    "00080060", // Modality
    "00080061", // Modalities in Study
    "00081030", // Study Description
    "00081032", // Procedure Code Sequence
    "0008103E", // Series Description
    "0020000D", // Study Instance UID
    "00321060", // Requested Procedure Description
    "00321064", // Requested Procedure Code Sequence
    "00321070", // Requested Contrast Agent
    "00400007", // Scheduled Procedure Step Description
    "00400008", // Scheduled Protocol Code Sequence
    "00400009", // Scheduled Procedure Step ID
    "00400012", // Pre-Medication
    "00400026", // Order Placer Identifier Sequence
    "00400027", // Order Filler Identifier Sequence
    "00400400", // Comments on the Scheduled Procedure Step
    "00401001", // Requested Procedure ID
    "00401002", // Reason for the Requested Procedure
    "00401003", // Requested Procedure Priority
    "00401004", // Patient Transport Arrangements
    "00401005", // Requested Procedure Location
    "0040100A", // Reason for Requested Procedure Code Sequence
    "00401400", // Requested Procedure Comments
    "00402016", // Placer Order Number / Imaging Service Request
    "00402017", // Filler Order Number / Imaging Service Request
    "00402400", // Imaging Service Request Comments
    "00404018", // Scheduled Workitem Code Sequence
    "00741200", // Scheduled Procedure Step Priority
    "00741202", // Worklist Label
    "00741204", // Procedure Step Label
    "00741210", // Scheduled Processing Parameters Sequence
  ],
  personnel: [
    "00080090", // Referring Physician's Name
    "00080096", // Referring Physician Identification Sequence
    "00081048", // Physician(s) of Record
    "00081049", // Physician(s) of Record Identification Sequence
    "00081050", // Performing Physician's Name
    "00081052", // Performing Physician Identification Sequence
    "00081060", // Name of Physician(s) Reading Study
    "00081062", // Physician(s) Reading Study Identification Sequence
    "00081070", // Operators' Name
    "00081072", // Operator Identification Sequence
    "00321031", // Requesting Physician Identification Sequence
    "00321032", // Requesting Physician
    "00321033", // Requesting Service
    "00400006", // Scheduled Performing Physician's Name
    "0040000B", // Scheduled Performing Physician Identification Sequence
    "00401010", // Names of Intended Recipients of Results
    "00401011", // Intended Recipients of Results Identification Sequence
    "00402008", // Order Entered By
    "00402009", // Order Enterer's Location
    "00404034", // Scheduled Human Performers Sequence
  ],
};

/** Every kind, in the order in which events have them. */
export const kinds: readonly Kind[] = [
  ...Object.keys(attributes) as Exclude<Kind, "other">[],
  "other",
];
const kindByTag = new Map(
  Object.entries(attributes).flatMap(([kind, tags]) => tags.map((tag) => [tag, kind as Kind])),
);

/**
 * Returns the kinds of an item's changes.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { kindsOf } from "./change_kind.ts";
 *
 * const change = { path: "PatientID", tag: "00100020", vr: "LO", before: ["4711"], after: ["4712"] };
 * assertEquals(kindsOf([change]), ["patient_identity"]);
 * ```
 *
 * @param changes The attributes that differ.
 * @returns Each kind once, in the order of the table; `other` alone or last.
 */
export function kindsOf(changes: readonly AttributeChange[]): Kind[] {
  const found = new Set<Kind>();
  for (const { tag, before, after } of changes) {
    const steps = tag.match(/.{8}/g) ?? [];
    const known = outermost(steps);
    if (known) found.add(known);
    else addKindsWithin([...before, ...after], found);
  }
  return kinds.filter((kind) => found.has(kind));
}

function outermost(steps: readonly string[]): Kind | undefined {
  for (const tag of steps) {
    const kind = kindByTag.get(tag) ?? kindByTag.get(`${tag.slice(0, 4)}XXXX`);
    if (kind) return kind;
  }
  return undefined;
}

/**
 * Adds the kinds of the attributes inside a sequence or item that came or went as a whole. Other values are
 * of kind `other`.
 */
function addKindsWithin(values: readonly unknown[], found: Set<Kind>): void {
  let isKnown = false;
  for (const tag of tagsWithin(values)) {
    const kind = outermost([tag]);
    if (kind) {
      found.add(kind);
      isKnown = true;
    }
  }
  if (!isKnown) found.add("other");
}

function* tagsWithin(values: readonly unknown[]): Generator<string> {
  for (const item of values) {
    if (typeof item !== "object" || item === null) continue;
    for (const [tag, element] of Object.entries(item)) {
      yield tag;
      if (element?.vr === "SQ") yield* tagsWithin(element.Value ?? []);
    }
  }
}
