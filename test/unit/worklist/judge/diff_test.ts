import { assertEquals } from "@std/assert";
import type { DicomJson } from "../../../../src/dicom/json/json.ts";
import { parseKeyPath } from "../../../../src/query/key_path.ts";
import { kindsOf } from "../../../../src/worklist/judge/change_kind.ts";
import { attributesOf, diffItems } from "../../../../src/worklist/judge/diff.ts";

const sps = "ScheduledProcedureStepSequence";

function name(alphabetic: string, ideographic?: string): DicomJson {
  const value = { Alphabetic: alphabetic, ...(ideographic && { Ideographic: ideographic }) };
  return { "00100010": { vr: "PN", Value: [value] } };
}

function text(tag: string, vr: string, ...values: (string | number | null)[]): DicomJson {
  return { [tag]: values.length > 0 ? { vr, Value: values } : { vr } };
}

function bytes(tag: string, vr: string, text: string): DicomJson {
  return { [tag]: { vr, InlineBinary: btoa(text) } };
}

function sequence(tag: string, ...items: DicomJson[]): DicomJson {
  return { [tag]: items.length > 0 ? { vr: "SQ", Value: items } : { vr: "SQ" } };
}

const same: [string, DicomJson, DicomJson][] = [
  ["trailing ^ of a name", name("DOE^JANE"), name("DOE^JANE^^^")],
  ["spaces in a name", name("DOE^JANE"), name("DOE ^JANE  ")],
  ["an empty second group", name("DOE^JANE"), name("DOE^JANE", "^^")],
  ["DS by number", text("00101030", "DS", 1), text("00101030", "DS", "1.0")],
  ["DS with exponent", text("00101030", "DS", "1e1"), text("00101030", "DS", "+10")],
  ["IS with sign", text("00200013", "IS", "+1"), text("00200013", "IS", 1)],
  ["minus zero", text("00101030", "DS", "-0"), text("00101030", "DS", 0)],
  ["trailing spaces", text("00100020", "LO", "4711"), text("00100020", "LO", " 4711 ")],
  ["padding of a UID", text("0020000D", "UI", "1.2"), text("0020000D", "UI", "1.2\0")],
  ["absent and empty", {}, text("00100020", "LO")],
  ["empty and null", text("00100020", "LO"), text("00100020", "LO", null)],
  ["trailing empty values", text("00080061", "CS", "CT"), text("00080061", "CS", "CT", null)],
  ["group lengths", {}, text("00100000", "UL", 12)],
  ["character set", {}, text("00080005", "CS", "ISO_IR 192")],
  ["absent and empty sequence", {}, sequence("00400100")],
  ["an empty item more", sequence("00400100"), sequence("00400100", {})],
  [
    "a private attribute in two transfer syntaxes",
    text("00091001", "LO", "ward 5"),
    bytes("00091001", "UN", "ward 5 "),
  ],
  ["absent and padded", {}, bytes("00091001", "UN", " ")],
  ["absent and no bytes", {}, bytes("00091001", "OB", "")],
];

for (const [title, one, other] of same) {
  Deno.test(`diffItems() finds nothing in ${title}`, () => {
    assertEquals(diffItems(one, other), []);
    assertEquals(diffItems(other, one), []);
  });
}

const different: [string, DicomJson, DicomJson, string][] = [
  ["case", text("00100020", "LO", "a"), text("00100020", "LO", "A"), "PatientID"],
  [
    "leading space of text",
    text("00321060", "ST", "a"),
    text("00321060", "ST", " a"),
    "RequestedProcedureDescription",
  ],
  [
    "leading zeros of an ID",
    text("00100020", "LO", "4711"),
    text("00100020", "LO", "04711"),
    "PatientID",
  ],
  [
    "what are no numbers",
    text("00101030", "DS", "a"),
    text("00101030", "DS", "b"),
    "PatientWeight",
  ],
  [
    "zero bytes at the end",
    bytes("00091001", "OB", "a"),
    bytes("00091001", "OB", "a\0"),
    "(0009,1001)",
  ],
  ["no number", text("00101030", "DS", "1"), text("00101030", "DS", "1kg"), "PatientWeight"],
  [
    "order of values",
    text("00080061", "CS", "CT", "MR"),
    text("00080061", "CS", "MR", "CT"),
    "ModalitiesInStudy",
  ],
  [
    "first value empty",
    text("00080061", "CS", "CT"),
    text("00080061", "CS", null, "CT"),
    "ModalitiesInStudy",
  ],
  ["ideographic group", name("A^B"), name("A^B", "山田^太郎"), "PatientName"],
  ["private", text("00091001", "LO", "a"), text("00091001", "LO", "b"), "(0009,1001)"],
];

for (const [title, one, other, path] of different) {
  Deno.test(`diffItems() finds a difference in ${title}`, () => {
    assertEquals(diffItems(one, other).map((change) => change.path), [path]);
  });
}

Deno.test("diffItems() names attributes as events do", () => {
  const step = (time: string): DicomJson => sequence("00400100", text("00400003", "TM", time));
  assertEquals(diffItems(step("0800"), step("0930")), [{
    path: `${sps}.ScheduledProcedureStepStartTime`,
    tag: "0040010000400003",
    vr: "TM",
    before: ["0800"],
    after: ["0930"],
  }]);
});

Deno.test("diffItems() names items beyond the first, and those that came or went, by index", () => {
  const one = text("00080100", "SH", "C1");
  const two = text("00080100", "SH", "C2");
  const three = text("00080100", "SH", "C3");
  const codes = (...items: DicomJson[]): DicomJson => sequence("00321064", ...items);
  assertEquals(diffItems(codes(one, two), codes(one, three)), [{
    path: "RequestedProcedureCodeSequence[1].CodeValue",
    tag: "0032106400080100",
    vr: "SH",
    before: ["C2"],
    after: ["C3"],
  }]);
  const whole = { path: "RequestedProcedureCodeSequence", tag: "00321064", vr: "SQ" };
  assertEquals(diffItems(codes(one), codes(one, two)), [
    { ...whole, path: `${whole.path}[1]`, before: [], after: [two] },
  ]);
  assertEquals(diffItems(codes(one, two), codes(one)), [
    { ...whole, path: `${whole.path}[1]`, before: [two], after: [] },
  ]);
  assertEquals(diffItems(codes(one, two), {}), [{ ...whole, before: [one, two], after: [] }]);
  assertEquals(diffItems({}, codes(one, two)), [{ ...whole, before: [], after: [one, two] }]);
});

Deno.test("diffItems() gives VR and values of attributes that came, went or are bytes", () => {
  const id = text("00100020", "LO", "A");
  const change = { path: "PatientID", tag: "00100020", vr: "LO" };
  assertEquals(diffItems({}, id), [{ ...change, before: [], after: ["A"] }]);
  assertEquals(diffItems(id, {}), [{ ...change, before: ["A"], after: [] }]);
  assertEquals(diffItems(bytes("00091001", "OB", "a"), bytes("00091001", "OB", "b")), [
    { path: "(0009,1001)", tag: "00091001", vr: "OB", before: [btoa("a")], after: [btoa("b")] },
  ]);
});

Deno.test("diffItems() orders changes by tag, whatever the order of the JSON", () => {
  const before = { ...text("20100010", "ST", "a"), ...text("00100020", "LO", "a") };
  const after = { ...text("00100020", "LO", "b"), ...text("20100010", "ST", "b") };
  assertEquals(diffItems(before, after).map(({ tag }) => tag), ["00100020", "20100010"]);
});

Deno.test("diffItems() leaves out ignored attributes, in all items or in one, and whole sequences", () => {
  const item = (time: string, id: string): DicomJson => ({
    ...text("00400003", "TM", time),
    ...text("00400009", "SH", id),
  });
  const before = { ...sequence("00400100", item("08", "A"), item("08", "B")), ...name("A") };
  const after = { ...sequence("00400100", item("09", "A"), item("09", "C")), ...name("B") };
  const paths = (...ignore: string[]): string[] =>
    diffItems(before, after, { ignore: ignore.map(parseKeyPath) }).map(({ path }) => path);
  const time = `${sps}.ScheduledProcedureStepStartTime`;
  const secondTime = `${sps}[1].ScheduledProcedureStepStartTime`;
  const secondId = `${sps}[1].ScheduledProcedureStepID`;
  assertEquals(paths(), ["PatientName", time, secondTime, secondId]);
  assertEquals(paths(time), ["PatientName", secondId]);
  assertEquals(paths(secondTime), ["PatientName", time, secondId]);
  assertEquals(paths(`${sps}[1]`), ["PatientName", time]);
  assertEquals(paths(sps, "PatientName"), []);
});

Deno.test("diffItems() ignores an item that came with nothing but ignored attributes", () => {
  const item = text("00400003", "TM", "0800");
  const ignore = [parseKeyPath(`${sps}.ScheduledProcedureStepStartTime`)];
  assertEquals(diffItems({}, sequence("00400100", item), { ignore }), []);
  assertEquals(diffItems(sequence("00400100", item), {}, { ignore }), []);
  assertEquals(
    diffItems(sequence("00400100", name("A")), sequence("00400100", name("A"), item), { ignore }),
    [],
  );
});

Deno.test("attributesOf() names every attribute with a value, by ascending tag", () => {
  const item = {
    ...text("00080005", "CS", "ISO_IR 192"),
    ...text("00100020", "LO"),
    ...text("20100010", "ST", "B"),
    ...name("A"),
    ...sequence("00400100", text("00080060", "CS", "CT"), text("00080060", "CS", "MR")),
  };
  const modality = { path: `${sps}.Modality`, tag: "0040010000080060", vr: "CS" };
  assertEquals(attributesOf(item), [
    { path: "PatientName", tag: "00100010", vr: "PN", values: [{ Alphabetic: "A" }] },
    { ...modality, values: ["CT"] },
    { ...modality, path: `${sps}[1].Modality`, values: ["MR"] },
    { path: "ImageDisplayFormat", tag: "20100010", vr: "ST", values: ["B"] },
  ]);
});

const kinds: [string, DicomJson, DicomJson, string[]][] = [
  [
    "a new time",
    sequence("00400100", text("00400003", "TM", "08")),
    sequence("00400100", text("00400003", "TM", "09")),
    ["rescheduled"],
  ],
  [
    "another station",
    sequence("00400100", text("00400001", "AE", "A")),
    sequence("00400100", text("00400001", "AE", "B")),
    ["station_moved"],
  ],
  ["a corrected name", name("A"), name("B"), ["patient_identity"]],
  ["a weight", text("00101030", "DS", 70), text("00101030", "DS", 71), ["patient_demographics"]],
  ["a status", text("00741000", "CS", "SCHEDULED"), text("00741000", "CS", "CANCELED"), ["status"]],
  ["a physician", text("00080090", "PN"), {
    "00080090": { vr: "PN", Value: [{ Alphabetic: "B" }] },
  }, ["personnel"]],
  [
    "a protocol code",
    sequence("00400100", sequence("00400008", text("00080100", "SH", "A"))),
    sequence("00400100", sequence("00400008", text("00080100", "SH", "B"))),
    ["procedure"],
  ],
  [
    "another ID of the patient",
    sequence("00101002", text("00100020", "LO", "A")),
    sequence("00101002", text("00100020", "LO", "B")),
    ["patient_demographics"],
  ],
  ["something else", text("00080080", "LO", "A"), text("00080080", "LO", "B"), ["other"]],
  [
    "a step that came whole",
    {},
    sequence("00400100", { ...text("00400003", "TM", "08"), ...text("00400001", "AE", "A") }),
    ["rescheduled", "station_moved"],
  ],
  [
    "a step that went whole",
    sequence("00400100", { ...text("00400003", "TM", "08"), ...text("00400001", "AE", "A") }),
    {},
    ["rescheduled", "station_moved"],
  ],
  [
    "what lies deep in a sequence that came whole",
    {},
    sequence("00081110", sequence("00081199", text("00080050", "SH", "A"))),
    ["procedure"],
  ],
  [
    "values of which one is empty",
    text("00080080", "LO", null, "A"),
    text("00080080", "LO", null, "B"),
    ["other"],
  ],
  ["several things", { ...name("A"), ...text("00080080", "LO", "A") }, {
    ...name("B"),
    ...text("00080080", "LO", "B"),
  }, ["patient_identity", "other"]],
];

for (const [title, before, after, expected] of kinds) {
  Deno.test(`kindsOf() knows ${title}`, () => {
    assertEquals(kindsOf(diffItems(before, after)) as string[], expected);
  });
}
