import { assertEquals, assertThrows } from "@std/assert";
import type { AAssociateRq } from "../../../src/network/pdu.ts";
import { decodePdu } from "../../../src/network/pdu_decode.ts";
import { encodePdu } from "../../../src/network/pdu_encode.ts";
import { goldenBytes, goldenNames } from "../../support/golden_pdu.ts";

/**
 * Those whose user information sub-items stand in the order that we write, which any may choose. Not
 * DCMTK's request: it fills a reserved byte with 0xFF.
 */
const sameOrder = [
  "abort_provider",
  "abort_user",
  "associate_rj_117",
  "associate_rj_232",
  "associate_rq_plain",
  "associate_rq_user_identity_1",
  "associate_rq_user_identity_2",
  "associate_rq_user_identity_3",
  "associate_rq_user_identity_4",
  "associate_rq_user_identity_5",
  "dcmtk_associate_ac",
  "release_rp",
  "release_rq",
];

for (const name of sameOrder) {
  Deno.test(`encodePdu() writes ${name} byte for byte as the other implementation does`, () => {
    const bytes = goldenBytes(name);
    assertEquals(encodePdu(decodePdu(bytes)).toHex(), bytes.toHex());
  });
}

for (const name of goldenNames("associate_").filter((each) => !sameOrder.includes(each))) {
  Deno.test(`encodePdu() writes ${name} with the same sub-items in ascending order`, () => {
    const bytes = goldenBytes(name);
    const ours = encodePdu(decodePdu(bytes));
    assertEquals(ours.length, bytes.length);
    assertEquals(decodePdu(ours), decodePdu(bytes));
  });
}

function request(change: Partial<AAssociateRq>): AAssociateRq {
  return { ...decodePdu(goldenBytes("associate_rq_plain")) as AAssociateRq, ...change };
}

Deno.test("encodePdu() refuses an AE title of more than 16 characters", () => {
  assertThrows(
    () => encodePdu(request({ calledAeTitle: "SEVENTEEN_LETTERS" })),
    RangeError,
    "Cannot send an AE title of 17 characters: at most 16 fit",
  );
});

Deno.test("encodePdu() refuses an AE title outside ISO 646 without repeating it", () => {
  const error = assertThrows(() => encodePdu(request({ callingAeTitle: "RÖNTGEN" })), RangeError);
  assertEquals(error.message.includes("RÖNTGEN"), false);
});

Deno.test("encodePdu() refuses an item of more than 65535 bytes", () => {
  const { userInformation } = request({});
  const userIdentity = {
    type: 3,
    positiveResponseRequested: false,
    primaryField: new Uint8Array(65536),
    secondaryField: new Uint8Array(0),
  };
  assertThrows(
    () => encodePdu(request({ userInformation: { ...userInformation, userIdentity } })),
    RangeError,
    "Cannot send a field of 65536 bytes",
  );
});
