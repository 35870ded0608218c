import { assertEquals, assertThrows } from "@std/assert";
import { DataSet, element } from "../../../src/dicom/data_set.ts";
import { DicomDecodeError } from "../../../src/dicom/errors.ts";
import { decodePart10, encodePart10, isPart10, sniffDataSet } from "../../../src/dicom/part10.ts";
import { Tag } from "../../../src/dicom/tag.ts";
import { implementationClassUid, TransferSyntax } from "../../../src/dicom/uid.ts";
import { hex } from "../../support/hex.ts";

const preamble = "00".repeat(128);
const dicm = "4449434D";
const syntaxElement =
  "0200 1000 (UI) 5549 1400 (Explicit VR Little Endian) 312E322E3834302E31303030382E312E322E3100";
const patientId = "1000 2000 (LO) 4C4F 0200 4131";

const files: [name: string, bytes: string][] = [
  [
    "a DICOM file",
    `${preamble} ${dicm} 0200 0000 (UL) 554C 0400 1C000000 ${syntaxElement} ${patientId}`,
  ],
  ["a DICOM file without group length", `${preamble} ${dicm} ${syntaxElement} ${patientId}`],
  [
    "a DICOM file with a wrong group length",
    `${preamble} ${dicm} 0200 0000 (UL) 554C 0400 FF000000 ${syntaxElement} ${patientId}`,
  ],
  ["a DICOM file without preamble", `${syntaxElement} ${patientId}`],
  [
    "a DICOM file that names no transfer syntax",
    `${preamble} ${dicm} 0200 0200 (UI) 5549 0200 3100 ${patientId}`,
  ],
  ["a bare data set", patientId],
];

for (const [name, bytes] of files) {
  Deno.test(`sniffDataSet() reads ${name}`, () => {
    const { dataSet, transferSyntaxUid } = sniffDataSet(hex(bytes));
    assertEquals(transferSyntaxUid, TransferSyntax.ExplicitVrLittleEndian);
    assertEquals(dataSet.string(Tag.PatientID), "A1");
    assertEquals(dataSet.size, 1);
  });
}

Deno.test("sniffDataSet() reads bare data sets in Implicit VR and in Big Endian", () => {
  const implicit = sniffDataSet(hex("1000 2000 02000000 4131"));
  assertEquals(implicit.transferSyntaxUid, TransferSyntax.ImplicitVrLittleEndian);
  assertEquals(implicit.dataSet.string(Tag.PatientID), "A1");
  const big = sniffDataSet(hex("0010 0020 (LO) 4C4F 0002 4131"));
  assertEquals(big.transferSyntaxUid, TransferSyntax.ExplicitVrBigEndian);
  assertEquals(big.dataSet.string(Tag.PatientID), "A1");
});

Deno.test("sniffDataSet() refuses what is no data set", () => {
  for (const text of ["# Dicom-File-Format\n(0010,0010) PN [A]", "{}\n      ", "PatientID=1"]) {
    assertThrows(() => sniffDataSet(new TextEncoder().encode(text)), DicomDecodeError);
  }
});

Deno.test("decodePart10() refuses bytes without DICM prefix", () => {
  for (const bytes of [new Uint8Array(0), hex(patientId), hex(preamble)]) {
    assertEquals(isPart10(bytes), false);
    const { message } = assertThrows(() => decodePart10(bytes), DicomDecodeError);
    assertEquals(message, "Cannot decode DICOM file at offset 128: there is no DICM prefix");
  }
});

Deno.test("encodePart10() writes every required element of the File Meta Information", () => {
  const transferSyntaxUid = TransferSyntax.ImplicitVrLittleEndian;
  const file = encodePart10(new DataSet([element(Tag.PatientID, ["A1"])]), {
    transferSyntaxUid,
    sopClassUid: "1.2",
    sopInstanceUid: "1.2.3",
  });
  assertEquals(
    file.subarray(0, 144).toHex(),
    hex(`${preamble} ${dicm} 0200 0000 (UL) 554C 0400 8A000000`).toHex(),
  );
  assertEquals(file.length, 144 + 0x8A + 10);
  const { meta } = decodePart10(file);
  assertEquals([...meta.elements()].map(({ tag, value }) => [tag, value]), [
    [Tag.FileMetaInformationGroupLength, [0x8A]],
    [Tag.FileMetaInformationVersion, Uint8Array.of(0, 1)],
    [Tag.MediaStorageSOPClassUID, ["1.2"]],
    [Tag.MediaStorageSOPInstanceUID, ["1.2.3"]],
    [Tag.TransferSyntaxUID, [transferSyntaxUid]],
    [Tag.ImplementationClassUID, [implementationClassUid]],
    [Tag.ImplementationVersionName, ["WORKLISTD_0"]],
  ]);
});
