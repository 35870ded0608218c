import { assertEquals, assertThrows } from "@std/assert";
import { characterSetOf } from "../../../../src/dicom/text/character_set.ts";
import { chooseCharacterSet, decodeText, encodeText } from "../../../../src/dicom/text/text.ts";
import {
  type CodeElement,
  gb2312,
  jisX0208,
  jisX0212,
  ksX1001,
} from "../../../../src/dicom/code_element.ts";
import { isVr, type Vr } from "../../../../src/dicom/vr.ts";

interface Golden {
  names: {
    name: string;
    terms: string[];
    vr: string;
    bytes: string;
    text: string;
    writes?: boolean;
  }[];
  tables: Record<string, { characters: number; sha256: string }>;
}

const golden: Golden = JSON.parse(
  await Deno.readTextFile(new URL("../../../golden/character_sets.json", import.meta.url)),
);

function vrOf(text: string): Vr {
  if (!isVr(text)) throw new Error(`No VR: ${text}`);
  return text;
}

/** Decodes what `hex` or Latin-1 `text` holds, from the middle of a larger buffer. */
function decoded(
  terms: string[],
  vr: Vr,
  bytes: Uint8Array,
  policy = {},
): { text: string; problems: number } {
  const buffer = new Uint8Array(bytes.length + 4).fill(0xe9);
  buffer.set(bytes, 2);
  let problems = 0;
  const text = decodeText(
    buffer,
    2,
    2 + bytes.length,
    characterSetOf(terms, policy),
    vr,
    (count) => problems += count,
  );
  return { text, problems };
}

const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(text, (letter) => letter.charCodeAt(0));

for (const { name, terms, vr, bytes, text, writes } of golden.names) {
  Deno.test(`decodeText() reads ${name}`, () => {
    assertEquals(decoded(terms, vrOf(vr), Uint8Array.fromHex(bytes)), { text, problems: 0 });
  });
  if (writes === false) continue;
  Deno.test(`encodeText() writes ${name}`, () => {
    assertEquals(encodeText(text, characterSetOf(terms), vrOf(vr)).toHex(), bytes);
  });
}

const tables: [string, CodeElement][] = [
  ["ISO 2022 IR 87", jisX0208],
  ["ISO 2022 IR 159", jisX0212],
  ["ISO 2022 IR 149", ksX1001],
  ["ISO 2022 IR 58", gb2312],
];
for (const [term, element] of tables) {
  Deno.test(`encodeText() writes exactly the characters of ${term}`, async () => {
    const lines = [...element.codes()]
      .filter(([unit]) => unit !== 0x3164) // the filler of KS X 1001, which Python's codec leaves out
      .sort(([, a], [, b]) => a - b)
      .map(([unit, code]) => `${code.toString(16)} ${String.fromCharCode(unit)}\n`);
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(lines.join("")));
    assertEquals(
      { characters: lines.length, sha256: new Uint8Array(digest).toHex() },
      golden.tables[term],
    );
  });
}

const spellings: [string[], string[]][] = [
  [["ISO_IR 100"], ["ISO_IR 100"]],
  [["ISO-IR 100"], ["ISO_IR 100"]],
  [["ISO_IR_100"], ["ISO_IR 100"]],
  [["ISO IR 100"], ["ISO_IR 100"]],
  [["iso_ir 100"], ["ISO_IR 100"]],
  [["ISO 2022 IR 100"], ["ISO_IR 100"]],
  [["ISO_IR100"], ["ISO_IR 100"]],
  [["UTF-8"], ["ISO_IR 192"]],
  [["utf8"], ["ISO_IR 192"]],
  [["ISO 2022 IR 192"], ["ISO_IR 192"]],
  [["ISO 2022 GBK"], ["GBK"]],
  [["gb18030"], ["GB18030"]],
  [["ISO 2022 58"], ["ISO 2022 IR 58"]],
  [["ISO_IR 149"], ["ISO 2022 IR 149"]],
  [["ISO_IR 13", "ISO 2022 IR 87"], ["ISO 2022 IR 13", "ISO 2022 IR 87"]],
  [["", "ISO-2022-IR-87"], ["", "ISO 2022 IR 87"]],
  [["ISO_IR 100", "ISO_IR 192"], ["ISO 2022 IR 100"]],
  [["ISO_IR 192", "ISO 2022 IR 100"], ["ISO_IR 192"]],
  [["", "ISO_IR 192"], ["ISO_IR 192"]],
  [["", "GB18030"], ["GB18030"]],
  [["", "GBK"], ["GBK"]],
  [["ISO 2022 IR 6", "ISO_IR 192"], ["ISO_IR 192"]],
  [["KLINGON", "ISO_IR 192"], ["ISO_IR 192"]],
  [["", "ISO 2022 IR 87", "ISO_IR 192"], ["", "ISO 2022 IR 87"]],
  [["windows-1252"], ["windows-1252"]],
  [["latin2"], ["latin2"]],
  [["shift_jis"], ["shift_jis"]],
  [["utf-16le"], []],
  [["KLINGON"], []],
  [["ISO_IR 999"], []],
  [["ISO 2022 IR 100", "KLINGON"], ["ISO 2022 IR 100"]],
  [["ISO_IR 6"], ["ISO_IR 6"]],
  [[""], []],
  [[], []],
];
const flawless = [
  "ISO_IR 100",
  "ISO_IR 6",
  "windows-1252",
  "latin2",
  "shift_jis",
  "",
];
for (const [terms, canonical] of spellings) {
  Deno.test(`characterSetOf() understands ${JSON.stringify(terms)}`, () => {
    const characterSet = characterSetOf(terms);
    assertEquals(characterSet.terms, canonical);
    const isFlawless = terms.length === 0 ||
      (terms.length === 1 && flawless.includes(terms.join()));
    assertEquals(characterSet.problems.length === 0, isFlawless);
  });
}

Deno.test("characterSetOf() repeats nothing of an unknown term in its problems", () => {
  const { problems } = characterSetOf(["DOE^JANE"]);
  assertEquals(problems, ["value 1 of Specific Character Set is not a known term"]);
});

Deno.test("characterSetOf() gives way to the policy's default without a term or with an unknown one", () => {
  const policy = { default: "ISO 2022 IR 13\\ISO 2022 IR 87" };
  assertEquals(characterSetOf([], policy).terms, ["ISO 2022 IR 13", "ISO 2022 IR 87"]);
  assertEquals(characterSetOf([""], policy).terms, ["ISO 2022 IR 13", "ISO 2022 IR 87"]);
  assertEquals(characterSetOf(["X"], policy).terms, ["ISO 2022 IR 13", "ISO 2022 IR 87"]);
  assertEquals(characterSetOf(["", "ISO 2022 IR 149"], policy).terms, ["", "ISO 2022 IR 149"]);
  assertEquals(characterSetOf(["ISO_IR 100"], policy).terms, ["ISO_IR 100"]);
});

Deno.test("characterSetOf() prefers the policy's override to whatever a data set names", () => {
  assertEquals(characterSetOf(["ISO_IR 100"], { override: "windows-1251" }).terms, [
    "windows-1251",
  ]);
});

Deno.test("characterSetOf() forgets what peers make it remember", () => {
  for (let index = 0; index < 2000; index++) {
    assertEquals(characterSetOf([`X${index}`]).terms, []);
  }
});

Deno.test("decodeText() makes U+FFFD of a byte that the set lacks and counts it", () => {
  assertEquals(decoded([], "PN", bytesOf("M\xfcller^J\xf6rg")), {
    text: "M\ufffdller^J\ufffdrg",
    problems: 2,
  });
  assertEquals(decoded(["ISO_IR 192"], "LO", bytesOf("M\xfcller")).text, "M\ufffdller");
  assertEquals(decoded(["ISO_IR 192"], "LO", bytesOf("M\xfcller")).problems, 1);
  assertEquals(decoded(["ISO_IR 192"], "LO", bytesOf("\xe5\xb0\\A")).text, "\ufffd\\A");
  assertEquals(decoded(["ISO_IR 127"], "LO", bytesOf("\xff")).text, "\ufffd");
  assertEquals(decoded(["GB18030"], "LO", bytesOf("\xff\\A")).text, "\ufffd\\A");
});

Deno.test("decodeText() reads Latin-1 without a term by the policy's default", () => {
  assertEquals(decoded([], "PN", bytesOf("M\xfcller"), { default: "ISO_IR 100" }), {
    text: "Müller",
    problems: 0,
  });
});

Deno.test("decodeText() reads Windows-1252 under the name of ISO_IR 100 and counts it", () => {
  assertEquals(decoded(["ISO_IR 100"], "PN", bytesOf("D\x92Angelo^Zo\xeb \x80\x81")), {
    text: "D’Angelo^Zoë €\ufffd",
    problems: 3,
  });
  assertThrows(() => encodeText("D’Angelo", characterSetOf(["ISO_IR 100"]), "PN"), RangeError);
});

Deno.test("decodeText() reads Windows-1252 by its own name, and counts only what it lacks", () => {
  const override = { override: "windows-1252" };
  assertEquals(decoded(["ISO_IR 100"], "PN", bytesOf("D\x92Angelo^Zo\xeb \x80\x81"), override), {
    text: "D’Angelo^Zoë €\ufffd",
    problems: 1,
  });
});

Deno.test("decodeText() puts Value 1 back in force at each delimiter of the VR", () => {
  const terms = ["ISO 2022 IR 100", "ISO 2022 IR 144"];
  const bytes = bytesOf("\x1b-L\xd0^\xd0=\xd0\\\xd0\r\n\xd0");
  assertEquals(decoded(terms, "PN", bytes).text, "а^Ð=Ð\\Ð\r\nÐ");
  assertEquals(decoded(terms, "LO", bytes).text, "а^а=а\\Ð\r\nÐ");
  assertEquals(decoded(terms, "LT", bytes).text, "а^а=а\\а\r\nÐ");
});

Deno.test("decodeText() reads UTF-8 and GB18030 named as the second value after an empty first one", () => {
  const utf8 = new TextEncoder().encode("Müller^山田");
  assertEquals(decoded(["", "ISO_IR 192"], "PN", utf8), { text: "Müller^山田", problems: 0 });
  assertEquals(decoded(["", "GB18030"], "PN", bytesOf("\xcd\xf5^\xd0\xa1\xb6\xab")), {
    text: "王^小东",
    problems: 0,
  });
});

const alone: [string, string, string][] = [
  ["ISO 2022 IR 149", "김^희중", "\x1b$)C\xb1\xe8^\x1b$)C\xc8\xf1\xc1\xdf"],
  ["ISO 2022 IR 149", "A홍\\길", "\x1b$)CA\xc8\xab\\\x1b$)C\xb1\xe6"],
  ["ISO 2022 IR 58", "张^小东", "\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab"],
];
for (const [term, text, bytes] of alone) {
  Deno.test(`encodeText() writes the same escape sequences for ${term} alone as after an empty value: ${text}`, () => {
    for (const terms of [[term], ["", term]]) {
      const characterSet = characterSetOf(terms);
      assertEquals(encodeText(text, characterSet, "PN"), bytesOf(bytes));
      assertEquals(decoded(terms, "PN", bytesOf(bytes)), { text, problems: 0 });
    }
  });
}

Deno.test("decodeText() reads IR 149 alone without escape sequences, as pydicom writes it", () => {
  assertEquals(decoded(["ISO 2022 IR 149"], "PN", bytesOf("\xb1\xe8^\xc8\xf1\xc1\xdf")), {
    text: "김^희중",
    problems: 0,
  });
});

Deno.test("decodeText() reads text whose sender forgot escape sequences", () => {
  const korean = ["", "ISO 2022 IR 149"];
  assertEquals(decoded(korean, "PN", bytesOf("\x1b$)C\xc8\xab^\xb1\xe6\xb5\xbf")), {
    text: "홍^길동",
    problems: 2,
  });
  assertEquals(decoded(["", "ISO 2022 IR 100"], "PN", bytesOf("J\xf6rg")).text, "Jörg");
  const japanese = ["", "ISO 2022 IR 87"];
  assertEquals(decoded(japanese, "PN", bytesOf("\x1b$B;3ED^\x1b$BB@O:")).text, "山田^太郎");
  assertEquals(decoded(japanese, "LO", bytesOf("\x1b$B;3ED\\\x1b$BB@O:")).text, "山田\\太郎");
  assertEquals(decoded(japanese, "LT", bytesOf("\x1b$B;3\r\nED")).text, "山\r\nED");
});

Deno.test("decodeText() obeys an escape sequence that the terms do not announce and counts it", () => {
  assertEquals(decoded(["ISO_IR 100"], "PN", bytesOf("\x1b$B;3ED\x1b(B")), {
    text: "山田",
    problems: 1,
  });
});

Deno.test("decodeText() keeps an escape sequence that DICOM does not know and counts it", () => {
  assertEquals(decoded([], "LO", bytesOf("A\x1b[31mB")), { text: "A\x1b[31mB", problems: 1 });
  assertEquals(decoded([], "LO", bytesOf("A\x1b")), { text: "A\x1b", problems: 1 });
  assertEquals(decoded([], "LO", bytesOf("A\x1b$")), { text: "A\x1b$", problems: 1 });
});

Deno.test("decodeText() reads vendors' characters that the standard's sets lack", () => {
  const japanese = ["", "ISO 2022 IR 87"];
  assertEquals(decoded(japanese, "PN", bytesOf("\x1b$B|b66\x1b(B")).text, "髙橋");
  assertEquals(decoded(["", "ISO 2022 IR 149"], "LO", bytesOf("\x1b$)C\x8cc")).text, "똠");
  assertEquals(decoded(["", "ISO 2022 IR 58"], "LO", bytesOf("\x1b$)A\xd5G\x96|")).text, "誈東");
  assertThrows(() => encodeText("髙橋", characterSetOf(japanese), "PN"), RangeError);
});

Deno.test("decodeText() makes one U+FFFD of a pair that its set lacks, and of half a pair", () => {
  const japanese = ["", "ISO 2022 IR 87"];
  assertEquals(decoded(japanese, "PN", bytesOf("\x1b$B)!;3")).text, "\ufffd山");
  assertEquals(decoded(japanese, "PN", bytesOf("\x1b$B;3E")).text, "山\ufffd");
  assertEquals(
    decoded(["", "ISO 2022 IR 149"], "PN", bytesOf("\x1b$)C\xc8\xab\xc8^A")).text,
    "홍\ufffd^A",
  );
});

Deno.test("decodeText() reads any bytes in any set", () => {
  let seed = 20_261_121;
  const random = (limit: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
    return (seed >> 8) % limit;
  };
  const sets = golden.names.map(({ terms }) => terms);
  const likely = bytesOf("\x1b\x1b$()-ABCDIJ\\^=\r\n\xa1\xfe;3ED");
  for (let round = 0; round < 5000; round++) {
    const bytes = Uint8Array.from(
      { length: random(24) },
      () => random(2) ? likely[random(likely.length)] ?? 0 : random(256),
    );
    for (const vr of ["PN", "LO", "LT"] as const) {
      const { text } = decoded(sets[random(sets.length)] ?? [], vr, bytes);
      assertEquals(text.isWellFormed() && text.length <= bytes.length, true, bytes.toHex());
    }
  }
});

Deno.test("encodeText() refuses a character that the set lacks and does not show it", () => {
  const error = assertThrows(
    () => encodeText("Müller^山", characterSetOf(["ISO_IR 100"]), "PN"),
    RangeError,
  );
  assertEquals(error.message, "Cannot write text as ISO_IR 100 lacks the character at index 7");
  assertThrows(() => encodeText("ü", characterSetOf([]), "PN"), RangeError);
  assertThrows(() => encodeText("\ud800", characterSetOf(["ISO_IR 192"]), "PN"), RangeError);
  assertThrows(() => encodeText("😀", characterSetOf(["GBK"]), "PN"), RangeError);
  assertThrows(() => encodeText("é", characterSetOf(["shift_jis"]), "PN"), RangeError);
});

Deno.test("encodeText() never writes a yen sign where it would separate values", () => {
  assertThrows(() => encodeText("¥5", characterSetOf(["ISO_IR 13"]), "LO"), RangeError);
  assertEquals(encodeText("¥5", characterSetOf(["ISO_IR 13"]), "LT"), bytesOf("\\5"));
  assertThrows(() => encodeText("\\", characterSetOf(["ISO_IR 13"]), "LT"), RangeError);
});

Deno.test("encodeText() writes ASCII in every set as it is", () => {
  for (const { terms } of golden.names) {
    assertEquals(encodeText("DOE^JANE", characterSetOf(terms), "PN"), bytesOf("DOE^JANE"));
  }
  assertEquals(encodeText("DOE^JANE", characterSetOf(["shift_jis"]), "PN"), bytesOf("DOE^JANE"));
});

Deno.test("chooseCharacterSet() takes the simplest set that holds everything", () => {
  assertEquals(chooseCharacterSet([]), []);
  assertEquals(chooseCharacterSet(["DOE^JANE", ""]), []);
  assertEquals(chooseCharacterSet(["DOE"], ["ISO_IR 144"]), []);
  assertEquals(chooseCharacterSet(["é"], ["ISO_IR 148"]), ["ISO_IR 148"]);
  assertEquals(chooseCharacterSet(["Łódź"]), ["ISO_IR 101"]);
  assertEquals(chooseCharacterSet(["Юрий"]), ["ISO_IR 144"]);
  assertEquals(chooseCharacterSet(["קרן"]), ["ISO_IR 138"]);
  assertEquals(chooseCharacterSet(["Юрий", "é"]), ["ISO_IR 192"]);
  assertEquals(chooseCharacterSet(["山田"], ["ISO 2022 IR 6", "ISO 2022 IR 87"]), [
    "ISO 2022 IR 6",
    "ISO 2022 IR 87",
  ]);
  assertEquals(chooseCharacterSet(["髙橋"], ["", "ISO 2022 IR 87"]), ["ISO_IR 192"]);
  assertEquals(chooseCharacterSet(["Œuvre €"]), ["ISO_IR 192"]);
});
