/** Ten thousand matches of some 600 bytes and 30 elements: what decoding costs, from structure to JSON text. */
import { DataSet, element } from "../../src/dicom/data_set.ts";
import { decodeDataSet } from "../../src/dicom/decode.ts";
import { encodeDataSet } from "../../src/dicom/encode.ts";
import { encodeJson } from "../../src/dicom/json/json.ts";
import { decodePart10 } from "../../src/dicom/part10.ts";
import { Tag } from "../../src/dicom/tag.ts";
import { TransferSyntax } from "../../src/dicom/uid.ts";

const matchCount = 10_000;

function encodedMatches(transferSyntaxUid: string, familyName: string): Uint8Array[] {
  const file = Deno.readFileSync("test/golden/data_sets/wklist1_explicit.dcm");
  const { dataSet } = decodePart10(file);
  const study = new DataSet([
    element(0x0008_1150, ["1.2.840.10008.3.1.2.3.1"]),
    element(0x0008_1155, ["1.2.276.0.7230010.3.2.101.3.4.5"]),
  ]);
  dataSet.set(element(0x0008_1110, [study]));
  dataSet.set(element(Tag.ReferringPhysicianName, ["Referring^Physician"]));
  dataSet.set(element(Tag.AdmissionID, ["ADM123"]));
  dataSet.set(element(Tag.PatientState, []));
  return Array.from({ length: matchCount }, (_, index) => {
    dataSet.set(element(Tag.PatientID, [`PID${index}`]));
    dataSet.set(element(Tag.PatientName, [`${familyName}^${index}`]));
    return encodeDataSet(dataSet, transferSyntaxUid).slice();
  });
}

function identityOf(dataSet: DataSet): string {
  const [step] = dataSet.items(Tag.ScheduledProcedureStepSequence);
  return `${dataSet.string(Tag.StudyInstanceUID)} ${step?.string(Tag.ScheduledProcedureStepID)}`;
}

const kinds = [
  ["Implicit VR", TransferSyntax.ImplicitVrLittleEndian, "MILLER"],
  ["Explicit VR", TransferSyntax.ExplicitVrLittleEndian, "MILLER"],
  ["Explicit VR, UTF-8", TransferSyntax.ExplicitVrLittleEndian, "MÜLLER"],
] as const;

for (const [kind, syntax, familyName] of kinds) {
  const matches = encodedMatches(syntax, familyName);
  const group = `10,000 matches of ${matches[0]?.length} bytes, ${kind}`;

  Deno.bench("structure", { group }, () => {
    for (const bytes of matches) decodeDataSet(bytes, syntax);
  });

  Deno.bench("structure, identity", { group }, () => {
    for (const bytes of matches) identityOf(decodeDataSet(bytes, syntax));
  });

  Deno.bench("structure, identity, JSON text", { group, baseline: true }, () => {
    for (const bytes of matches) {
      const dataSet = decodeDataSet(bytes, syntax);
      identityOf(dataSet);
      encodeJson(dataSet);
    }
  });
}
