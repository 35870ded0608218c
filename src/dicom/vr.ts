/**
 * Value Representations (PS3.5 section 6.2): the values and the encoding of each.
 *
 * @module
 */

/** The decoded form of a VR's values. */
export type VrKind =
  | "text" // string per value
  | "number" // number per value
  | "bigint" // 64-bit integer per value
  | "tag" // AT: 0xGGGGEEEE per value
  | "bytes" // one run of bytes
  | "sequence"; // data sets

/** The rules of PS3.5 Table 6.2-1 and sections 6.2.1 to 7.1.2 for a VR. */
export interface VrRule {
  readonly kind: VrKind;
  /** Explicit VR: two reserved bytes and a 32-bit length follow (PS3.5 Table 7.1-1). */
  readonly longLength: boolean;
  /** The byte that makes an odd length even: a space, or 0x00. */
  readonly padding: 0x20 | 0x00;
  /** Bytes of one value, or of the unit that Big Endian swaps; 1 for text and plain bytes. */
  readonly size: 1 | 2 | 4 | 8;
  /** True if a backslash separates values. */
  readonly multiple: boolean;
  /** True if Specific Character Set (0008,0005) rules it (PS3.5 section 6.1.2.3). */
  readonly characterSet: boolean;
  /** True if leading spaces are padding too; trailing ones always are. */
  readonly leadingPadding: boolean;
}

const text: VrRule = {
  kind: "text",
  longLength: false,
  padding: 0x20,
  size: 1,
  multiple: true,
  characterSet: false,
  leadingPadding: false,
};
const code: VrRule = { ...text, leadingPadding: true };
const words: VrRule = { ...text, characterSet: true };
const prose: VrRule = { ...words, multiple: false };
const bytes: VrRule = { ...text, kind: "bytes", longLength: true, padding: 0, multiple: false };

function numberOf(size: 2 | 4 | 8): VrRule {
  return { ...text, kind: "number", padding: 0, size };
}

/** The rules of every VR of the standard, by its two letters. */
export const vrRules: Readonly<Record<Vr, VrRule>> = {
  AE: code,
  AS: text,
  AT: { ...text, kind: "tag", padding: 0, size: 2 },
  CS: code,
  DA: text,
  DS: code,
  DT: text,
  FD: numberOf(8),
  FL: numberOf(4),
  IS: code,
  LO: words,
  LT: prose,
  OB: bytes,
  OD: { ...bytes, size: 8 },
  OF: { ...bytes, size: 4 },
  OL: { ...bytes, size: 4 },
  OV: { ...bytes, size: 8 },
  OW: { ...bytes, size: 2 },
  PN: words,
  SH: words,
  SL: numberOf(4),
  SQ: { ...bytes, kind: "sequence" },
  SS: numberOf(2),
  ST: prose,
  SV: { ...numberOf(8), kind: "bigint", longLength: true },
  TM: text,
  UC: { ...words, longLength: true },
  UI: { ...text, padding: 0 },
  UL: numberOf(4),
  UN: bytes,
  UR: { ...text, multiple: false, longLength: true },
  US: numberOf(2),
  UT: { ...prose, longLength: true },
  UV: { ...numberOf(8), kind: "bigint", longLength: true },
};

/** A Value Representation, by its two letters. */
export type Vr =
  | "AE"
  | "AS"
  | "AT"
  | "CS"
  | "DA"
  | "DS"
  | "DT"
  | "FD"
  | "FL"
  | "IS"
  | "LO"
  | "LT"
  | "OB"
  | "OD"
  | "OF"
  | "OL"
  | "OV"
  | "OW"
  | "PN"
  | "SH"
  | "SL"
  | "SQ"
  | "SS"
  | "ST"
  | "SV"
  | "TM"
  | "UC"
  | "UI"
  | "UL"
  | "UN"
  | "UR"
  | "US"
  | "UT"
  | "UV";

/**
 * Returns true if a text is the code of a VR.
 *
 * @param code Any text.
 */
export function isVr(code: string): code is Vr {
  return Object.hasOwn(vrRules, code);
}

const letterA = 0x41;
const letters = 26;

interface VrByLetters {
  readonly vr: Vr;
  readonly rule: VrRule;
}

/** Every VR by its two letters: found without hashing, which counts for each of a match's elements. */
const byLetters: (VrByLetters | undefined)[] = new Array(letters * letters).fill(undefined);
for (const [vr, rule] of Object.entries(vrRules)) {
  if (isVr(vr)) byLetters[lettersIndex(vr.charCodeAt(0), vr.charCodeAt(1))] = { vr, rule };
}

function lettersIndex(first: number, second: number): number {
  return (first - letterA) * letters + second - letterA;
}

/**
 * Looks up what the standard says of a VR.
 *
 * @param vr The VR.
 */
export function vrRule(vr: Vr): VrRule {
  return byLetters[lettersIndex(vr.charCodeAt(0), vr.charCodeAt(1))]?.rule ?? vrRules[vr];
}

/**
 * Finds the VR that two bytes of an explicit VR data element name.
 *
 * @param first The first byte.
 * @param second The second byte.
 * @returns The VR, or undefined if the standard has none of this name.
 */
export function vrOfBytes(first: number, second: number): Vr | undefined {
  if (first < letterA || second < letterA || second >= letterA + letters) return undefined;
  return byLetters[lettersIndex(first, second)]?.vr;
}

/**
 * Returns true if values of a VR are strings.
 *
 * @param vr The VR.
 */
export function isTextVr(vr: Vr): boolean {
  return vrRule(vr).kind === "text";
}

/**
 * Returns true if Specific Character Set (0008,0005) rules the values of a VR: SH, LO, ST, LT, UC, UT
 * and PN (PS3.5 section 6.1.2.3).
 *
 * @param vr The VR.
 */
export function usesCharacterSet(vr: Vr): boolean {
  return vrRule(vr).characterSet;
}
