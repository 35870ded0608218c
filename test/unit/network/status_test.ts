import { assertEquals } from "@std/assert";
import {
  describeStatus,
  formatStatus,
  generalStatuses,
  isPending,
  serviceStatuses,
  type StatusCategory,
  type StatusService,
} from "../../../src/network/status.ts";

/** PS3.4 Tables C.4-1, K.4-1 and CC.2.8-2 alike. */
const find: [number, StatusCategory, string][] = [
  [0x0000, "success", "Matching is complete"],
  [0x0122, "failure", "Refused: SOP Class not supported"],
  [0xA700, "failure", "Refused: Out of resources"],
  [0xA900, "failure", "Identifier does not match SOP Class"],
  [0xC000, "failure", "Unable to process"],
  [0xC001, "failure", "Unable to process"],
  [0xCFFF, "failure", "Unable to process"],
  [0xFE00, "cancel", "Matching terminated due to Cancel request"],
  [0xFF00, "pending", "Matches are continuing"],
  [0xFF01, "pending", "Matches are continuing: one or more Optional Keys were not supported"],
];
for (const service of ["worklist", "query-retrieve", "ups"] satisfies StatusService[]) {
  for (const [status, category, text] of find) {
    Deno.test(`describeStatus() knows ${formatStatus(status)} of ${service}`, () => {
      assertEquals(describeStatus(status, service), { category, text });
    });
  }
}

/** PS3.7 Annex C, and both ends of its ranges. */
const general: [number, StatusCategory, string][] = [
  [0x0000, "success", "Success"],
  [0x0001, "warning", "Requested optional attributes are not supported"],
  [0x0100, "failure", "Failure of the general kind"],
  [0x0105, "failure", "No such attribute"],
  [0x0106, "failure", "Invalid attribute value"],
  [0x0107, "warning", "Attribute list error"],
  [0x0110, "failure", "Processing failure"],
  [0x0111, "failure", "Duplicate SOP Instance"],
  [0x0112, "failure", "No such SOP Instance"],
  [0x0113, "failure", "No such event type"],
  [0x0114, "failure", "No such argument"],
  [0x0115, "failure", "Invalid argument value"],
  [0x0116, "warning", "Attribute value out of range"],
  [0x0117, "failure", "Invalid object instance"],
  [0x0118, "failure", "No such SOP Class"],
  [0x0119, "failure", "Class-Instance conflict"],
  [0x0120, "failure", "Missing attribute"],
  [0x0121, "failure", "Missing attribute value"],
  [0x0122, "failure", "Refused: SOP Class not supported"],
  [0x0123, "failure", "No such action type"],
  [0x0124, "failure", "Refused: Not authorized"],
  [0x0210, "failure", "Duplicate invocation"],
  [0x0211, "failure", "Unrecognized operation"],
  [0x0212, "failure", "Mistyped argument"],
  [0x0213, "failure", "Resource limitation"],
  [0x02FF, "failure", "Failure of the general kind"],
  [0xA000, "failure", "Refused or failed, specific to the service"],
  [0xAFFF, "failure", "Refused or failed, specific to the service"],
  [0xB000, "warning", "Warning, specific to the service"],
  [0xBFFF, "warning", "Warning, specific to the service"],
  [0xC000, "failure", "Unable to process"],
  [0xCFFF, "failure", "Unable to process"],
  [0xFE00, "cancel", "Operation terminated due to Cancel request"],
  [0xFF00, "pending", "Operation is continuing"],
  [0xFF01, "pending", "Operation is continuing, with a warning"],
  [0x0300, "failure", "Status is not defined by the standard"],
  [0xD000, "failure", "Status is not defined by the standard"],
  [0xFFFF, "failure", "Status is not defined by the standard"],
];
for (const [status, category, text] of general) {
  Deno.test(`describeStatus() knows ${formatStatus(status)} of any service`, () => {
    assertEquals(describeStatus(status, "verification"), { category, text });
  });
}

Deno.test("the tables of statuses have a test for each of their rows", () => {
  const untested = [
    ...generalStatuses.filter(({ first }) => !general.some(([status]) => status === first)),
    ...serviceStatuses.worklist.filter(({ first }) => !find.some(([status]) => status === first)),
  ];
  assertEquals(untested, []);
});

Deno.test("describeStatus() falls back to the general table for a C-FIND", () => {
  assertEquals(describeStatus(0x0110, "worklist").text, "Processing failure");
  assertEquals(describeStatus(0x0124, "ups").text, "Refused: Not authorized");
});

Deno.test("isPending() takes 0xFF00 and 0xFF01 alike and nothing else", () => {
  const pending = [0xFF00, 0xFF01, 0x0000, 0xFE00, 0xFF02, undefined].filter(isPending);
  assertEquals(pending, [0xFF00, 0xFF01]);
});
