import { assertEquals, assertThrows } from "@std/assert";
import { DataSet, element } from "../../../src/dicom/data_set.ts";
import { Tag } from "../../../src/dicom/tag.ts";
import {
  foldersOf,
  parseFolderTemplate,
  safeSegment,
} from "../../../src/deliver/folder_template.ts";

function scheduledFor(...stations: readonly (readonly string[])[]): DataSet {
  const steps = stations.map((titles) =>
    new DataSet([
      element(Tag.Modality, ["CT"]),
      element(Tag.ScheduledStationAETitle, titles),
    ])
  );
  return new DataSet([element(Tag.ScheduledProcedureStepSequence, steps)]);
}

for (
  const [what, path, dataSet, folders] of [
    ["no placeholder", "/srv/wl", scheduledFor(["CT1"]), ["/srv/wl"]],
    ["the root", "/", scheduledFor(["CT1"]), ["/"]],
    ["one value", "/srv/wl/${ScheduledStationAETitle}", scheduledFor(["CT1"]), ["/srv/wl/CT1"]],
    [
      "several values and items",
      "/srv/wl/${ScheduledStationAETitle}",
      scheduledFor(["CT1", "CT2"], ["CT1", "CT3"]),
      ["/srv/wl/CT1", "/srv/wl/CT2", "/srv/wl/CT3"],
    ],
    ["no value", "/srv/wl/${ScheduledStationAETitle}", scheduledFor([]), ["/srv/wl/_none"]],
    [
      "a key path",
      "/srv/${ScheduledProcedureStepSequence[1].ScheduledStationAETitle}",
      scheduledFor(["CT1"], ["CT2"]),
      ["/srv/CT2"],
    ],
    [
      "text around, several placeholders, a segment behind",
      "/srv/x-${Modality}-${ScheduledStationAETitle}/in",
      scheduledFor(["CT1", "CT2"]),
      ["/srv/x-CT-CT1/in", "/srv/x-CT-CT2/in"],
    ],
    [
      "hostile values",
      "/srv/wl/${ScheduledStationAETitle}",
      scheduledFor(["../x", "/etc", "..", ".", "a\0b", "~"]),
      ["/srv/wl/__x", "/srv/wl/_etc", "/srv/wl/_", "/srv/wl/a_b", "/srv/wl/~"],
    ],
  ] as const
) {
  Deno.test(`foldersOf() names the folders for ${what}`, () => {
    assertEquals(foldersOf(parseFolderTemplate(path), dataSet), [...folders]);
  });
}

Deno.test("foldersOf() does not follow an item into any number of folders", () => {
  const stations = Array.from({ length: 500 }, (_, n) => `CT${n}`);
  const template = parseFolderTemplate(
    "/srv/${ScheduledStationAETitle}/${ScheduledStationAETitle}",
  );
  assertEquals(foldersOf(template, scheduledFor(stations)).length, 32);
});

Deno.test("parseFolderTemplate() refuses a placeholder that is no key path", () => {
  assertThrows(() => parseFolderTemplate("/srv/${PatientNmae}"), SyntaxError, "PatientN");
});

Deno.test("parseFolderTemplate() refuses placeholders that distinguish patients, visits or orders", () => {
  for (
    const keyword of [
      "PatientID",
      "AdmissionID",
      "AccessionNumber",
      "ScheduledPerformingPhysicianName",
    ]
  ) {
    assertThrows(() => parseFolderTemplate(`/srv/\${${keyword}}`), SyntaxError, "patient data");
  }
});

for (
  const [value, segment] of [
    ["CT1", "CT1"],
    [" CT 1 ", "CT 1"],
    ["", "_none"],
    ["...", "_"],
    ["-rf", "_rf"],
    ["C:\\x", "C__x"],
    ["a/../../b", "a_.._.._b"],
    ["CT1.", "CT1_"],
    ["\x1b[31m", "_[31m"],
    ["a\u202Eb", "a_b"],
    ["Röntgen", "Röntgen"],
    ["\uD800", "_"],
    ["$(reboot)", "_(reboot)"],
    ["x".repeat(300), "x".repeat(64)],
    ["撮".repeat(300), "撮".repeat(21)],
  ] as const
) {
  Deno.test(`safeSegment() makes ${JSON.stringify(value.slice(0, 20))} fit for a path`, () => {
    assertEquals(safeSegment(value), segment);
  });
}
