import { assertEquals } from "@std/assert";
import { parseKeyPath } from "../../../src/query/key_path.ts";
import { placesMeant } from "../../../src/query/misplaced_key.ts";
import { models } from "../../../src/query/model.ts";
import { returnKeyPaths } from "../../../src/query/return_keys.ts";

const sps = "ScheduledProcedureStepSequence";

Deno.test("placesMeant() names the place of a key that the model has elsewhere", () => {
  const rows: [path: string, meant: string[]][] = [
    ["Modality", [`${sps}.Modality`]],
    ["ScheduledStationAETitle", [`${sps}.ScheduledStationAETitle`]],
    ["ScheduledProcedureStepStartDate", [`${sps}.ScheduledProcedureStepStartDate`]],
    [`${sps}.PatientID`, ["PatientID"]],
    [`${sps}[0].PatientID`, ["PatientID"]],
    ["RequestedProcedureCodeSequence.Modality", [`${sps}.Modality`]],
  ];
  for (const [path, meant] of rows) {
    assertEquals(placesMeant(parseKeyPath(path), "worklist"), meant, path);
  }
  assertEquals(placesMeant(parseKeyPath("CodeValue"), "worklist").length > 1, true);
});

Deno.test("placesMeant() has nothing against keys in their place, and those that no model has", () => {
  for (const path of ["PatientID", `${sps}.Modality`, `${sps}[1].Modality`, sps, "StudyDate"]) {
    assertEquals(placesMeant(parseKeyPath(path), "worklist"), [], path);
  }
  for (const path of ["PatientTelephoneNumbers", "(0029,1010)", "TimezoneOffsetFromUTC"]) {
    assertEquals(placesMeant(parseKeyPath(path), "worklist"), [], path);
  }
  for (const name of ["worklist", "study", "patient", "patient-study", "ups"] as const) {
    for (const { level, returnKeys } of models[name].levels) {
      for (const path of returnKeyPaths(returnKeys)) {
        assertEquals(placesMeant(parseKeyPath(path), name, level), [], `${name} ${path}`);
      }
    }
  }
});
