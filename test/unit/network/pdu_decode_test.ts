import { assertEquals, assertThrows } from "@std/assert";
import { DicomDecodeError } from "../../../src/dicom/errors.ts";
import { decodePdu } from "../../../src/network/pdu_decode.ts";
import { goldenBytes, goldenJson, goldenNames } from "../../support/golden_pdu.ts";

/** A PDU as the golden JSON has it: bytes in hexadecimal. */
function asJson(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, each) => each instanceof Uint8Array ? each.toHex() : each),
  );
}

const pdus = ["associate_", "dcmtk_associate", "release_", "abort_"].flatMap(goldenNames);

for (const name of pdus) {
  Deno.test(`decodePdu() decodes ${name} as the other implementation does`, () => {
    assertEquals(asJson(decodePdu(goldenBytes(name))), goldenJson(name));
  });

  Deno.test(`decodePdu() throws only DicomDecodeError for ${name} cut short anywhere`, () => {
    const whole = goldenBytes(name);
    for (let length = 0; length < whole.length; length++) {
      const cut = whole.slice(0, length);
      assertThrows(() => decodePdu(cut), DicomDecodeError);
      // The same with a PDU-length that fits, so that the fields themselves are found missing.
      if (length < 6) continue;
      new DataView(cut.buffer).setUint32(2, length - 6);
      try {
        decodePdu(cut);
      } catch (error) {
        if (!(error instanceof DicomDecodeError)) throw error;
      }
    }
  });
}

Deno.test("decodePdu() decodes the PDVs of a P-DATA-TF as views into it", () => {
  const bytes = goldenBytes("find_rsp_success");
  const pdu = decodePdu(bytes);
  if (pdu.type !== "P-DATA-TF") throw new Error(pdu.type);
  assertEquals(pdu.presentationDataValues.length, 1);
  const [value] = pdu.presentationDataValues;
  assertEquals(value?.presentationContextId, 3);
  assertEquals([value?.isCommand, value?.isLast], [true, true]);
  assertEquals(value?.fragment.buffer, bytes.buffer);
});

Deno.test("decodePdu() passes over items of unknown type", () => {
  const bytes = goldenBytes("associate_ac_plain");
  const item = Uint8Array.of(0x60, 0, 0, 3, 1, 2, 3);
  const longer = new Uint8Array([...bytes, ...item]);
  new DataView(longer.buffer).setUint32(2, longer.length - 6);
  assertEquals(decodePdu(longer), decodePdu(bytes));
});

const wrong: [string, Uint8Array, string, number][] = [
  ["an unknown PDU-type", Uint8Array.of(9, 0, 0, 0, 0, 0), "unknown PDU-type 0x09", 0],
  [
    "a PDU-length that lies",
    Uint8Array.of(7, 0, 0, 0, 0, 9, 0, 0, 2, 1),
    "PDU-length is 9 where 4 bytes follow",
    2,
  ],
  ["no PDU at all", new Uint8Array(0), "PDU-type needs 1 bytes where 0 remain", 0],
  [
    "a PDV whose length lies",
    Uint8Array.of(4, 0, 0, 0, 0, 6, 0, 0, 0, 9, 1, 3),
    "Presentation-data-value needs 7 bytes where 0 remain",
    12,
  ],
  [
    "a PDV too short for its header",
    Uint8Array.of(4, 0, 0, 0, 0, 6, 0, 0, 0, 1, 1, 3),
    "PDV Item-length is 1, it must be 2 or more",
    10,
  ],
];
for (const [what, bytes, message, offset] of wrong) {
  Deno.test(`decodePdu() says where it found ${what}`, () => {
    const error = assertThrows(() => decodePdu(bytes), DicomDecodeError, message);
    assertEquals(error.offset, offset);
  });
}

Deno.test("decodePdu() names the field and structure of an item whose length lies", () => {
  const bytes = goldenBytes("associate_ac_plain");
  // The application context item says that it is longer than the PDU.
  new DataView(bytes.buffer).setUint16(76, 0xFFFF);
  const error = assertThrows(() => decodePdu(bytes), DicomDecodeError);
  assertEquals(error.structure, "A-ASSOCIATE-AC");
  assertEquals(error.offset, 78);
});
