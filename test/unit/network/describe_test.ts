import { assertEquals } from "@std/assert";
import { describeMessage, describePdu } from "../../../src/network/describe.ts";
import { decodePdu } from "../../../src/network/pdu_decode.ts";
import { goldenBytes, goldenNames } from "../../support/golden_pdu.ts";

Deno.test("describePdu() prints an association request as people know it", () => {
  assertEquals(describePdu(decodePdu(goldenBytes("dcmtk_associate_rq")), "sent"), [
    "====================== A-ASSOCIATE-RQ sent ======================",
    "Application Context Name:    1.2.840.10008.3.1.1.1",
    "Calling AE Title:            FINDSCU",
    "Called AE Title:             OFFIS",
    "Implementation Class UID:    1.2.276.0.7230010.3.0.3.6.7",
    "Implementation Version Name: OFFIS_DCMTK_367",
    "Maximum Length:              16384",
    "Presentation Contexts:",
    "  Context ID 1 (proposed)",
    "    Abstract Syntax: 1.2.840.10008.5.1.4.31 ModalityWorklistInformationModelFind",
    "    Transfer Syntax: 1.2.840.10008.1.2.1 ExplicitVrLittleEndian",
    "    Transfer Syntax: 1.2.840.10008.1.2.2 ExplicitVrBigEndian",
    "    Transfer Syntax: 1.2.840.10008.1.2 ImplicitVrLittleEndian",
    "=================================================================",
  ]);
});

Deno.test("describePdu() prints what was negotiated besides", () => {
  const lines = describePdu(decodePdu(goldenBytes("associate_ac_negotiation")), "received");
  assertEquals(lines.slice(7, -1), [
    "Presentation Contexts:",
    "  Context ID 1 (accepted)",
    "    Transfer Syntax: 1.2.840.10008.1.2 ImplicitVrLittleEndian",
    "  Context ID 3 (accepted)",
    "    Transfer Syntax: 1.2.840.10008.1.2.1 ExplicitVrLittleEndian",
    "  Context ID 5 (transfer syntaxes not supported)",
    "Asynchronous Operations Window: 5 invoked, 0 performed",
    "Role Selection: 1.2.840.10008.5.1.4.1.2.2.1 StudyRootQueryRetrieveInformationModelFind: " +
    "SCU 1, SCP 0",
    "Extended Negotiation: 1.2.840.10008.5.1.4.1.2.2.1 " +
    "StudyRootQueryRetrieveInformationModelFind: 0100010100",
    "User Identity Response: 8 bytes",
  ]);
});

Deno.test("describePdu() prints no secret of a user identity", () => {
  for (const name of goldenNames("associate_rq_user_identity")) {
    const text = describePdu(decodePdu(goldenBytes(name)), "sent").join("\n");
    assertEquals(/User Identity: type \d/.test(text), true);
    assertEquals(/secret|radiology|ticket|saml|eyJ/.test(text), false);
  }
});

Deno.test("describePdu() prints the other PDUs in a line each", () => {
  const lines = ["associate_rj_117", "release_rq", "release_rp", "abort_provider", "echo_rq"]
    .flatMap((name) => describePdu(decodePdu(goldenBytes(name)), "received"));
  assertEquals(lines, [
    "A-ASSOCIATE-RJ received: rejected permanently by the peer's application (UL service-user): " +
    "called AE title not recognized",
    "A-RELEASE-RQ received",
    "A-RELEASE-RP received",
    "A-ABORT received: the peer's network layer (UL service-provider), unexpected PDU",
    "P-DATA-TF received: context 3 command (last) 68 bytes",
  ]);
});

Deno.test("describeMessage() prints a command set and shows control characters as ?", () => {
  const command = {
    commandField: 0x8020,
    messageIDBeingRespondedTo: 7,
    commandDataSetType: 0x0101,
    status: 0xC001,
    offendingElement: [0x00100010, 0x00400100],
    errorComment: "\x1b[2J locked",
  };
  const message = { command, presentationContextId: 3, dataSet: undefined };
  assertEquals(describeMessage(message, "received").slice(0, -1), [
    "====================== C-FIND-RSP received ======================",
    "Presentation Context ID       : 3",
    "Message ID Being Responded To : 7",
    "Status                        : 0xC001: failure: Unable to process",
    "Offending Element             : (0010,0010), (0040,0100)",
    "Error Comment                 : ?[2J locked",
    "Data Set                      : none",
  ]);
});

Deno.test("describeMessage() names every command", () => {
  const names = [0x0001, 0x0020, 0x0030, 0x0FFF, 0x8020, 0x8100, 0x0140, 0x7777].map((field) => {
    const command = { commandField: field, commandDataSetType: 0x0101 };
    return describeMessage({ command, presentationContextId: 1, dataSet: undefined }, "sent")[0]
      ?.replaceAll(/=+ | =+/g, "");
  });
  assertEquals(names, [
    "C-STORE-RQ sent",
    "C-FIND-RQ sent",
    "C-ECHO-RQ sent",
    "C-CANCEL-RQ sent",
    "C-FIND-RSP sent",
    "N-EVENT-REPORT-RSP sent",
    "N-CREATE-RQ sent",
    "Command Field 0x7777 sent",
  ]);
});

Deno.test("describePdu() lets no control character of a peer through", () => {
  const userInformation = {
    implementationClassUid: "1.2\x1b]0;title\x07",
    implementationVersionName: "\x1b[2J",
    roleSelections: [],
    sopClassExtendedNegotiations: [{ sopClassUid: "1.3\x9b", info: new Uint8Array(1) }],
    sopClassCommonExtendedNegotiations: [{
      sopClassUid: "1.4\r",
      serviceClassUid: "1.5\n",
      relatedGeneralSopClassUids: [],
    }],
  };
  const lines = describePdu({
    type: "A-ASSOCIATE-RQ",
    protocolVersion: 1,
    calledAeTitle: "A\x1b",
    callingAeTitle: "B\b",
    applicationContextName: "1.6\x00",
    presentationContexts: [{ id: 1, abstractSyntax: "1.7\x1b", transferSyntaxes: ["1.8\x1b"] }],
    userInformation,
  }, "received");
  assertEquals(lines.filter((line) => /[^\x20-\x7e]/.test(line)), []);
});
