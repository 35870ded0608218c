import { assertEquals } from "@std/assert";
import { peerNamed } from "../../../../src/cases/canned_peer.ts";
import type { QueryConfig } from "../../../../src/daemon/config.ts";
import { Hidden } from "../../../../src/daemon/config/hidden.ts";
import { querySchema } from "../../../../src/daemon/config/query.ts";
import {
  configurationOf,
  partIdentifier,
  peerOf,
  questionAt,
} from "../../../../src/daemon/poll/question.ts";
import { DataSet, element } from "../../../../src/dicom/data_set.ts";
import { Tag } from "../../../../src/dicom/tag.ts";
import { dataSetOf, type Step } from "../../../support/polled_worklist.ts";

const sps = "ScheduledProcedureStepSequence";
/** In Berlin it is the next day already. */
const now = Temporal.Instant.from("2026-11-20T23:30:00Z");

function queryOf(section: object): QueryConfig {
  const parsed = querySchema.parse({ peer: "ris", schedule: "every 30s", ...section });
  return { ...parsed, name: "ct", timeZone: "Europe/Berlin" };
}

/** The key that an item does not match. */
function unmatched(section: object, item: DataSet): string | undefined {
  const query = queryOf(section);
  const question = questionAt(query, configurationOf(query, peerNamed("ris")), now);
  return question.unmatchedKey(item);
}

for (
  const [what, keys, step, path] of [
    ["takes what is asked for", { PatientID: "P" }, { patient: "P" }, undefined],
    ["names the key that does not match", { PatientID: "P" }, { patient: "Q" }, "PatientID"],
    ["has nothing against what is left out", { PatientID: "P" }, {}, undefined],
    ["takes what is empty for another value", { PatientID: "P" }, { patient: "" }, "PatientID"],
    ["does not mind case and accents", { PatientName: "muller*" }, { name: "MÜLLER^A" }, undefined],
    [
      "resolves dates in the time zone of the query",
      { [sps]: { ScheduledProcedureStepStartDate: "today" } },
      { date: "20261121" },
      undefined,
    ],
    [
      "combines dates and times",
      {
        [sps]: {
          ScheduledProcedureStepStartDate: "20261120-20261121",
          ScheduledProcedureStepStartTime: "2200-0200",
        },
      },
      { date: "20261120", time: "2300" },
      undefined,
    ],
  ] as const satisfies readonly (readonly [string, object, Step, string | undefined])[]
) {
  Deno.test(`questionAt() ${what} in a worklist`, () => {
    assertEquals(unmatched({ keys }, dataSetOf(step)), path);
  });
}

Deno.test("questionAt() has nothing against empty values but in a worklist", () => {
  const keys = { PatientID: "P" };
  assertEquals(unmatched({ model: "study", keys }, dataSetOf({ patient: "" })), undefined);
  assertEquals(unmatched({ model: "study", keys }, dataSetOf({ patient: "Q" })), "PatientID");
});

Deno.test("questionAt() combines no dates and times where the model does not", () => {
  const keys = { StudyDate: "20261120-20261121", StudyTime: "2200-2300" };
  const item = new DataSet([element(0x00080020, ["20261120"]), element(0x00080030, ["2330"])]);
  assertEquals(unmatched({ model: "study", keys }, item), "StudyTime");
});

Deno.test("questionAt() compares names as configured", () => {
  const section = { keys: { PatientName: "Doe*" }, person_names: { ignore_case: false } };
  assertEquals(unmatched(section, dataSetOf({ name: "DOE^JANE" })), "PatientName");
});

Deno.test("configurationOf() names what the stored items depend on", () => {
  const query = queryOf({
    model: "study",
    level: "series",
    keys: { StudyInstanceUID: "1.2.3", Modality: ["CT", "MR"], StudyDate: "today", PatientID: "" },
    return: ["SeriesNumber"],
    identity: ["SeriesInstanceUID"],
    ignore: ["SeriesDescription"],
  });
  const { requested, ignore, ...rest } = configurationOf(query, {
    ...peerNamed("ris"),
    port: 11112,
  });
  assertEquals(rest, {
    model: "study",
    level: "SERIES",
    peer: "PEER@ris:11112",
    keys: { StudyInstanceUID: "1.2.3", Modality: "CT\\MR", StudyDate: "today" },
    identity: ["SeriesInstanceUID"],
  });
  assertEquals(requested, [
    "StudyDate",
    "Modality",
    "PatientID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SeriesNumber",
  ]);
  assertEquals([ignore.at(-1), ignore.includes("RetrieveAETitle")], ["SeriesDescription", true]);
});

Deno.test("partIdentifier() puts keys in the place of the query's own, and keeps the others", () => {
  const query = queryOf({
    keys: {
      PatientBirthDate: "today",
      [sps]: { Modality: "CT", ScheduledProcedureStepStartDate: "today..today+7" },
    },
  });
  const path = `${sps}.ScheduledProcedureStepStartDate`;
  const identifier = partIdentifier(query, { [path]: "20261121-20261122" }, now);
  const [step] = identifier.items(Tag.ScheduledProcedureStepSequence);
  assertEquals(step?.string(Tag.ScheduledProcedureStepStartDate), "20261121-20261122");
  assertEquals(step?.string(Tag.Modality), "CT");
  assertEquals(identifier.string(Tag.PatientBirthDate), "20261121");
});

Deno.test("peerOf() passes on all that is configured of a peer", () => {
  const { name: _, maxAssociations: _a, findsPerAssociation: _f, totalMs: _t, ...peer } = peerNamed(
    "ris",
  );
  const tls = { verify: "none" as const };
  assertEquals(peerOf({ ...peerNamed("ris"), tls: new Hidden(tls) }), { ...peer, tls });
});
