/**
 * Finds items by a text that people know: a name, a patient ID, an accession number, a step id or a UID.
 *
 * @module
 */

/** The part of a data set in the DICOM JSON Model that is read here. */
type Json = Readonly<Record<string, { readonly vr?: string; readonly Value?: readonly unknown[] }>>;

/** Identifiers other than UIDs, by tag. The whole value is compared. */
const identifiers: ReadonlySet<string> = new Set([
  "00080050", // Accession Number
  "00100020", // Patient ID
  "00101000", // Other Patient IDs
  "00380010", // Admission ID
  "00400009", // Scheduled Procedure Step ID
  "00401001", // Requested Procedure ID
  "00402016", // Placer Order Number / Imaging Service Request
  "00402017", // Filler Order Number / Imaging Service Request
]);

const patientName = "00100010";

/** Letters with a stroke or ligatures, which Unicode does not decompose. */
const plainLetters: Readonly<Record<string, string>> = {
  "ł": "l",
  "ø": "o",
  "đ": "d",
  "ð": "d",
  "þ": "th",
  "ß": "ss",
  "æ": "ae",
  "œ": "oe",
  "ı": "i",
  "ħ": "h",
};

/** A spelling of umlauts that names in DICOM often have: `MUELLER` for `Müller`. */
const umlauts: Readonly<Record<string, string>> = {
  "ä": "ae",
  "ö": "oe",
  "ü": "ue",
  "å": "aa",
  "ø": "oe",
};

/**
 * Makes a function that finds items by a text.
 *
 * A name matches if each word of the text begins a word of the name, in any order; case and accents do not count. An
 * identifier or UID matches as a whole, without regard to case.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { textMatcher } from "./text_match.ts";
 *
 * const json = { "00100010": { vr: "PN", Value: [{ Alphabetic: "KOWALSKI^ŁUKASZ" }] } };
 * assertEquals(textMatcher("lukasz kowal")(json), true);
 * assertEquals(textMatcher("walski")(json), false);
 * ```
 *
 * @param text The text to find.
 * @returns A function that returns true if a data set in the DICOM JSON Model matches.
 * @throws {SyntaxError} If the text is empty.
 */
export function textMatcher(text: string): (json: unknown) => boolean {
  const wantedId = folded(text.trim());
  if (wantedId === "") {
    throw new SyntaxError("Cannot search for an empty text. Write a name or an id");
  }
  const spellings = spellingsOf(text).map(wordsOf).filter((words) => words.length > 0);
  const hasName = (name: string): boolean =>
    spellingsOf(name).some((spelling) => {
      const words = wordsOf(spelling);
      return spellings.some((wanted) =>
        wanted.every((one) => words.some((word) => word.startsWith(one)))
      );
    });
  const matches = (json: Json): boolean => {
    for (const [tag, { vr, Value: values = [] }] of Object.entries(json)) {
      if (vr === "SQ") {
        if (values.some((item) => isObject(item) && matches(item))) return true;
      } else if (vr === "UI" || identifiers.has(tag)) {
        if (values.some((value) => folded(String(value).trim()) === wantedId)) return true;
      } else if (tag === patientName) {
        const groups = values.flatMap((value) => isObject(value) ? Object.values(value) : []);
        if (groups.some((group) => hasName(String(group)))) return true;
      }
    }
    return false;
  };
  return (json) => isObject(json) && matches(json);
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null;
}

function folded(text: string): string {
  return text.normalize("NFKD").replaceAll(/\p{M}+/gu, "").toLowerCase()
    .replaceAll(/[łøđðþßæœıħ]/g, (letter) => plainLetters[letter] ?? letter);
}

/** The spellings of a text: without accents, and with umlauts as two letters. */
function spellingsOf(text: string): string[] {
  const plain = folded(text);
  const long = folded(
    text.normalize("NFC").toLowerCase().replaceAll(
      /[äöüåø]/g,
      (letter) => umlauts[letter] ?? letter,
    ),
  );
  return plain === long ? [plain] : [plain, long];
}

/** Splits a name into its parts. Punctuation separates parts, as `^` and `=` do. */
function wordsOf(text: string): string[] {
  return text.split(/[^\p{L}\p{N}']+/u).filter((word) => word !== "");
}
