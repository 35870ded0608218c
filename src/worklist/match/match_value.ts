/**
 * Judges single values by keys of VRs other than those of dates and times.
 *
 * @module
 */
import type { Vr } from "../../dicom/vr.ts";
import { type PersonNameOptions, personNameTest, textTest } from "./match_text.ts";
import type { Outcome } from "./outcome.ts";

/** Rules for comparing text. */
export interface TextOptions {
  readonly personNames: PersonNameOptions | undefined;
  /** True if upper and lower case are the same in text that is not a person name. */
  readonly ignoreCase: boolean | undefined;
}

/** Judges a value. */
export type ValueJudge = (value: string) => Outcome;

/** The character that replaces one that cannot be decoded. */
const lostCharacter = "\uFFFD";

const numberPattern = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const uidPattern = /^\d+(?:\.\d+)*$/;
const agePattern = /^(\d{1,3})([DWMY])$/;

/**
 * Makes the test of one value of a key.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { valueTest } from "./match_value.ts";
 *
 * const test = valueTest("AE", "CT1", { personNames: {}, ignoreCase: false });
 * assertEquals(["CT1", "ct1", "CT2", "CT\uFFFD"].map(test), [
 *   ...["matches", "case", "differs", "unreadable"],
 * ]);
 * ```
 *
 * @param vr The key's VR.
 * @param key The value of the key.
 * @param options The rules for comparing text.
 */
export function valueTest(vr: Vr, key: string, options: TextOptions): ValueJudge {
  switch (vr) {
    case "PN":
      return readable(exactly(personNameTest(key, options.personNames)));
    case "DS":
    case "IS":
      return numberTest(key);
    case "UI":
      return readTest(key, readUid);
    case "AS":
      return readTest(key, readAge);
    default:
      return options.ignoreCase ? readable(exactly(foldedTest(key))) : readable(caseTest(key));
  }
}

function exactly(test: (value: string) => boolean): ValueJudge {
  return (value) => test(value) ? "matches" : "differs";
}

/** A text with lost characters may still be the text of the key, so it is unreadable. */
function readable(judge: ValueJudge): ValueJudge {
  return (value) => {
    const outcome = judge(value);
    return outcome !== "matches" && value.includes(lostCharacter) ? "unreadable" : outcome;
  };
}

function caseTest(key: string): ValueJudge {
  const test = textTest(key);
  const folded = foldedTest(key);
  return (value) => test(value) ? "matches" : folded(value) ? "case" : "differs";
}

function foldedTest(key: string): (value: string) => boolean {
  const test = textTest(key.toUpperCase());
  return (value) => test(value.toUpperCase());
}

/** Reads a comma as the decimal sign. A text that is no number may have been one, so it is unreadable. */
function numberTest(key: string): ValueJudge {
  const number = readNumber(key);
  if (number === undefined) return exactly((value) => value.trim() === key.trim());
  return (value) => {
    const found = readNumber(value);
    if (found === undefined) return "unreadable";
    return found === number ? "matches" : "differs";
  };
}

function readNumber(text: string): number | undefined {
  const bare = unpadded(text).replace(/^([+-]?\d*),(\d+)$/, "$1.$2");
  return numberPattern.test(bare) ? Number(bare) : undefined;
}

/**
 * Makes the test of a value that must have a certain form. A key without that form, such as one with wild
 * cards, is compared as text.
 */
function readTest(key: string, read: (text: string) => string | undefined): ValueJudge {
  const asked = read(key);
  const test = textTest(key);
  return (value) => {
    const found = read(value);
    if (test(unpadded(value))) return "matches";
    if (found === undefined) return "unreadable";
    return found === asked || (asked === undefined && test(found)) ? "matches" : "differs";
  };
}

/** Reads a UID. Components must not begin with a zero, but do in the UIDs of some peers. */
function readUid(text: string): string | undefined {
  const bare = unpadded(text);
  return uidPattern.test(bare)
    ? bare.split(".").map((component) => component.replace(/^0+(?=\d)/, "")).join(".")
    : undefined;
}

function readAge(text: string): string | undefined {
  const [, count, unit] = agePattern.exec(unpadded(text).toUpperCase()) ?? [];
  return count === undefined ? undefined : `${count.padStart(3, "0")}${unit}`;
}

function unpadded(text: string): string {
  return text.replace(/^[\0\s]+|[\0\s]+$/g, "");
}
