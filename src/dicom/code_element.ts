/**
 * The code elements of ISO 2022 that DICOM's character sets are made of, as tables.
 *
 * PS3.3 section C.12.1.1.2 (Tables C.12-2 to C.12-4) and PS3.5 section 6.1.2. A code element fills
 * one half of the code table: G0 (bytes 0x20 to 0x7F) or G1 (bytes 0xA0 to 0xFF), with one byte for
 * a character or two. The tables come from `TextDecoder` at first use, corrected where the Web's
 * encodings differ from the sets that the standard names.
 *
 * @module
 */

/** The entry of a table where its set has no character; decoding yields it there. */
export const REPLACEMENT = "\uFFFD";

/** One registered set of characters, to be designated to G0 or G1. */
export interface CodeElement {
  /** The half of the code table that the set is designated to. */
  readonly half: "G0" | "G1";
  /**
   * The bytes after ESC in the escape sequence that designates it, as ASCII text; empty for an encoding of
   * the Web, which none designates and whose bytes 0x80 to 0x9F are characters.
   */
  readonly escape: string;
  readonly bytesPerCharacter: 1 | 2;
  /**
   * The characters, one UTF-16 code unit each, `REPLACEMENT` where there is none: 128 by the low
   * seven bits of the byte, or 94 × 94 by row and cell.
   */
  characters(): string;
  /** The code of each character, by UTF-16 code unit: seven bits, or two times seven. */
  codes(): ReadonlyMap<number, number>;
  /** The Web encoding that real senders use in place of this set, for pairs that the set lacks. */
  readonly superset?: () => TextDecoder;
}

/** Rows and cells of a set of 94 × 94 characters run from 0x21 to 0x7E. */
export const ROW_LENGTH = 94;

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => made ??= make();
}

function oneByte(half: "G0" | "G1", escape: string, load: () => string): CodeElement {
  const characters = once(load);
  const codes = once(() => {
    const map = new Map<number, number>();
    for (let code = 0x20; code < 0x80; code++) {
      const unit = characters().charCodeAt(code);
      if (unit !== 0xfffd && !map.has(unit)) map.set(unit, code);
    }
    return map;
  });
  return { half, escape, bytesPerCharacter: 1, characters, codes };
}

interface TwoByteOptions {
  readonly superset?: string;
  /** Characters that the standard's set has in the place of the Web's, by code. */
  readonly corrections?: Readonly<Record<number, string>>;
  /**
   * Returns true if the set itself has a character. The Web's tables hold vendors' characters too, which are only
   * read.
   */
  readonly isOwn?: (row: number, character: string) => boolean;
}

function twoBytes(
  half: "G0" | "G1",
  escape: string,
  label: string,
  prefix: readonly number[],
  options: TwoByteOptions = {},
): CodeElement {
  const characters = once(() => {
    const bytes: number[] = [];
    for (let row = 0xa1; row <= 0xfe; row++) {
      for (let cell = 0xa1; cell <= 0xfe; cell++) bytes.push(...prefix, row, cell);
    }
    const units = new TextDecoder(label).decode(Uint8Array.from(bytes)).split("");
    for (const [code, character] of Object.entries(options.corrections ?? {})) {
      units[((Number(code) >> 8) - 0x21) * ROW_LENGTH + (Number(code) & 0x7f) - 0x21] = character;
    }
    return units.join("");
  });
  const codes = once(() => {
    const map = new Map<number, number>();
    const text = characters();
    for (let index = 0; index < text.length; index++) {
      const row = Math.floor(index / ROW_LENGTH) + 1;
      const unit = text.charCodeAt(index);
      if (unit === 0xfffd || map.has(unit)) continue;
      if (options.isOwn?.(row, text.charAt(index)) === false) continue;
      map.set(unit, ((row + 0x20) << 8) | (index % ROW_LENGTH + 0x21));
    }
    return map;
  });
  const { superset } = options;
  return {
    half,
    escape,
    bytesPerCharacter: 2,
    characters,
    codes,
    ...superset === undefined ? {} : { superset: once(() => new TextDecoder(superset)) },
  };
}

/**
 * The upper half, bytes 0x80 to 0xFF, of a single-byte encoding of the Web.
 *
 * C1 control characters, which DICOM does not allow, become `REPLACEMENT`; what Windows code pages
 * put in their place stays.
 */
function upperHalf(label: string): string {
  const bytes = Uint8Array.from({ length: 128 }, (_, index) => 0x80 + index);
  return new TextDecoder(label).decode(bytes).replaceAll(/[\u0080-\u009F]/g, REPLACEMENT);
}

/** Makes a G1 code element of any single-byte encoding that `TextDecoder` knows. */
export function webCodeElement(label: string, escape = ""): CodeElement {
  return oneByte("G1", escape, () => upperHalf(label));
}

const asciiCharacters = String.fromCharCode(...Array.from({ length: 128 }, (_, code) => code));

/** ISO-IR 6, ASCII: the default character repertoire. */
export const ascii: CodeElement = oneByte("G0", "(B", () => asciiCharacters);

/**
 * ISO-IR 14, JIS X 0201 romaji: ASCII with a yen sign for the backslash and an overline for the
 * tilde.
 */
export const romaji: CodeElement = oneByte(
  "G0",
  "(J",
  () => asciiCharacters.replace("\\", "\u00A5").replace("~", "\u203E"),
);

/** ISO-IR 13, JIS X 0201 katakana of half width. */
export const katakana: CodeElement = oneByte(
  "G1",
  ")I",
  () =>
    Array.from(
      { length: 128 },
      (_, code) => code >= 0x21 && code <= 0x5f ? String.fromCharCode(0xff40 + code) : REPLACEMENT,
    ).join(""),
);

/** JIS X 0208 kanji (ISO-IR 87). Rows 13 and 85 to 94 are vendors': read, never written. */
export const jisX0208: CodeElement = twoBytes("G0", "$B", "euc-jp", [], {
  corrections: {
    0x2141: "\u301C",
    0x2142: "\u2016",
    0x215d: "\u2212",
    0x2171: "\u00A2",
    0x2172: "\u00A3",
    0x224c: "\u00AC",
  },
  isOwn: (row) => row !== 13 && row <= 84,
});

/** JIS X 0212 supplementary kanji (ISO-IR 159). */
export const jisX0212: CodeElement = twoBytes("G0", "$(D", "euc-jp", [0x8f], {
  corrections: { 0x2237: "~" },
});

/** KS X 1001 hangul and hanja (ISO-IR 149). */
export const ksX1001: CodeElement = twoBytes("G1", "$)C", "euc-kr", [], { superset: "euc-kr" });

const addedByGbk =
  /[\uE000-\uF8FF\uFE10-\uFE4F\u2170-\u2179\u20AC\u0251\u1E3F\u0144\u0148\u01F9\u0261]/;

/** GB 2312 hanzi (ISO-IR 58). What GBK added to its table is read, never written. */
export const gb2312: CodeElement = twoBytes("G1", "$)A", "gbk", [], {
  superset: "gbk",
  corrections: { 0x2124: "\u30FB", 0x212a: "\u2015" },
  isOwn: (row, character) => (row <= 9 || (row >= 16 && row <= 87)) && !addedByGbk.test(character),
});

/** The single-byte sets of 96 characters in G1, by their ISO-IR number. */
export const singleByteG1: ReadonlyMap<number, CodeElement> = new Map([
  [100, webCodeElement("windows-1252", "-A")],
  [101, webCodeElement("iso-8859-2", "-B")],
  [109, webCodeElement("iso-8859-3", "-C")],
  [110, webCodeElement("iso-8859-4", "-D")],
  [144, webCodeElement("iso-8859-5", "-L")],
  [127, webCodeElement("iso-8859-6", "-G")],
  [126, webCodeElement("iso-8859-7", "-F")],
  [138, webCodeElement("iso-8859-8", "-H")],
  [148, webCodeElement("windows-1254", "-M")],
  [203, webCodeElement("iso-8859-15", "-b")],
  [166, webCodeElement("windows-874", "-T")],
]);
