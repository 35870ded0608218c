/**
 * Matching of text: single values and wild cards (PS3.4 sections C.2.2.2.1 and C.2.2.2.4).
 *
 * @module
 */

/** The rules for comparing person names. The standard leaves them to the implementation. */
export interface PersonNameOptions {
  /**
   * True if upper and lower case are the same.
   *
   * @default {true}
   */
  readonly ignoreCase?: boolean | undefined;
  /**
   * True if letters with and without accents are the same.
   *
   * @default {true}
   */
  readonly ignoreAccents?: boolean | undefined;
}

/** True if a value matches the key that the test was made for. */
export type ValueTest = (value: string) => boolean;

/**
 * Makes the test of a key with text: exact, or with `*` for any characters and `?` for any one.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { textTest } from "./match_text.ts";
 *
 * assert(textTest("CT?")("CT1"));
 * assert(!textTest("ct?")("CT1"));
 * ```
 *
 * @param key The value of the key. Spaces around it do not matter.
 */
export function textTest(key: string): ValueTest {
  const pattern = plain(key);
  if (!isWildCard(pattern)) return (value) => value === pattern || plain(value) === pattern;
  const characters = [...pattern];
  return (value) => wildCardMatches(characters, [...plain(value)]);
}

/**
 * Makes the test of a key with a person name.
 *
 * `A^B` equals `A^B^^^`. A key without `=` matches any representation of the value (alphabetic, ideographic,
 * phonetic). A key with `=` must match each representation that it has.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { personNameTest } from "./match_text.ts";
 *
 * assert(personNameTest("muller*")("Müller^Änne^^^"));
 * assert(personNameTest("山田^太郎")("Yamada^Tarou=山田^太郎=やまだ^たろう"));
 * ```
 *
 * @param key The value of the key.
 * @param options The rules for comparing names.
 */
export function personNameTest(key: string, options: PersonNameOptions = {}): ValueTest {
  const groups = (text: string): string[] => folded(text, options).split("=").map(component);
  const wanted = groups(key).map(textTest);
  const [only] = wanted;
  if (only && wanted.length === 1) return (value) => groups(value).some(only);
  const isAsked = groups(key).map((group) => group !== "");
  return (value) => {
    const found = groups(value);
    return wanted.every((test, index) => !isAsked[index] || test(found[index] ?? ""));
  };
}

/** True if a key has a wild card. */
function isWildCard(key: string): boolean {
  return key.includes("*") || key.includes("?");
}

/** Matches in time proportional to the product of both lengths at most, even for a hostile pattern. */
function wildCardMatches(pattern: readonly string[], text: readonly string[]): boolean {
  let at = 0;
  let star = -1;
  let resumeAt = 0;
  for (let index = 0; index < text.length;) {
    if (pattern[at] === "*") {
      star = at++;
      resumeAt = index;
    } else if (pattern[at] === "?" || pattern[at] === text[index]) {
      at++;
      index++;
    } else if (star >= 0) {
      at = star + 1;
      index = ++resumeAt;
    } else {
      return false;
    }
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}

/** Removes spaces around a text and composes its letters. */
function plain(text: string): string {
  return text.trim().normalize();
}

/** Removes the delimiters of empty components at the end. */
function component(group: string): string {
  return group.replace(/[\^\s]+$/, "");
}

function folded(
  text: string,
  { ignoreCase = true, ignoreAccents = true }: PersonNameOptions,
): string {
  // Only the accents of European scripts are removed. In other scripts the same code points distinguish
  // words.
  const bare = ignoreAccents ? text.normalize("NFD").replaceAll(/[\u0300-\u036f]/g, "") : text;
  return ignoreCase ? bare.toUpperCase() : bare;
}
