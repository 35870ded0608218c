import { assertEquals } from "@std/assert";
import { ByteWriter } from "../../../../src/dicom/byte_writer.ts";
import { decodeDataSet, outlineDataSet } from "../../../../src/dicom/decode.ts";
import { encodeJson } from "../../../../src/dicom/json/json.ts";
import { Outline } from "../../../../src/dicom/outline.ts";
import { writeJson } from "../../../../src/dicom/json/outline_json.ts";
import { TransferSyntax } from "../../../../src/dicom/uid.ts";
import { hex } from "../../../support/hex.ts";

const { ExplicitVrLittleEndian, ExplicitVrBigEndian } = TransferSyntax;

/** An element of Explicit VR, its value a character a byte. */
function element(tag: number, vr: string, value: string, littleEndian = true): Uint8Array {
  const bytes = new Uint8Array(8 + value.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, tag >>> 16, littleEndian);
  view.setUint16(2, tag & 0xffff, littleEndian);
  bytes.set(latin1(vr), 4);
  view.setUint16(6, value.length, littleEndian);
  bytes.set(latin1(value), 8);
  return bytes;
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** The JSON of a data set from its bytes; fails where that of the decoded one is another. */
function jsonOf(bytes: Uint8Array, syntax: string = ExplicitVrLittleEndian): string {
  const outline = new Outline();
  const out = new ByteWriter(1);
  outlineDataSet(outline, bytes, syntax);
  writeJson(out, outline);
  const json = new TextDecoder().decode(out.bytes);
  assertEquals(json, encodeJson(decodeDataSet(bytes, syntax)));
  return json;
}

const values: [vr: string, value: string, json: string][] = [
  ["LO", "A B~", '["A B~"]'],
  ["LO", "  A  ", '["  A"]'],
  ["CS", " CT ", '["CT"]'],
  ["CS", " A \\ B \\\\C\0", '["A","B",null,"C"]'],
  ["CS", "\\", "[null,null]"],
  ["LO", 'A"B', '["A\\"B"]'],
  ["LO", "A\nB", '["A\\nB"]'],
  ["LO", "A\x7fB", '["A\x7fB"]'],
  ["ST", "A\\B", '["A\\\\B"]'],
  ["UR", "A\\B", '["A\\\\B"]'],
  ["LO", "M\xfcller", '["M\ufffdller"]'],
  ["PN", "Doe^Jane\\Roe", '[{"Alphabetic":"Doe^Jane"},{"Alphabetic":"Roe"}]'],
  ["PN", "A=B", '[{"Alphabetic":"A","Ideographic":"B"}]'],
  ["PN", "A\\", '[{"Alphabetic":"A"},null]'],
  ["DS", " 72.50 ", "[72.50]"],
  ["DS", "+1\\1e2\\.5\\-0", '["+1",1e2,".5",-0]'],
  ["DS", "1234567890.12345", "[1234567890.12345]"],
  ["DS", "1234567890.123456", '["1234567890.123456"]'],
  ["DS", "1e999", '["1e999"]'],
  ["IS", "007\\7", '["007",7]'],
  ["US", "\x01\x02\xff\xff", "[513,65535]"],
  ["SS", "\xff\xff", "[-1]"],
  ["AT", "\x10\x00\x20\x00", '["00100020"]'],
];

for (const [vr, value, json] of values) {
  Deno.test(`writeJson() writes ${vr} of ${JSON.stringify(value)}`, () => {
    // UR has a length of four bytes.
    const bytes = vr === "UR"
      ? Uint8Array.of(0x08, 0, 0x50, 0, 0x55, 0x52, 0, 0, value.length, 0, 0, 0, ...latin1(value))
      : element(0x0008_0050, vr, value);
    assertEquals(jsonOf(bytes), `{"00080050":{"vr":"${vr}","Value":${json}}}`);
  });
}

Deno.test("writeJson() writes attributes without a value, and leaves out group lengths", () => {
  for (const value of ["", "  ", "\0\0"]) {
    assertEquals(jsonOf(element(0x0010_0010, "PN", value)), '{"00100010":{"vr":"PN"}}');
  }
  assertEquals(jsonOf(element(0x0010_0000, "UL", "\0\0\0\0")), "{}");
  assertEquals(jsonOf(new Uint8Array(0)), "{}");
});

Deno.test("writeJson() says that text is UTF-8 where a character set is named, whatever its VR", () => {
  const expected = (vr: string): string => `{"00080005":{"vr":"${vr}","Value":["ISO_IR 192"]}}`;
  assertEquals(jsonOf(element(0x0008_0005, "CS", "ISO_IR 100")), expected("CS"));
  assertEquals(jsonOf(element(0x0008_0005, "US", "\x01\x00")), expected("US"));
  assertEquals(jsonOf(element(0x0008_0005, "CS", "")), '{"00080005":{"vr":"CS"}}');
});

Deno.test("writeJson() reads ASCII as the character set does", () => {
  const bytes = [
    ...element(0x0008_0005, "CS", "ISO_IR 13 "),
    ...element(0x0010_0010, "PN", "A~"),
  ];
  assertEquals(
    jsonOf(Uint8Array.from(bytes)),
    '{"00080005":{"vr":"CS","Value":["ISO_IR 192"]},' +
      '"00100010":{"vr":"PN","Value":[{"Alphabetic":"A‾"}]}}',
  );
});

Deno.test("writeJson() reads numbers in Big Endian", () => {
  assertEquals(
    jsonOf(element(0x0028_0010, "US", "\x01\x02", false), ExplicitVrBigEndian),
    '{"00280010":{"vr":"US","Value":[258]}}',
  );
});

Deno.test("writeJson() writes sequences without items, and items without attributes", () => {
  assertEquals(
    jsonOf(hex("4000 0001 5351 0000 00000000")),
    '{"00400100":{"vr":"SQ"}}',
  );
  const item = "FEFF00E0 0A000000 0800 6000 4353 0200 4354";
  assertEquals(
    jsonOf(hex(`4000 0001 5351 0000 1A000000 FEFF00E0 00000000 ${item}`)),
    '{"00400100":{"vr":"SQ","Value":[{},{"00080060":{"vr":"CS","Value":["CT"]}}]}}',
  );
});
