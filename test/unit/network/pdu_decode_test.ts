import { assertEquals, assertThrows } from "@std/assert";
import { DicomDecodeError } from "../../../src/dicom/errors.ts";
import type { AAssociateAc } from "../../../src/network/pdu.ts";
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

for (let length = 0; length <= 4; length++) {
  Deno.test(`decodePdu() takes an A-ABORT and an A-ASSOCIATE-RJ with ${length} bytes for what they are`, () => {
    const fields = [0, 1, 2, 3].slice(0, length);
    const pdu = (type: number): Uint8Array => Uint8Array.of(type, 0, 0, 0, 0, length, ...fields);
    const [, second = 0, third = 0, fourth = 0] = fields;
    assertEquals(decodePdu(pdu(7)), { type: "A-ABORT", source: third, reason: fourth });
    assertEquals(decodePdu(pdu(3)), {
      type: "A-ASSOCIATE-RJ",
      result: second,
      source: third,
      reason: fourth,
    });
  });
}

/** An A-ASSOCIATE-AC with these sub-items of user information, and after them a version name. */
function answerWith(...subItems: number[][]): AAssociateAc {
  const items = [...subItems, [0x55, 0, 0, 2, 0x56, 0x31]].flat();
  const body = [0, 1, 0, 0, ...new Array(64).fill(0x20), 0x50, 0, 0, items.length, ...items];
  const pdu = decodePdu(Uint8Array.of(2, 0, 0, 0, 0, body.length, ...body));
  if (pdu.type !== "A-ASSOCIATE-AC") throw new Error(pdu.type);
  return pdu;
}

for (let length = 0; length <= 6; length++) {
  Deno.test(`decodePdu() reads sub-items 51H and 53H of ${length} bytes if they are long enough`, () => {
    const value = [0, 1, 0, 2, 9, 9].slice(0, length);
    const { userInformation } = answerWith(
      [0x51, 0, 0, length, ...value],
      [0x53, 0, 0, length, ...value],
    );
    assertEquals(userInformation.implementationVersionName, "V1");
    assertEquals(userInformation.maximumLength, length < 4 ? undefined : 0x10002);
    assertEquals(
      userInformation.asynchronousOperationsWindow,
      length < 4
        ? undefined
        : { maximumNumberOperationsInvoked: 1, maximumNumberOperationsPerformed: 2 },
    );
  });
}

Deno.test("decodePdu() ignores sub-items whose inner lengths lie", () => {
  const { userInformation } = answerWith(
    [0x54, 0, 0, 4, 0, 99, 0x31, 1],
    [0x56, 0, 0, 3, 0, 9, 0x31],
    [0x57, 0, 0, 2, 0, 9],
    [0x58, 0, 0, 3, 1, 0, 9],
    [0x59, 0, 0, 2, 0, 9],
  );
  assertEquals(userInformation, {
    implementationVersionName: "V1",
    roleSelections: [],
    sopClassExtendedNegotiations: [],
    sopClassCommonExtendedNegotiations: [],
  });
});

Deno.test("decodePdu() needs the transfer syntax of a presentation context only if it is accepted", () => {
  const context = (result: number): Uint8Array => {
    const item = [0x21, 0, 0, 8, 1, 0, result, 0, 0x40, 0, 0, 99];
    const body = [0, 1, 0, 0, ...new Array(64).fill(0x20), ...item];
    return Uint8Array.of(2, 0, 0, 0, 0, body.length, ...body);
  };
  const pdu = decodePdu(context(3));
  if (pdu.type !== "A-ASSOCIATE-AC") throw new Error(pdu.type);
  assertEquals(pdu.presentationContexts, [{ id: 1, result: 3, transferSyntax: "" }]);
  assertThrows(() => decodePdu(context(0)), DicomDecodeError, "Transfer-syntax-name");
});
