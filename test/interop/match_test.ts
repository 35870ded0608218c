import { assertEquals } from "@std/assert";
import type { DataSet } from "../../src/dicom/data_set.ts";
import { decodePart10 } from "../../src/dicom/part10.ts";
import { Tag } from "../../src/dicom/tag.ts";
import { find } from "../../src/query/find.ts";
import type { Keys } from "../../src/query/query_definition.ts";
import { buildIdentifier } from "../../src/query/identifier.ts";
import { serveWorklist } from "../../src/serve/worklist_scp.ts";
import { compileMatcher } from "../../src/worklist/match/match.ts";
import { interopTest, startWlmscpfs } from "../support/foreign.ts";

const step = "ScheduledProcedureStepSequence";
const date = `${step}.ScheduledProcedureStepStartDate`;
const time = `${step}.ScheduledProcedureStepStartTime`;

/** Queries of which the standard says what they match; nothing that it leaves to the implementation. */
const queries: Keys[] = [
  {},
  { PatientID: "AV35674" },
  { PatientID: "AV3567" },
  { PatientID: "*" },
  { PatientName: "VIVALDI^ANTONIO" },
  { PatientName: "VIVALDI*" },
  { PatientName: "*WOLFGANG*" },
  { PatientName: "?EETHOVEN^LUDWIG^VAN" },
  { PatientName: "VIVALDI" },
  { PatientName: "M*", PatientID: "MWA484763" },
  { [`${step}.Modality`]: "CT" },
  { [`${step}.Modality`]: "XX" },
  { [`${step}.Modality`]: "CT", PatientName: "HAYDN*" },
  { [`${step}.ScheduledStationAETitle`]: "NN77" },
  { [`${step}.ScheduledStationAETitle`]: "AA32", [`${step}.Modality`]: "US" },
  { [date]: "19960406" },
  { [date]: "19960101-19960430" },
  { [date]: "19960423-" },
  { [date]: "-19951206" },
  { [date]: "19970101-19971231" },
  { [time]: "085607" },
  { [time]: "080000-120000" },
  { [time]: "160000-" },
  { [time]: "-094500" },
  { [date]: "19960103-19960103", [time]: "160000-170000" },
  { [`${step}.ScheduledPerformingPhysicianName`]: "ROSS" },
  { [`${step}.ScheduledPerformingPhysicianName`]: "JOH*" },
  { [`${step}`]: {} },
];

interopTest("compileMatcher() and the worklist SCP find what wlmscpfs finds", [
  "dcmtk",
  "dcmtk-samples",
], async () => {
  await using wlmscpfs = await startWlmscpfs();
  await using ours = serveWorklist();
  const files: DataSet[] = [];
  for (let n = 1; n <= 10; n++) {
    const path = `${wlmscpfs.folder}/${wlmscpfs.aeTitle}/wklist${n}.wl`;
    const { dataSet } = decodePart10(await Deno.readFile(path));
    files.push(dataSet);
    ours.items.set(path, dataSet);
  }
  const context = { now: Temporal.Instant.from("2026-03-01T12:00:00Z"), timeZone: "UTC" };
  for (const keys of queries) {
    const query = { model: "worklist", keys, return: ["StudyInstanceUID", "PatientID"] } as const;
    const theirs = await found(wlmscpfs, keys);
    const { identifier } = buildIdentifier(query, context);
    const unmatched = compileMatcher(identifier, { combineDateAndTime: true });
    const matched = files.filter((file) => unmatched(file) === undefined);
    assertEquals(matched.map(uidOf).sort(), theirs, JSON.stringify(keys));
    assertEquals(await found({ ...ours, aeTitle: "RIS" }, keys), theirs, JSON.stringify(keys));
  }
});

async function found(
  peer: { host: string; port: number; aeTitle: string },
  keys: Keys,
): Promise<string[]> {
  const uids: string[] = [];
  const query = { model: "worklist", keys, return: ["StudyInstanceUID"] } as const;
  for await (const { dataSet } of find(peer, query)) uids.push(uidOf(dataSet));
  return uids.sort();
}

function uidOf(dataSet: DataSet): string {
  return dataSet.string(Tag.StudyInstanceUID) ?? "";
}
