import { assertEquals } from "@std/assert";
import { DataSet, element } from "../../../src/dicom/data_set.ts";
import { Tag } from "../../../src/dicom/tag.ts";
import { selectRequested } from "../../../src/serve/worklist_scp.ts";

const steps = Tag.ScheduledProcedureStepSequence;

const item = new DataSet([
  element(Tag.SpecificCharacterSet, ["ISO_IR 100"]),
  element(Tag.PatientName, ["Müller^Änne"]),
  element(Tag.PatientID, ["P1"]),
  element(steps, [
    new DataSet([element(Tag.Modality, ["CT"]), element(Tag.ScheduledProcedureStepID, ["S1"])]),
    new DataSet([element(Tag.Modality, ["MR"]), element(Tag.ScheduledProcedureStepID, ["S2"])]),
  ]),
]);

Deno.test("selectRequested() returns what was asked for, empty where it is not there", () => {
  const selected = selectRequested(
    item,
    new DataSet([
      element(Tag.SpecificCharacterSet, ["ISO_IR 192"]),
      element(Tag.PatientName, []),
      element(Tag.AccessionNumber, []),
      element(0x00081110, []),
    ]),
  );
  assertEquals([...selected.elements()].map(({ tag, value }) => [tag, value]), [
    [Tag.SpecificCharacterSet, ["ISO_IR 100"]],
    [Tag.AccessionNumber, []],
    [0x00081110, []],
    [Tag.PatientName, ["Müller^Änne"]],
  ]);
});

Deno.test("selectRequested() returns the items that match with the attributes that were named", () => {
  const stepIds = (...keys: DataSet[]): (string | undefined)[][] =>
    selectRequested(item, new DataSet([element(steps, keys)])).items(steps)
      .map((one) => [one.string(Tag.Modality), one.string(Tag.ScheduledProcedureStepID)]);
  assertEquals(stepIds(), [["CT", "S1"], ["MR", "S2"]]);
  assertEquals(stepIds(new DataSet()), [["CT", "S1"], ["MR", "S2"]]);
  assertEquals(stepIds(new DataSet([element(Tag.Modality, [])])), [["CT", undefined], [
    "MR",
    undefined,
  ]]);
  assertEquals(
    stepIds(
      new DataSet([element(Tag.Modality, ["MR"]), element(Tag.ScheduledProcedureStepID, [])]),
    ),
    [["MR", "S2"]],
  );
});
