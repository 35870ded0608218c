import { assertEquals, assertThrows } from "@std/assert";
import { DataSet, element } from "../../../src/dicom/data_set.ts";
import { decodeDataSet } from "../../../src/dicom/decode.ts";
import { encodeDataSet } from "../../../src/dicom/encode.ts";
import { Tag } from "../../../src/dicom/tag.ts";
import { TransferSyntax } from "../../../src/dicom/uid.ts";
import { hex } from "../../support/hex.ts";

const implicit = TransferSyntax.ImplicitVrLittleEndian;
const explicit = TransferSyntax.ExplicitVrLittleEndian;
const big = TransferSyntax.ExplicitVrBigEndian;

Deno.test("encodeDataSet() pads text with a space, UIDs and bytes with 0x00", () => {
  const dataSet = new DataSet([
    element(Tag.SOPInstanceUID, ["1.2"]),
    element(Tag.PatientID, ["A"]),
    element(0x0009_1001, Uint8Array.of(1), "OB"),
  ]);
  assertEquals(
    encodeDataSet(dataSet, explicit),
    hex(
      "0800 1800 (UI) 5549 0400 312E3200  0900 0110 (OB) 4F42 0000 02000000 0100" +
        "1000 2000 (LO) 4C4F 0200 4120",
    ),
  );
});

Deno.test("encodeDataSet() writes no odd length, however the value was received", () => {
  const received = hex(
    "0800 1800 (UI) 5549 0300 312E32  1000 2000 (LO) 4C4F 0500 4100000000  2800 1000 (US) 5553 0300 010203",
  );
  const written = hex(
    "0800 1800 (UI) 5549 0400 312E3200  1000 2000 (LO) 4C4F 0200 4120  2800 1000 (US) 5553 0200 0102",
  );
  assertEquals(encodeDataSet(decodeDataSet(received, explicit), explicit), written);
});

Deno.test("encodeDataSet() leaves out group lengths and the groups that belong to no data set", () => {
  const dataSet = new DataSet([
    element(0x0000_0100, [1]),
    element(Tag.TransferSyntaxUID, [explicit]),
    element(0x0008_0000, [8]),
    element(Tag.Modality, ["CT"]),
  ]);
  assertEquals(encodeDataSet(dataSet, implicit), hex("0800 6000 02000000 4354"));
});

Deno.test("encodeDataSet() writes sequences by length, or delimited", () => {
  const step = new DataSet([element(Tag.Modality, ["CT"])]);
  const dataSet = new DataSet([element(Tag.ScheduledProcedureStepSequence, [step, new DataSet()])]);
  assertEquals(
    encodeDataSet(dataSet, implicit),
    hex("4000 0001 1A000000 FEFF 00E0 0A000000 0800 6000 02000000 4354 FEFF 00E0 00000000"),
  );
  assertEquals(
    encodeDataSet(dataSet, implicit, { sequenceLength: "undefined" }),
    hex(
      "4000 0001 FFFFFFFF FEFF 00E0 FFFFFFFF 0800 6000 02000000 4354 FEFF 0DE0 00000000" +
        "FEFF 00E0 FFFFFFFF FEFF 0DE0 00000000 FEFF DDE0 00000000",
    ),
  );
});

Deno.test("encodeDataSet() writes as UN what is too long for its VR, and Little Endian even in Big Endian", () => {
  const text = new DataSet([element(Tag.PatientID, ["x".repeat(65_535)])]);
  const bytes = encodeDataSet(text, explicit);
  assertEquals(bytes.subarray(0, 12), hex("1000 2000 (UN) 554E 0000 00000100"));
  assertEquals(decodeDataSet(bytes, explicit).string(Tag.PatientID)?.length, 65_535);
  assertEquals(encodeDataSet(text, implicit).subarray(0, 8), hex("1000 2000 00000100"));

  const longest = new DataSet([element(Tag.PatientID, ["x".repeat(65_534)])]);
  assertEquals(encodeDataSet(longest, explicit).subarray(0, 8), hex("1000 2000 (LO) 4C4F FEFF"));

  const numbers = new DataSet([element(0x0072_0078, new Array(20_000).fill(1))]);
  const inBigEndian = encodeDataSet(numbers, big);
  assertEquals(inBigEndian.subarray(0, 16), hex("0072 0078 (UN) 554E 0000 00013880 (LE) 01000000"));
  assertEquals(decodeDataSet(inBigEndian, big).numbers(0x0072_0078).at(-1), 1);
});

Deno.test("encodeDataSet() writes text in the data set's character set, that of an item in its own", () => {
  const item = new DataSet([
    element(Tag.SpecificCharacterSet, ["ISO_IR 144"]),
    element(Tag.PatientName, ["Ц"]),
  ]);
  const dataSet = new DataSet([
    element(Tag.SpecificCharacterSet, ["ISO_IR 100"]),
    element(Tag.PatientName, ["Æ"]),
    element(Tag.ScheduledProcedureStepSequence, [
      item,
      new DataSet([element(Tag.PatientName, ["Æ"])]),
    ]),
  ]);
  const written = encodeDataSet(dataSet, implicit).toHex();
  assertEquals(written.match(/c620/g)?.length, 3);
});

Deno.test("encodeDataSet() writes text anew when the character set of a decoded data set was changed", () => {
  const received = hex(
    "0800 0500 (CS) 4353 0A00 (ISO_IR 100) 49534F5F495220313030  1000 1000 (PN) 504E 0200 (Æ) C620",
  );
  const dataSet = decodeDataSet(received, explicit);
  dataSet.set(element(Tag.SpecificCharacterSet, ["ISO_IR 192"]));
  assertEquals(encodeDataSet(dataSet, implicit).subarray(18), hex("1000 1000 02000000 C386"));
});

Deno.test("encodeDataSet() copies text that its character set cannot have said, where nothing was changed", () => {
  const received = hex("1000 1000 02000000 C6C6");
  assertEquals(encodeDataSet(decodeDataSet(received, implicit), implicit), received);
});

Deno.test("encodeDataSet() refuses a character that the character set lacks, and tells the tag only", () => {
  const refused = (tag: number, vr: "PN" | "CS"): string => {
    const dataSet = new DataSet([element(tag, ["Ж"], vr)]);
    return assertThrows(() => encodeDataSet(dataSet, implicit), RangeError).message;
  };
  const message = "as ASCII lacks one of its characters";
  assertEquals(refused(Tag.PatientName, "PN"), `Cannot encode (0010,0010) ${message}`);
  assertEquals(refused(Tag.Modality, "CS"), `Cannot encode (0008,0060) ${message}`);
});

Deno.test("encodeDataSet() refuses a transfer syntax that it cannot write", () => {
  for (const uid of ["1.2.840.10008.1.2.4.50", "1.2.3", ""]) {
    const { message } = assertThrows(() => encodeDataSet(new DataSet(), uid), RangeError);
    assertEquals(message, `Cannot encode a data set in the transfer syntax ${uid}`);
  }
});
