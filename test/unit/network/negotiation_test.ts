import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { DicomDecodeError } from "../../../src/dicom/errors.ts";
import { PresentationContextError } from "../../../src/network/errors.ts";
import { describeContextResult } from "../../../src/network/reason.ts";
import {
  type AssociationProposal,
  contextFor,
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

Deno.test("requestOf() passes on every optional sub-item that is proposed, and only those", () => {
  const asked = {
    asyncWindow: { maximumNumberOperationsInvoked: 1, maximumNumberOperationsPerformed: 2 },
    roles: [{ sopClassUid: "1.2", scuRole: true, scpRole: false }],
    extendedNegotiation: [{ sopClassUid: "1.3", info: Uint8Array.of(1) }],
    commonExtendedNegotiation: [
      { sopClassUid: "1.4", serviceClassUid: "1.5", relatedGeneralSopClassUids: ["1.6"] },
    ],
    userIdentity: {
      type: 1,
      positiveResponseRequested: false,
      primaryField: Uint8Array.of(65),
      secondaryField: new Uint8Array(0),
    },
  };
  const { userInformation } = requestOf(proposal(asked));
  assertEquals(userInformation.asynchronousOperationsWindow, asked.asyncWindow);
  assertEquals(userInformation.roleSelections, asked.roles);
  assertEquals(userInformation.sopClassExtendedNegotiations, asked.extendedNegotiation);
  assertEquals(userInformation.sopClassCommonExtendedNegotiations, asked.commonExtendedNegotiation);
  assertEquals(userInformation.userIdentity, asked.userIdentity);
  const plain = requestOf(proposal()).userInformation;
  assertEquals("asynchronousOperationsWindow" in plain, false);
  assertEquals("userIdentity" in plain, false);
  assertEquals([plain.roleSelections, plain.sopClassExtendedNegotiations], [[], []]);
  assertEquals(plain.sopClassCommonExtendedNegotiations, []);
});

Deno.test("contextFor() takes the first accepted context of a SOP class, or says what the peer answered", () => {
  const accepted = [1, 3].map((id) => ({
    id,
    abstractSyntax: worklist.abstractSyntax,
    transferSyntax: implicit,
  }));
  assertEquals(contextFor(worklist.abstractSyntax, accepted, []), accepted[0]);
  const why = (result: number | undefined): PresentationContextError =>
    assertThrows(
      () => contextFor(echo.abstractSyntax, accepted, [{ ...echo, id: 5, result }]),
      PresentationContextError,
    );
  assertMatch(why(3).message, /the peer says: abstract syntax not supported \(proposed 1\.2\.840/);
  assertEquals(why(3).result, 3);
  assertMatch(why(undefined).message, /the peer did not answer the proposal/);
  const none = assertThrows(() => contextFor("1.9", accepted, []), PresentationContextError);
  assertMatch(none.message, /none was proposed/);
  assertEquals(none.result, undefined);
});
