import { assert, assertEquals, assertThrows } from "@std/assert";
import { dumpDataSet } from "../../../../src/dicom/dump/dump.ts";
import { DumpSyntaxError, parseDump } from "../../../../src/dicom/dump/dump_parse.ts";
import { encodeJson } from "../../../../src/dicom/json/json.ts";
import { decodePart10 } from "../../../../src/dicom/part10.ts";

const dataSets = new URL("../../../golden/data_sets/", import.meta.url);

for await (const { name } of Deno.readDir(dataSets)) {
  if (!name.endsWith(".dcm")) continue;
  Deno.test(`parseDump() reads what dumpDataSet() printed of ${name}`, async () => {
    const { dataSet } = decodePart10(await Deno.readFile(new URL(name, dataSets)));
    assertEquals(encodeJson(parseDump(dumpDataSet(dataSet))), encodeJson(dataSet));
  });
}

/** What a line holds, as JSON. */
const jsonOf = (dump: string | Uint8Array): unknown => JSON.parse(encodeJson(parseDump(dump)));

const lines: [string, string, unknown][] = [
  ["text in brackets", "(0010,0020) LO [A 1]", { "00100020": { vr: "LO", Value: ["A 1"] } }],
  ["bare text", "(0010,0020) LO  A1 # 2, 1", { "00100020": { vr: "LO", Value: ["A1"] } }],
  ["no VR", "(0010,0020) [A1]", { "00100020": { vr: "LO", Value: ["A1"] } }],
  ["no VR, bare", "(0010,0020) A1", { "00100020": { vr: "LO", Value: ["A1"] } }],
  ["unknown VRs as dcmdump writes them", "(0010,0020) ?? A1", {
    "00100020": { vr: "LO", Value: ["A1"] },
  }],
  ["spaces and tabs anywhere", " ( 0010 ,\t0020 )LO [A1]", {
    "00100020": { vr: "LO", Value: ["A1"] },
  }],
  ["brackets and # within brackets", "(0010,0020) LO [a [#] b] # c", {
    "00100020": { vr: "LO", Value: ["a [#] b"] },
  }],
  ["several values", "(0008,0061) CS [CT\\\\MR ]", {
    "00080061": { vr: "CS", Value: ["CT", null, "MR"] },
  }],
  ["backslashes of text of one value", "(0010,4000) LT [a\\b]", {
    "00104000": { vr: "LT", Value: ["a\\b"] },
  }],
  ["empty brackets", "(0010,0010) PN []", { "00100010": { vr: "PN" } }],
  ["nothing", "(0010,0010) PN", { "00100010": { vr: "PN" } }],
  ["a remark that there is nothing", "(0010,0010) PN (no value available) # 0, 0", {
    "00100010": { vr: "PN" },
  }],
  ["names of UIDs", "(0008,0016) UI =MRImageStorage", {
    "00080016": { vr: "UI", Value: ["1.2.840.10008.5.1.4.1.1.4"] },
  }],
  ["an equals sign of text", "(0010,0010) PN =YAMADA", {
    "00100010": { vr: "PN", Value: [{ Ideographic: "YAMADA" }] },
  }],
  ["numbers", "(0028,1101) US 512\\0\\ 8 # x", { "00281101": { vr: "US", Value: [512, 0, 8] } }],
  ["floating point", "(0018,9461) FL 0.5\\-1.25e+01\\inf\\nan", {
    "00189461": { vr: "FL", Value: [0.5, -12.5, "Infinity", "NaN"] },
  }],
  ["tags", "(0020,9165) AT (0010,0010)\\(7fe0,0010)", {
    "00209165": { vr: "AT", Value: ["00100010", "7FE00010"] },
  }],
  ["bytes", "(0042,0011) OB 00\\1\\ff", { "00420011": { vr: "OB", InlineBinary: "AAH/" } }],
  ["words", "(7fe0,0010) OW 0100\\ff", { "7FE00010": { vr: "OW", InlineBinary: "AAH/AA==" } }],
  ["symbols of control characters", "(0010,4000) LT [a␍␊b␡]", {
    "00104000": { vr: "LT", Value: ["a\r\nb\x7f"] },
  }],
  ["the first of two lines with one tag", "(0010,0020) LO [A]\n(0010,0020) LO [B]", {
    "00100020": { vr: "LO", Value: ["A"] },
  }],
  ["lines in any order", "(0010,0020) LO [A]\n(0008,0050) SH [B]", {
    "00080050": { vr: "SH", Value: ["B"] },
    "00100020": { vr: "LO", Value: ["A"] },
  }],
  ["comments and empty lines", "\n# a\r\n   # b\n\t\n", {}],
  ["nothing at all", "", {}],
  [
    "no file meta information and no group lengths",
    "(0002,0010) UI =LittleEndianExplicit\n(0008,0000) UL 8\n(0010,0020) LO [A]",
    { "00100020": { vr: "LO", Value: ["A"] } },
  ],
  [
    "sequences as people write them",
    "(0040,0100) SQ\n(fffe,e000) -\n(0008,0060) CS  MR\n(fffe,e00d) -\n(fffe,e0dd) -\n(0040,1001) SH R1",
    {
      "00400100": { vr: "SQ", Value: [{ "00080060": { vr: "CS", Value: ["MR"] } }] },
      "00401001": { vr: "SH", Value: ["R1"] },
    },
  ],
  [
    "sequences whose ends were left out",
    "(0040,0100) SQ\n(fffe,e000) na\n(0008,1111) SQ\n(fffe,e00d) na\n(fffe,e000) na\n(0008,0060) CS MR",
    {
      "00400100": {
        vr: "SQ",
        Value: [{ "00081111": { vr: "SQ" } }, { "00080060": { vr: "CS", Value: ["MR"] } }],
      },
    },
  ],
  [
    "a sequence without items before its sibling",
    "(0040,0100) SQ (Sequence with explicit length #=0)\n(0040,1001) SH R1",
    { "00400100": { vr: "SQ" }, "00401001": { vr: "SH", Value: ["R1"] } },
  ],
];
for (const [what, dump, json] of lines) {
  Deno.test(`parseDump() reads ${what}`, () => assertEquals(jsonOf(dump), json));
}

const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const name = (text: string): unknown => ({ vr: "PN", Value: [{ Alphabetic: text }] });

Deno.test("parseDump() reads bytes that are UTF-8 as such", () => {
  const dump = new TextEncoder().encode("(0008,0005) CS [ISO_IR 100]\n(0010,0010) PN [Müller]");
  assertEquals(parseDump(dump).string(0x00100010), "Müller");
  assertEquals(parseDump(dump).characterSet, ["ISO_IR 100"]);
});

Deno.test("parseDump() reads other bytes in the character set that they name, item by item", () => {
  const dump = bytesOf(
    "(0010,0010) PN [M\xfcller]\n(0008,0005) CS [ISO_IR 100]\n(0040,0100) SQ\n(fffe,e000) na\n" +
      "(0040,0006) PN [M\xfcller]\n(fffe,e00d) na\n(fffe,e000) na\n(0008,0005) CS [ISO_IR 144]\n" +
      "(0040,0006) PN [\xc1]\n(fffe,e00d) na\n(fffe,e0dd) na\n",
  );
  assertEquals(jsonOf(dump), {
    "00080005": { vr: "CS", Value: ["ISO_IR 192"] },
    "00100010": name("Müller"),
    "00400100": {
      vr: "SQ",
      Value: [{ "00400006": name("Müller") }, {
        "00080005": { vr: "CS", Value: ["ISO_IR 192"] },
        "00400006": name("С"),
      }],
    },
  });
  const japanese = bytesOf("(0008,0005) CS [\\ISO 2022 IR 87]\n(0010,0010) PN [\x1b$B;3ED\x1b(B]");
  assertEquals(parseDump(japanese).string(0x00100010), "山田");
});

const mistakes: [string, number, string][] = [
  ["(0010,0010) PN [A]\nDOE^JANE", 2, "it does not begin with a tag (gggg,eeee)"],
  ["(0010,00x0) PN [A]", 1, "it does not begin with a tag (gggg,eeee)"],
  ["(0010,0010) ZZ [A]", 1, "its VR is not of the standard"],
  ["\n(0009,1001) [A]", 2, "the dictionary has no VR for it: give one"],
  ["(0010,0020) LO [DOE", 1, "its value has no closing bracket"],
  ["(0008,0016) UI =NoSuchClass", 1, "no UID has this name"],
  ["(7fe0,0010) OB =/etc/passwd", 1, "values are not read from files"],
  [
    "(7fe0,0010) OB (PixelSequence #=2)",
    1,
    "it has a remark in place of a value: put text in [brackets]",
  ],
  ["(7fe0,0010) OW (not loaded)", 1, "it has a remark in place of a value: put text in [brackets]"],
  ["(0042,0011) OB 00\\01...", 1, "its value was cut"],
  ["(0042,0011) OB 100", 1, "its value cannot be one of a OB"],
  ["(0042,0011) OB 0x1", 1, "its value cannot be one of a OB"],
  ["(0028,0010) US 65536", 1, "its value cannot be one of a US"],
  ["(0028,0010) US DOE", 1, "its value cannot be one of a US"],
  ["(0018,9461) FL 1\\\\2", 1, "its value cannot be one of a FL"],
  ["(0020,9165) AT 4711", 1, "its value cannot be one of a AT"],
  ["(fffe,e000) na", 1, "it belongs to no sequence"],
  ["(0040,0100) SQ\n(fffe,e00d) na", 2, "it ends no item"],
  ["(0040,0100) SQ\n(fffe,e0aa) na", 2, "there is no such tag"],
  [
    "(0040,0100) SQ\n(fffe,e000) na\n".repeat(70),
    129,
    "sequences must not be nested deeper than 64",
  ],
];
for (const [dump, line, message] of mistakes) {
  Deno.test(`parseDump() says of line ${line} of ${JSON.stringify(dump.slice(0, 50))} that ${message}`, () => {
    const error = assertThrows(() => parseDump(dump), DumpSyntaxError);
    assertEquals(error.message, `Cannot read dump at line ${line}: ${message}`);
    assertEquals(error.line, line);
    assert(!String(error.cause).includes("DOE"));
  });
}

Deno.test("parseDump() takes time in proportion to the dump, however it is malformed", () => {
  const started = performance.now();
  for (
    const dump of ["(".repeat(100_000), `(0010,0020) LO ${" ".repeat(100_000)}x`, "[".repeat(1e5)]
  ) {
    try {
      parseDump(dump);
    } catch (error) {
      if (!(error instanceof DumpSyntaxError)) throw error;
    }
  }
  assert(performance.now() - started < 2000);
});
