import { assertEquals, assertThrows } from "@std/assert";
import { DicomDecodeError } from "../../../src/dicom/errors.ts";
import { describeContextResult } from "../../../src/network/reason.ts";
import {
  type AssociationProposal,
  grantedContexts,
  requestOf,
} from "../../../src/network/negotiation.ts";
import type { AAssociateAc, PresentationContextAc } from "../../../src/network/pdu.ts";

const implicit = "1.2.840.10008.1.2";
const explicit = "1.2.840.10008.1.2.1";
const worklist = {
  abstractSyntax: "1.2.840.10008.5.1.4.31",
  transferSyntaxes: [explicit, implicit],
};
const echo = { abstractSyntax: "1.2.840.10008.1.1", transferSyntaxes: [implicit] };

function proposal(change: Partial<AssociationProposal> = {}): AssociationProposal {
  return {
    calledAeTitle: "RIS",
    callingAeTitle: "CT1",
    presentationContexts: [worklist, echo],
    ...change,
  };
}

function answer(...presentationContexts: PresentationContextAc[]): AAssociateAc {
  return { ...requestOf(proposal()), type: "A-ASSOCIATE-AC", presentationContexts };
}

Deno.test("requestOf() numbers the contexts with odd numbers", () => {
  const presentationContexts = Array(128).fill(echo);
  const ids = requestOf(proposal({ presentationContexts })).presentationContexts.map(({ id }) =>
    id
  );
  assertEquals([ids[0], ids[1], ids.at(-1)], [1, 3, 255]);
});

for (const count of [0, 129]) {
  Deno.test(`requestOf() refuses ${count} contexts`, () => {
    assertThrows(
      () => requestOf(proposal({ presentationContexts: Array(count).fill(echo) })),
      RangeError,
      `Cannot propose ${count} presentation contexts`,
    );
  });
}

Deno.test("requestOf() refuses a context without a transfer syntax", () => {
  const presentationContexts = [{ ...echo, transferSyntaxes: [] }];
  assertThrows(
    () => requestOf(proposal({ presentationContexts })),
    RangeError,
    "without a transfer",
  );
});

Deno.test("requestOf() announces no limit as 0 and 131072 where nothing is said", () => {
  assertEquals(requestOf(proposal({ maxPduLength: 0 })).userInformation.maximumLength, 0);
  assertEquals(requestOf(proposal()).userInformation.maximumLength, 131072);
});

Deno.test("grantedContexts() tells accepted, rejected and unanswered contexts apart", () => {
  const request = requestOf(proposal({ presentationContexts: [worklist, echo, worklist] }));
  const granted = grantedContexts(
    request,
    answer(
      { id: 3, result: 3, transferSyntax: "" },
      { id: 1, result: 0, transferSyntax: implicit },
      { id: 99, result: 0, transferSyntax: explicit },
    ),
  );
  assertEquals(granted.accepted, [
    { id: 1, abstractSyntax: worklist.abstractSyntax, transferSyntax: implicit },
  ]);
  assertEquals(granted.rejected, [
    { id: 3, ...echo, result: 3 },
    { id: 5, ...worklist, result: undefined },
  ]);
});

Deno.test("grantedContexts() refuses a transfer syntax that was not offered", () => {
  const lie = { id: 3, result: 0, transferSyntax: explicit };
  assertThrows(
    () => grantedContexts(requestOf(proposal()), answer(lie)),
    DicomDecodeError,
    "presentation context 3 is accepted with a transfer syntax that was not offered",
  );
});

/** PS3.8 Table 9-18. */
const results = [
  "accepted",
  "rejected by the user",
  "rejected, no reason given",
  "abstract syntax not supported",
  "transfer syntaxes not supported",
  "rejected with reserved result 5",
];
for (const [result, text] of results.entries()) {
  Deno.test(`describeContextResult() tells ${result} in words`, () => {
    assertEquals(describeContextResult(result), text);
  });
}
