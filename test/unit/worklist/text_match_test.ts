import { assertEquals, assertThrows } from "@std/assert";
import { textMatcher } from "../../../src/worklist/text_match.ts";

const json = {
  "00080050": { vr: "SH", Value: ["A4711"] },
  "00100010": {
    vr: "PN",
    Value: [{ Alphabetic: "Müller-Łuk^Zoë^O'Neil", Ideographic: "山田^太郎" }],
  },
  "00100020": { vr: "LO", Value: ["P1007"] },
  "0020000D": { vr: "UI", Value: ["1.2.3"] },
  "00321060": { vr: "LO", Value: ["KNEE"] },
  "00400100": { vr: "SQ", Value: [{ "00400009": { vr: "SH", Value: ["SPS1"] } }] },
};

const rows: readonly (readonly [text: string, found: boolean, why: string])[] = [
  ["muller", true, "an accent does not count"],
  ["MUELLER", true, "an umlaut may be two letters"],
  ["luk", true, "a stroke does not count, and a hyphen parts words"],
  ["zoe mül", true, "words stand in any order"],
  ["ZOË^MÜLLER", true, "a name may be written as DICOM does"],
  ["o'neil", true, "an apostrophe is part of a word"],
  ["山田", true, "another group of the name"],
  ["uller", false, "a part of a word that does not begin it"],
  ["muller jane", false, "each word has to be there"],
  ["p1007", true, "a patient ID, case does not count"],
  ["P100", false, "a part of a patient ID"],
  ["a4711", true, "an accession number"],
  ["sps1", true, "a step id inside a sequence"],
  ["1.2.3", true, "a UID"],
  ["1.2", false, "a part of a UID"],
  ["KNEE", false, "a description is no identifier"],
];

for (const [text, found, why] of rows) {
  Deno.test(`a text ${found ? "finds" : "does not find"} an item by ${why}: ${text}`, () => {
    assertEquals(textMatcher(text)(json), found);
  });
}

Deno.test("an empty text is refused, and data sets without values match nothing", () => {
  assertThrows(() => textMatcher("  "), SyntaxError);
  assertEquals(textMatcher("x")({ "00100010": { vr: "PN" }, "00400100": { vr: "SQ" } }), false);
  assertEquals(textMatcher("^")({ "00100010": { vr: "PN", Value: [null] } }), false);
  assertEquals(textMatcher("x")(null), false);
});
