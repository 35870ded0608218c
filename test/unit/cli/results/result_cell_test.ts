import { assertEquals } from "@std/assert";
import {
  cellText,
  columnsOf,
  leafPaths,
  parseColumns,
} from "../../../../src/cli/results/result_cell.ts";
import { DataSet, element } from "../../../../src/dicom/data_set.ts";
import { Tag } from "../../../../src/dicom/tag.ts";
import { formatKeyPath, parseKeyPath } from "../../../../src/query/key_path.ts";

const match = new DataSet([
  element(Tag.SpecificCharacterSet, ["ISO_IR 192"]),
  element(Tag.PatientName, ["DOE^JANE"]),
  element(Tag.ScheduledProcedureStepSequence, [
    new DataSet([element(Tag.Modality, ["CT"]), element(Tag.ScheduledStationAETitle, ["A", "B"])]),
    new DataSet([element(Tag.Modality, ["MR"])]),
  ]),
  element(0x00280011, [512]),
  element(0x00189004, ["X"]),
  element(0x00280009, [0x00181063]),
  element(0x7FE00010, Uint8Array.of(0, 255)),
]);

function text(path: string): string {
  return cellText(match, parseKeyPath(path));
}

Deno.test("cellText() joins several values, and the items of a sequence", () => {
  assertEquals(text("PatientName"), "DOE^JANE");
  assertEquals(text("ScheduledProcedureStepSequence.ScheduledStationAETitle"), "A\\B");
  assertEquals(text("ScheduledProcedureStepSequence.Modality"), "CT | MR");
  assertEquals(text("ScheduledProcedureStepSequence[1].Modality"), "MR");
  assertEquals(text("ScheduledProcedureStepSequence"), "2 items");
});

Deno.test("cellText() writes numbers, tags and bytes, and nothing for what is absent", () => {
  assertEquals(text("Columns"), "512");
  assertEquals(text("FrameIncrementPointer"), "(0018,1063)");
  assertEquals(text("PixelData"), "00ff");
  assertEquals(text("PatientID"), "");
  assertEquals(text("ReferencedStudySequence.ReferencedSOPInstanceUID"), "");
});

Deno.test("leafPaths() lists attributes inside items, and empty sequences by themselves", () => {
  const query = new DataSet([
    element(Tag.SpecificCharacterSet, ["ISO_IR 192"]),
    element(Tag.PatientName, []),
    element(Tag.ScheduledProcedureStepSequence, [new DataSet([element(Tag.Modality, [])])]),
    element(Tag.RequestedProcedureCodeSequence, []),
  ]);
  assertEquals(leafPaths(query).map(formatKeyPath), [
    "PatientName",
    "RequestedProcedureCodeSequence",
    "ScheduledProcedureStepSequence.Modality",
  ]);
});

Deno.test("columnsOf() titles columns by their last keyword where it is the only one", () => {
  const columns = parseColumns(
    "PatientName,RequestedProcedureCodeSequence.CodeValue," +
      "(0040,0100).ScheduledProtocolCodeSequence.CodeValue",
  );
  assertEquals(columns.map(({ title }) => title), [
    "PatientName",
    "RequestedProcedureCodeSequence.CodeValue",
    "ScheduledProcedureStepSequence.ScheduledProtocolCodeSequence.CodeValue",
  ]);
  assertEquals(columnsOf([]), []);
});
