import { assert } from "@std/assert";
import { characterSetOf } from "../../src/dicom/text/character_set.ts";
import { decodeText, encodeText } from "../../src/dicom/text/text.ts";
import { dumpDataSet } from "../../src/dicom/dump/dump.ts";
import { DumpSyntaxError, parseDump } from "../../src/dicom/dump/dump_parse.ts";
import { encodeJson } from "../../src/dicom/json/json.ts";
import { DicomJsonError, parseJson } from "../../src/dicom/json/json_decode.ts";
import { fuzzRounds, fuzzSeed, SeededRandom } from "../support/seeded_random.ts";

const folder = "test/golden/text_forms";
const seed = fuzzSeed();

/** Texts of a kind, to damage. */
function golden(ending: string): string[] {
  return [...Deno.readDirSync(folder)]
    .filter(({ name }) => name.endsWith(ending))
    .map(({ name }) => Deno.readTextFileSync(`${folder}/${name}`));
}

/** Cuts, swaps, doubles and replaces pieces of a text. */
function damage(
  random: SeededRandom,
  text: string,
  pieces: readonly [string, ...string[]],
): string {
  let damaged = text;
  for (let count = 1 + random.below(6); count > 0; count--) {
    const at = random.below(damaged.length + 1);
    const end = random.oneIn(3) ? at : Math.min(damaged.length, at + random.below(40));
    const filling = random.oneIn(4) ? damaged.slice(at, end).repeat(3) : random.pick(pieces);
    damaged = damaged.slice(0, at) + filling + damaged.slice(end);
  }
  return damaged;
}

Deno.test(`parseDump() of damaged dumps ends in a data set or a DumpSyntaxError, SEED=${seed}`, () => {
  const random = new SeededRandom(seed);
  const dumps = golden(".dump");
  const pieces = [
    "",
    "\n",
    "[",
    "]",
    "(",
    ")",
    "=",
    "#",
    "\\",
    "(fffe,e0dd) na\n",
    "SQ",
    "\x1b$B",
    "\ud800",
    "🙂",
  ] as const;
  for (let round = 0; round < fuzzRounds(1500); round++) {
    const dump = damage(random, dumps[random.below(dumps.length)] ?? "", pieces);
    for (const source of [dump, new TextEncoder().encode(dump), random.bytes(random.below(200))]) {
      try {
        const dataSet = parseDump(source);
        assert(encodeJson(dataSet).isWellFormed());
        parseDump(dumpDataSet(dataSet));
      } catch (error) {
        if (!(error instanceof DumpSyntaxError)) throw error;
      }
    }
  }
});

Deno.test(`parseJson() of damaged JSON ends in a data set or a DicomJsonError, SEED=${seed}`, () => {
  const random = new SeededRandom(seed);
  const texts = golden(".json");
  const pieces = [
    "",
    "{}",
    "[]",
    "null",
    '"vr"',
    '"Value":',
    '"SQ"',
    "1e999",
    '"\\ud800"',
    "{",
    "}",
    ",",
    "-",
  ] as const;
  for (let round = 0; round < fuzzRounds(3000); round++) {
    try {
      const dataSet = parseJson(damage(random, texts[random.below(texts.length)] ?? "", pieces));
      assert(encodeJson(dataSet).isWellFormed());
      dumpDataSet(dataSet);
    } catch (error) {
      if (!(error instanceof DicomJsonError)) throw error;
    }
  }
});

Deno.test(`decodeText() reads any bytes, and encodeText() writes back what it read, SEED=${seed}`, () => {
  const random = new SeededRandom(seed);
  const sets: readonly [readonly string[], ...(readonly string[])[]] = [
    [],
    ["ISO_IR 100"],
    ["ISO_IR 13"],
    ["ISO_IR 127"],
    ["ISO_IR 166"],
    ["ISO_IR 192"],
    ["GB18030"],
    ["GBK"],
    ["", "ISO 2022 IR 149"],
    ["", "ISO 2022 IR 58"],
    ["ISO 2022 IR 6", "ISO 2022 IR 87", "ISO 2022 IR 159"],
    ["ISO 2022 IR 13", "ISO 2022 IR 87"],
    ["ISO 2022 IR 100", "ISO 2022 IR 144", "ISO 2022 IR 126"],
    ["shift_jis"],
  ];
  const likely = new TextEncoder().encode("\x1b\x1b$()-ABCDIJLM\\^=\r\n;3ED ");
  for (let round = 0; round < fuzzRounds(40_000); round++) {
    const bytes = random.bytes(random.below(24));
    for (let at = 0; at < bytes.length; at++) {
      if (random.oneIn(2)) bytes[at] = likely[random.below(likely.length)] ?? 0;
    }
    const characterSet = characterSetOf(random.pick(sets));
    const vr = random.pick(["PN", "LO", "LT"]);
    let isFlawless = true;
    const text = decodeText(bytes, 0, bytes.length, characterSet, vr, () => isFlawless = false);
    assert(text.isWellFormed() && text.length <= bytes.length);
    try {
      const again = encodeText(text, characterSet, vr);
      assert(decodeText(again, 0, again.length, characterSet, vr) === text, bytes.toHex());
    } catch (error) {
      // vendors' characters, and a yen sign as a separator, are read but never written
      if (!(error instanceof RangeError)) throw error;
      assert(!isFlawless || /[^\0-\x7f]|\\/.test(text), bytes.toHex());
    }
  }
});
