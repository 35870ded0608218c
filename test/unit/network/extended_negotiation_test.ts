import { assertEquals } from "@std/assert";
import { SopClass } from "../../../src/dicom/uid.ts";
import {
  acceptedQueryOptions,
  proposeQueryOptions,
  type QueryOptions,
} from "../../../src/network/extended_negotiation.ts";

const study = SopClass.StudyRootQueryRetrieveInformationModelFind;
const worklist = SopClass.ModalityWorklistInformationModelFind;
const ups = SopClass.UnifiedProcedureStepPull;

/** The bytes that pynetdicom's findscu sends for the same options. */
const proposals: [string, string, QueryOptions, string | undefined][] = [
  ["relational queries", study, { relational: true }, "0100000000"],
  ["date-time matching", study, { dateTime: true }, "0001000000"],
  ["fuzzy names", study, { fuzzyNames: true }, "0000010000"],
  ["time zone adjustment", study, { timezone: true }, "0000000100"],
  ["enhanced conversion", study, { enhancedConversion: true }, "0000000001"],
  ["nothing", study, {}, undefined],
  ["fuzzy names", worklist, { fuzzyNames: true }, "01010100"],
  ["time zone adjustment", worklist, { timezone: true }, "01010001"],
  ["what it does not have", worklist, { relational: true, enhancedConversion: true }, undefined],
  ["fuzzy names", ups, { fuzzyNames: true, relational: true }, "01010100"],
];
for (const [what, sopClassUid, options, hex] of proposals) {
  Deno.test(`proposeQueryOptions() asks ${sopClassUid} for ${what}`, () => {
    assertEquals(proposeQueryOptions(sopClassUid, options)?.info.toHex(), hex);
  });
}

const none = {
  relational: false,
  dateTime: false,
  fuzzyNames: false,
  timezone: false,
  enhancedConversion: false,
};

Deno.test("acceptedQueryOptions() takes left-out bytes and left-out items as refused", () => {
  assertEquals(acceptedQueryOptions(study, []), none);
  const short = { sopClassUid: study, info: Uint8Array.of(1) };
  assertEquals(acceptedQueryOptions(study, [short]), { ...none, relational: true });
  const all = { sopClassUid: study, info: Uint8Array.of(1, 1, 1, 1, 1) };
  assertEquals(acceptedQueryOptions(study, [all]), {
    relational: true,
    dateTime: true,
    fuzzyNames: true,
    timezone: true,
    enhancedConversion: true,
  });
});

Deno.test("acceptedQueryOptions() does not take the reserved bytes of a worklist for options", () => {
  const answer = { sopClassUid: worklist, info: Uint8Array.of(1, 1, 0, 1) };
  assertEquals(acceptedQueryOptions(worklist, [answer]), {
    ...none,
    dateTime: true,
    timezone: true,
  });
});
