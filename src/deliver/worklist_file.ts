/**
 * Encodes an item as the worklist file that DCMTK's wlmscpfs and Orthanc's worklist plugin serve.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { type DataSet, element } from "../dicom/data_set.ts";
import { encodePart10 } from "../dicom/part10.ts";
import { Tag } from "../dicom/tag.ts";
import { SopClass, TransferSyntax } from "../dicom/uid.ts";

/**
 * Encodes an item as a DICOM file (PS3.10), Explicit VR Little Endian, with all of its attributes.
 *
 * @param dataSet The item as parsed from DICOM JSON. It is changed in place.
 * @param subject The item's keyed hash, from which the file's SOP Instance UID is made.
 * @param terms The Specific Character Set of the file. If it lacks a character, UTF-8 is used.
 * @returns The file.
 */
export function encodeWorklistFile(
  dataSet: DataSet,
  subject: string,
  terms: readonly string[],
): Uint8Array {
  forgetNestedCharacterSets(dataSet);
  try {
    return encode(dataSet, subject, terms);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return encode(dataSet, subject, ["ISO_IR 192"]);
  }
}

function encode(dataSet: DataSet, subject: string, terms: readonly string[]): Uint8Array {
  if (terms.length === 0) dataSet.delete(Tag.SpecificCharacterSet);
  else dataSet.set(element(Tag.SpecificCharacterSet, terms));
  return encodePart10(dataSet, {
    transferSyntaxUid: TransferSyntax.ExplicitVrLittleEndian,
    sopClassUid: SopClass.ModalityWorklistInformationModelFind,
    sopInstanceUid: uidOf(subject),
  });
}

/** Removes character sets from items, because items are written in the character set of the whole data set. */
function forgetNestedCharacterSets(dataSet: DataSet): void {
  for (const { items } of dataSet.elements()) {
    for (const item of items) {
      item.delete(Tag.SpecificCharacterSet);
      forgetNestedCharacterSets(item);
    }
  }
}

/** Makes a UID from a UUID (PS3.5 Annex B.2). The same item gets the same UID. */
function uidOf(subject: string): string {
  const hex = createHash("sha256").update(subject).digest("hex").slice(0, 32);
  return `2.25.${BigInt("0x" + hex)}`;
}
