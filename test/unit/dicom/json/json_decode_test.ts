import { assert, assertEquals, assertThrows } from "@std/assert";
import { DataSet, element } from "../../../../src/dicom/data_set.ts";
import { encodeDataSet } from "../../../../src/dicom/encode.ts";
import { decodeDataSet } from "../../../../src/dicom/decode.ts";
import { type DicomJson, encodeJson } from "../../../../src/dicom/json/json.ts";
import { decodeJson, DicomJsonError, parseJson } from "../../../../src/dicom/json/json_decode.ts";
import { decodePart10 } from "../../../../src/dicom/part10.ts";
import { Tag } from "../../../../src/dicom/tag.ts";
import { TransferSyntax } from "../../../../src/dicom/uid.ts";
import { type Vr, vrRule, vrRules } from "../../../../src/dicom/vr.ts";

const dataSets = new URL("../../../golden/data_sets/", import.meta.url);

for await (const { name } of Deno.readDir(dataSets)) {
  if (!name.endsWith("_explicit.dcm")) continue;
  Deno.test(`parseJson() reads back what encodeJson() wrote of ${name}`, async () => {
    const { dataSet } = decodePart10(await Deno.readFile(new URL(name, dataSets)));
    const json = encodeJson(dataSet);
    const again = parseJson(json);
    assertEquals(encodeJson(again), json);
    assertEquals(again.strings(Tag.SpecificCharacterSet), ["ISO_IR 192"]);
    const bytes = encodeDataSet(again, TransferSyntax.ExplicitVrLittleEndian);
    assertEquals(encodeJson(decodeDataSet(bytes, TransferSyntax.ExplicitVrLittleEndian)), json);
  });
}

/** A generator of data sets that is the same for the same seed. */
class Generator {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(this.#state / 2 ** 32 * limit);
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }

  dataSet(depth: number): DataSet {
    const vrs = Object.keys(vrRules) as Vr[];
    const elements = Array.from({ length: this.below(12) }, () => {
      const vr = vrs[this.below(vrs.length)] ?? "UN";
      return element(0x0009_1000 + this.below(0x100), this.value(vr, depth), vr);
    });
    return new DataSet(elements);
  }

  value(vr: Vr, depth: number): Parameters<typeof element>[1] {
    const { kind, multiple, size } = vrRule(vr);
    if (kind === "sequence") {
      return Array.from({ length: depth > 3 ? 0 : this.below(3) }, () => this.dataSet(depth + 1));
    }
    if (kind === "bytes") return this.bytes(this.below(5) * 8);
    const count = multiple ? this.below(4) : this.below(2);
    const words = this.bytes(count * 8);
    const view = new DataView(words.buffer);
    if (kind === "bigint") {
      return Array.from(
        { length: count },
        (_, i) =>
          vr === "SV"
            ? view.getBigInt64(i * 8)
            : view.getBigUint64(i * 8) >> BigInt(this.below(64)),
      );
    }
    if (kind === "tag") return Array.from({ length: count }, (_, i) => view.getUint32(i * 8));
    if (vr === "FD") return Array.from({ length: count }, (_, i) => view.getFloat64(i * 8));
    if (vr === "FL") return Array.from({ length: count }, (_, i) => view.getFloat32(i * 8));
    if (kind === "number") {
      return Array.from({ length: count }, () => this.below(2 ** (8 * size - 1)));
    }
    const texts = Array.from({ length: count }, () => this.text(vr));
    return texts.every((text) => text === "") ? [] : texts;
  }

  text(vr: Vr): string {
    if (vr === "DS" || vr === "IS") {
      const samples = ["1", "1.50", "-2E3", "+1", "007", "", "x", "-0", "1e400", "123456789012"];
      return samples[this.below(samples.length)] ?? "";
    }
    const pieces = ["A", "b c", "^", "=", "é", "山", "😀", '"', "\x1b[", "\r\n", "0", "]", "#"];
    const text = Array.from({ length: this.below(6) }, () => pieces[this.below(pieces.length)])
      .join("");
    return text.replace(/[=\s]+$/, "").trimStart();
  }
}

Deno.test("parseJson() reads back whatever encodeJson() writes", () => {
  for (let seed = 1; seed <= 1500; seed++) {
    const dataSet = new Generator(seed).dataSet(0);
    const json = encodeJson(dataSet);
    const again = parseJson(json);
    assertEquals(valuesOf(again), valuesOf(dataSet), `SEED ${seed}`);
    assertEquals(encodeJson(again), json, `SEED ${seed}`);
    JSON.parse(json);
  }
});

function valuesOf(dataSet: DataSet): unknown[] {
  return Array.from(dataSet.elements(), ({ tag, vr, value, items }) => [
    tag,
    vr,
    vr === "SQ" ? items.map(valuesOf) : value,
  ]);
}

Deno.test("decodeJson() reads numbers and text for DS and IS, and keeps DS within 16 characters", () => {
  const dataSet = decodeJson({
    "00101030": { vr: "DS", Value: [72.5, "72.50", null, 1e-7, 0.1 + 0.2, 1 / 3] },
    "00200013": { vr: "IS", Value: [12, "+1", "007"] },
  });
  const decimals = dataSet.strings(0x00101030);
  assertEquals(decimals.slice(0, 4), ["72.5", "72.50", "", "1e-7"]);
  for (const [text, number] of [[decimals[4], 0.3], [decimals[5], 1 / 3]] as const) {
    assert(text !== undefined && text.length <= 16 && Math.abs(Number(text) - number) < 1e-13);
  }
  assertEquals(dataSet.strings(0x00200013), ["12", "+1", "007"]);
});

Deno.test("decodeJson() takes the dictionary's VR where there is none", () => {
  const json = JSON.parse(
    '{"0020000d":{"Value":["1.2"]},"00100010":{"Value":[{"Alphabetic":"A"}]}}',
  );
  assertEquals(
    encodeJson(decodeJson(json)),
    '{"00100010":{"vr":"PN","Value":[{"Alphabetic":"A"}]},"0020000D":{"vr":"UI","Value":["1.2"]}}',
  );
});

Deno.test("decodeJson() reads names as objects and as text, and empty items as null", () => {
  const dataSet = decodeJson({
    "00101001": {
      vr: "PN",
      Value: [{ Ideographic: "B" }, "A=B", null, {}, { Alphabetic: "A", Phonetic: "C" }],
    },
    "00400100": { vr: "SQ", Value: [null, {}] },
  });
  assertEquals(dataSet.strings(0x00101001), ["=B", "A=B", "", "", "A==C"]);
  assertEquals(dataSet.items(0x00400100).map(({ size }) => size), [0, 0]);
});

const mistakes: [string, unknown, string, string][] = [
  ["an array", [], "", "a data set must be an object"],
  ["a number", 4711, "", "a data set must be an object"],
  ["null", null, "", "a data set must be an object"],
  [
    "a name that is no tag",
    { PatientName: {} },
    "",
    "an attribute's name must be eight hexadecimal digits",
  ],
  [
    "a prototype",
    JSON.parse('{"__proto__":{}}'),
    "",
    "an attribute's name must be eight hexadecimal digits",
  ],
  [
    "an attribute that is no object",
    { "00100010": "DOE" },
    "00100010",
    "an attribute must be an object",
  ],
  ["an unknown VR", { "00100010": { vr: "ZZ" } }, "00100010", "vr must be a VR of the standard"],
  [
    "an inherited VR",
    { "00100010": { vr: "toString" } },
    "00100010",
    "vr must be a VR of the standard",
  ],
  [
    "no VR where nobody knows it",
    { "00091001": {} },
    "00091001",
    "vr must be a VR of the standard",
  ],
  [
    "a value that is no array",
    { "00100020": { vr: "LO", Value: "DOE" } },
    "00100020",
    "Value must be an array",
  ],
  [
    "bulk data",
    { "7FE00010": { vr: "OW", BulkDataURI: "http://x/" } },
    "7FE00010",
    "bulk data by URI cannot be read: put the value inline",
  ],
  [
    "values of bytes",
    { "7FE00010": { vr: "OW", Value: [1] } },
    "7FE00010",
    "the value of a OW must be InlineBinary",
  ],
  [
    "bytes of text",
    { "00100020": { vr: "LO", InlineBinary: "AA==" } },
    "00100020",
    "the value of a LO must be Value",
  ],
  [
    "both",
    { "00420011": { vr: "OB", Value: [], InlineBinary: "" } },
    "00420011",
    "there must be only one of Value and InlineBinary",
  ],
  [
    "no base64",
    { "00420011": { vr: "OB", InlineBinary: "DOE^" } },
    "00420011",
    "InlineBinary must be base64",
  ],
  [
    "bytes as a number",
    { "00420011": { vr: "OB", InlineBinary: 1 } },
    "00420011",
    "InlineBinary must be a string",
  ],
  [
    "a number as text",
    { "00100020": { vr: "LO", Value: ["A", 1] } },
    "00100020.Value[1]",
    "it cannot be a value of a LO",
  ],
  [
    "text as a number",
    { "00280010": { vr: "US", Value: ["1"] } },
    "00280010.Value[0]",
    "it cannot be a value of a US",
  ],
  [
    "null as a number",
    { "00280010": { vr: "US", Value: [null] } },
    "00280010.Value[0]",
    "it cannot be a value of a US",
  ],
  [
    "a number out of range",
    { "00280010": { vr: "US", Value: [65536] } },
    "00280010",
    "a value cannot be one of a US",
  ],
  [
    "half a number",
    { "00280010": { vr: "US", Value: [1.5] } },
    "00280010",
    "a value cannot be one of a US",
  ],
  [
    "half an integer string",
    { "00200013": { vr: "IS", Value: [1.5] } },
    "00200013.Value[0]",
    "it cannot be a value of a IS",
  ],
  [
    "no tag",
    { "00209165": { vr: "AT", Value: ["(0010,0010)"] } },
    "00209165.Value[0]",
    "it cannot be a value of a AT",
  ],
  [
    "a separator in a value",
    { "00100020": { vr: "LO", Value: ["A\\B"] } },
    "00100020",
    "a value cannot be one of a LO",
  ],
  [
    "two values of one",
    { "00104000": { vr: "LT", Value: ["A", "B"] } },
    "00104000",
    "a LT must have one value at most",
  ],
  [
    "a name's group that is no text",
    { "00100010": { vr: "PN", Value: [{ Alphabetic: 1 }] } },
    "00100010.Value[0].Alphabetic",
    "a component group must be a string",
  ],
  [
    "a name that is an array",
    { "00100010": { vr: "PN", Value: [[]] } },
    "00100010.Value[0]",
    "a name must be an object",
  ],
  [
    "a mistake within items",
    { "00400100": { vr: "SQ", Value: [{}, { "00400001": { vr: "AE", Value: [true] } }] } },
    "00400100.Value[1].00400001.Value[0]",
    "it cannot be a value of a AE",
  ],
];
for (const [what, json, path, message] of mistakes) {
  Deno.test(`decodeJson() refuses ${what} and says where`, () => {
    for (
      const decode of [() => decodeJson(json as DicomJson), () => parseJson(JSON.stringify(json))]
    ) {
      const error = assertThrows(decode, DicomJsonError);
      assertEquals(error.path, path);
      assertEquals(
        error.message,
        `Cannot read DICOM JSON${path === "" ? "" : ` at ${path}`}: ${message}`,
      );
      assert(error instanceof SyntaxError && !String(error.cause).includes("DOE"));
    }
  });
}

Deno.test("decodeJson() refuses an integer that JSON.parse changed, parseJson() reads it as written", () => {
  assertThrows(() => decodeJson({ "00720082": { vr: "SV", Value: [2 ** 60] } }), DicomJsonError);
  const dataSet = parseJson('{"00720082":{"vr":"SV","Value":[1152921504606846977]}}');
  assertEquals(dataSet.get(0x00720082)?.value, [1152921504606846977n]);
  const valueFirst = '{ "00720082": { "Value" : [ 1152921504606846977 ] , "vr" : "SV" } }';
  assertEquals(parseJson(valueFirst).get(0x00720082)?.value, [1152921504606846977n]);
});

Deno.test("parseJson() refuses what is no JSON and repeats nothing of it", () => {
  for (const text of ["", "{", '{"00100010":DOE}', "\ufeff{}"]) {
    const error = assertThrows(() => parseJson(text), DicomJsonError);
    assertEquals(error.message, "Cannot read DICOM JSON: it is no JSON");
    assertEquals(error.cause, undefined);
  }
});

Deno.test("parseJson() refuses sequences that nest without end", () => {
  const deep = '{"00400100":{"vr":"SQ","Value":['.repeat(80) + "{}" + "]}}".repeat(80);
  const error = assertThrows(() => parseJson(deep), DicomJsonError);
  assert(error.message.endsWith("sequences must not be nested deeper than 64"));
  assertThrows(() => parseJson("[".repeat(1_000_000)), DicomJsonError);
});
