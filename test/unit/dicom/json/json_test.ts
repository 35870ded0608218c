import { assert, assertEquals } from "@std/assert";
import { DataSet, element } from "../../../../src/dicom/data_set.ts";
import { type DicomJson, encodeJson } from "../../../../src/dicom/json/json.ts";
import { decodePart10 } from "../../../../src/dicom/part10.ts";
import { isVr } from "../../../../src/dicom/vr.ts";

const golden = new URL("../../../golden/", import.meta.url);

/** Brings what may be said in two ways into one: decimal strings as numbers, no value as null, no group lengths. */
function canonical(json: DicomJson): DicomJson {
  const attributes: DicomJson = {};
  for (const [tag, { vr, Value: values, InlineBinary: base64 }] of Object.entries(json)) {
    if (tag.endsWith("0000")) continue;
    attributes[tag] = { vr };
    if (base64 !== undefined) attributes[tag].InlineBinary = base64;
    if (values === undefined || values.length === 0) continue;
    attributes[tag].Value = values.map((value) => {
      if (vr === "DS" || vr === "IS") return Number(value);
      if (vr === "SQ") return canonical(value as DicomJson);
      return value === "" ? null : value;
    });
    if (tag === "00080005") attributes[tag].Value = ["ISO_IR 192"];
  }
  return attributes;
}

for await (const { name } of Deno.readDir(new URL("text_forms/", golden))) {
  if (!name.endsWith(".json")) continue;
  const file = name.replace(".json", "_explicit.dcm");
  Deno.test(`encodeJson() writes of ${file} what pydicom does`, async () => {
    const { dataSet } = decodePart10(await Deno.readFile(new URL(`data_sets/${file}`, golden)));
    const expected = JSON.parse(await Deno.readTextFile(new URL(`text_forms/${name}`, golden)));
    assertEquals(canonical(JSON.parse(encodeJson(dataSet))), canonical(expected));
  });
}

/** The text of one attribute, without its tag. */
function written(
  tag: number,
  value: Parameters<typeof element>[1],
  vr?: string,
): string {
  if (vr !== undefined && !isVr(vr)) throw new Error(`No VR: ${vr}`);
  const json = encodeJson(new DataSet([element(tag, value, vr)]));
  return json.slice('{"00000000":'.length, -1);
}

Deno.test("encodeJson() writes an empty data set as an empty object", () => {
  assertEquals(encodeJson(new DataSet()), "{}");
});

Deno.test("encodeJson() writes attributes ascending by tag, those too that look like array indexes", () => {
  const tags = [0x00080050, 0x00100020, 0x20100050, 0x7fe00001, 0x00091001, 0x30060002];
  const dataSet = new DataSet(tags.map((tag) => element(tag, ["A"], "SH")));
  const found = [...encodeJson(dataSet).matchAll(/"([0-9A-F]{8})"/g)].map(([, tag]) => tag);
  assertEquals(found, found.toSorted());
  assertEquals(found.length, tags.length);
});

Deno.test("encodeJson() leaves out group lengths and names its own character set", () => {
  const dataSet = new DataSet([
    element(0x00080000, [8], "UL"),
    element(0x00080005, ["", "ISO 2022 IR 87"]),
  ]);
  assertEquals(encodeJson(dataSet), '{"00080005":{"vr":"CS","Value":["ISO_IR 192"]}}');
});

Deno.test("encodeJson() writes what is empty without a value, and gaps between values as null", () => {
  assertEquals(written(0x00100010, []), '{"vr":"PN"}');
  assertEquals(written(0x00280010, []), '{"vr":"US"}');
  assertEquals(written(0x00400100, []), '{"vr":"SQ"}');
  assertEquals(written(0x00420011, new Uint8Array()), '{"vr":"OB"}');
  assertEquals(written(0x00080061, ["CT", "", "MR"]), '{"vr":"CS","Value":["CT",null,"MR"]}');
  assertEquals(written(0x00101001, ["A", ""]), '{"vr":"PN","Value":[{"Alphabetic":"A"},null]}');
  assertEquals(
    written(0x00400100, [new DataSet(), new DataSet()]),
    '{"vr":"SQ","Value":[{},{}]}',
  );
});

Deno.test("encodeJson() keeps the digits of decimal and integer strings as they were sent", () => {
  const numbers = ["0", "-0", "1", "1.50", "-2E3", "1e-5", "72.5", "123456789012345"];
  const texts = [
    "+1",
    "007",
    ".5",
    "1.",
    "1e400",
    "1e-400",
    "DOE",
    "1 2",
    "1234567890.123456",
    "0x10",
    "NaN",
  ];
  for (const number of numbers) {
    assertEquals(written(0x00101030, [number]), `{"vr":"DS","Value":[${number}]}`);
  }
  for (const text of texts) {
    assertEquals(written(0x00101030, [text]), `{"vr":"DS","Value":["${text}"]}`);
  }
  assertEquals(
    written(0x00200013, ["12", "-3", "+1", "012", "1.5", "1e3"]),
    '{"vr":"IS","Value":[12,-3,"+1","012","1.5","1e3"]}',
  );
});

Deno.test("encodeJson() writes component groups of names, empty ones left out", () => {
  const name = (text: string): string =>
    written(0x00100010, [text]).slice('{"vr":"PN","Value":['.length, -2);
  assertEquals(name("A^B^^^"), '{"Alphabetic":"A^B^^^"}');
  assertEquals(name("A=B=C"), '{"Alphabetic":"A","Ideographic":"B","Phonetic":"C"}');
  assertEquals(name("=B"), '{"Ideographic":"B"}');
  assertEquals(name("A==C"), '{"Alphabetic":"A","Phonetic":"C"}');
  assertEquals(name("A="), '{"Alphabetic":"A"}');
  assertEquals(name("=="), "null");
  assertEquals(name("A=B=C=D"), '{"Alphabetic":"A","Ideographic":"B","Phonetic":"C=D"}');
});

Deno.test("encodeJson() writes numbers that JSON does not have as text", () => {
  assertEquals(
    written(0x00189073, [0.1, NaN, Infinity, -Infinity, -0], "FD"),
    '{"vr":"FD","Value":[0.1,"NaN","Infinity","-Infinity",-0]}',
  );
  assertEquals(
    written(0x00720082, [-5n, 2n ** 53n, -(2n ** 63n)], "SV"),
    '{"vr":"SV","Value":[-5,"9007199254740992","-9223372036854775808"]}',
  );
  assertEquals(
    written(0x00209165, [0x0010_0010, 0xfffe_e000]),
    '{"vr":"AT","Value":["00100010","FFFEE000"]}',
  );
});

Deno.test("encodeJson() escapes what JSON does not allow and lets no lone surrogate through", () => {
  const text = 'a"b\\c\r\n\t\x1b\x00\x7f\u2028é😀\ud800';
  const json = written(0x00104000, [text]);
  assertEquals(JSON.parse(json).Value, [text.toWellFormed()]);
  assert(!/\p{Cc}/u.test(json.replace("\x7f", "")));
  assert(json.isWellFormed());
  assertEquals(written(0x00104000, ["\udc00😀"]), '{"vr":"LT","Value":["\ufffd😀"]}');
});

Deno.test("encodeJson() remembers no more tags than it must", () => {
  for (let block = 0; block < 5; block++) {
    const dataSet = new DataSet(
      Array.from(
        { length: 2000 },
        (_, index) => element(0x0009_1000 + block * 2000 + index, ["A"], "LO"),
      ),
    );
    assertEquals(Object.keys(JSON.parse(encodeJson(dataSet))).length, 2000);
  }
  assertEquals(written(0x00091001, [1], "US"), '{"vr":"US","Value":[1]}');
  assertEquals(written(0x00091001, ["A"], "LO"), '{"vr":"LO","Value":["A"]}');
});
