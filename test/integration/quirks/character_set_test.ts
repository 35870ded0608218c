import { assertEquals } from "@std/assert";
import { eventLines } from "../../../src/daemon/poll/poll_report.ts";
import {
  answering,
  QuirkBench,
  rawElement,
  rawSequence,
  rawStep,
} from "../../support/quirk_bench.ts";

const esc = "\x1b";

/** What peers send, byte by byte, and whose name that is; Japanese and Korean from PS3.5 Annexes H and I. */
const names: Record<string, {
  peer?: string;
  characterSet?: string;
  name: string;
  is: Readonly<Record<string, string>>;
  warns?: boolean;
}> = {
  "quirk 3: Latin-1 bytes without a character set, with a default": {
    peer: "character_set: { default: ISO_IR 100 }",
    name: "M\xFCller^\xC4nne",
    is: { Alphabetic: "Müller^Änne" },
  },
  "quirk 3: the same with neither": {
    name: "M\xFCller^\xC4nne",
    is: { Alphabetic: "M\uFFFDller^\uFFFDnne" },
    warns: true,
  },
  "quirk 3: windows-1252 labelled ISO_IR 100, with an override": {
    peer: "character_set: { override: windows-1252 }",
    characterSet: "ISO_IR 100",
    name: "O\x92Neill^Zo\xEB",
    is: { Alphabetic: "O\u2019Neill^Zoë" },
  },
  "quirk 3: the same without the override": {
    characterSet: "ISO_IR 100",
    name: "O\x92Neill^Zo\xEB",
    is: { Alphabetic: "O\u2019Neill^Zoë" },
    // 0x92 is a control in every character set of the standard: read, and counted.
    warns: true,
  },
  "quirk 3: UTF-8 labelled ISO_IR 100, with an override": {
    peer: "character_set: { override: ISO_IR 192 }",
    characterSet: "ISO_IR 100",
    name: "M\xC3\xBCller^\xC3\x84nne",
    is: { Alphabetic: "Müller^Änne" },
  },
  "quirk 3: broken UTF-8": {
    characterSet: "ISO_IR 192",
    name: "M\xFCller^Jan",
    is: { Alphabetic: "M\uFFFDller^Jan" },
    warns: true,
  },
  "quirk 4: an empty first value, ideographs and their reading": {
    characterSet: "\\ISO 2022 IR 87",
    name: `Yamada^Tarou=${esc}$B;3ED${esc}(B^${esc}$BB@O:${esc}(B` +
      `=${esc}$B$d$^$@${esc}(B^${esc}$B$?$m$&${esc}(B`,
    is: { Alphabetic: "Yamada^Tarou", Ideographic: "山田^太郎", Phonetic: "やまだ^たろう" },
  },
  "quirk 4: half-width katakana": {
    characterSet: "ISO 2022 IR 13\\ISO 2022 IR 87",
    name: `\xD4\xCF\xC0\xDE^\xC0\xDB\xB3=${esc}$B;3ED${esc}(J^${esc}$BB@O:${esc}(J`,
    is: { Alphabetic: "ﾔﾏﾀﾞ^ﾀﾛｳ", Ideographic: "山田^太郎" },
  },
  "quirk 4: Korean, whose escape holds until the delimiter": {
    characterSet: "\\ISO 2022 IR 149",
    name: `Hong^Gildong=${esc}$)C\xFB\xF3^${esc}$)C\xD1\xCE\xD4\xD7` +
      `=${esc}$)C\xC8\xAB^${esc}$)C\xB1\xE6\xB5\xBF`,
    is: { Alphabetic: "Hong^Gildong", Ideographic: "洪^吉洞", Phonetic: "홍^길동" },
  },
  "quirk 4: simplified Chinese by ISO 2022": {
    characterSet: "\\ISO 2022 IR 58",
    name: `Zhang^XiaoDong=${esc}$)A\xD5\xC5^${esc}$)A\xD0\xA1\xB6\xAB`,
    is: { Alphabetic: "Zhang^XiaoDong", Ideographic: "张^小东" },
  },
  "quirk 4: GB18030": {
    characterSet: "GB18030",
    name: "Wang^XiaoDong=\xCD\xF5^\xD0\xA1\xB6\xAB",
    is: { Alphabetic: "Wang^XiaoDong", Ideographic: "王^小东" },
  },
  "quirk 4: the misspelt ISO-IR 100": {
    characterSet: "ISO-IR 100",
    name: "M\xFCller^Jan",
    is: { Alphabetic: "Müller^Jan" },
    warns: true,
  },
  "quirk 4: the misspelt ISO_IR_100": {
    characterSet: "ISO_IR_100",
    name: "M\xFCller^Jan",
    is: { Alphabetic: "Müller^Jan" },
    warns: true,
  },
  "quirk 4: ISO 2022 IR 100 alone": {
    characterSet: "ISO 2022 IR 100",
    name: "M\xFCller^Jan",
    is: { Alphabetic: "Müller^Jan" },
    warns: true,
  },
};

for (const [what, { peer = "", characterSet, name, is, warns = false }] of Object.entries(names)) {
  Deno.test(`${what}: the name is as it should be, once, and the poll complete`, async () => {
    await using bench = new QuirkBench({ peer });
    const match = rawStep("S1", { name, ...(characterSet !== undefined && { characterSet }) });
    const report = await bench.report(answering([match]));
    assertEquals([report.complete, report.counts.added, report.warnings > 0], [true, 1, warns]);
    const [line = ""] = eventLines(report.changes);
    assertEquals(JSON.parse(line).data.after["00100010"].Value, [is]);
    await bench.quiet(3, answering([match]));
  });
}

Deno.test("quirk 4: a name in another character set is no change", async () => {
  await using bench = new QuirkBench();
  const latin = rawStep("S1", { characterSet: "ISO_IR 100", name: "M\xFCller^Jan" });
  const utf8 = rawStep("S1", { characterSet: "ISO_IR 192", name: "M\xC3\xBCller^Jan" });
  assertEquals(await bench.poll(answering([latin])), ["added S1"]);
  await bench.quiet(2, answering([utf8]));
  await bench.quiet(2, answering([latin]));
});

Deno.test("quirk 5: items inherit the character set around them, unless they have their own", async () => {
  await using bench = new QuirkBench();
  const match = rawStep("S1", {
    characterSet: "ISO_IR 100",
    name: "M\xFCller^Jan",
    more: [
      rawElement(0x00400007, "LO", "Sch\xE4del"),
      rawSequence(0x00400008, [
        rawElement(0x00080005, "CS", "ISO_IR 192"),
        rawElement(0x00080104, "LO", "Sch\xC3\xA4del CT"),
      ], [rawElement(0x00080104, "LO", "Kn\xF6chel")]),
    ],
  });
  const report = await bench.report(answering([match]));
  const [line = ""] = eventLines(report.changes);
  const [step] = JSON.parse(line).data.after["00400100"].Value;
  assertEquals(step["00400007"].Value, ["Schädel"]);
  const codes: { "00080104": { Value: string[] } }[] = step["00400008"].Value;
  assertEquals(codes.map((code) => code["00080104"].Value[0]), ["Schädel CT", "Knöchel"]);
  await bench.quiet(2, answering([match]));
});
