/**
 * Whether a data set matches the keys of a C-FIND identifier (PS3.4 section C.2.2.2).
 *
 * Single value, list of UID, wild card, range, sequence and universal matching. Where the standard leaves it to the
 * implementation, what could match does: values that are not precise, several values of either side.
 *
 * @module
 */

import { type DataElement, DataSet } from "../../dicom/data_set.ts";
import { lookupKeyword, lookupTag } from "../../dicom/dictionary/dictionary.ts";
import { decodeLatin1 } from "../../dicom/text/latin1.ts";
import { isPrivateCreatorTag, Tag } from "../../dicom/tag.ts";
import type { Vr } from "../../dicom/vr.ts";
import type { KeyPath } from "../../query/key_path.ts";
import { type PersonNameOptions, personNameTest, textTest } from "./match_text.ts";
import { combinedTest, parseOffset, temporalTest } from "./match_time.ts";

/** How keys are read and what is made of missing values. */
export interface MatchOptions {
  /**
   * Whether a range of dates and the range of times beside it are one range: so in the worklist model, and where
   * combined date-time matching was negotiated.
   *
   * @default {false}
   */
  readonly combineDateAndTime?: boolean | undefined;
  readonly personNames?: PersonNameOptions | undefined;
  /**
   * Whether an attribute that is not there matches any key; for answers of peers that leave out what they do
   * not support.
   *
   * @default {false}
   */
  readonly absentMatches?: boolean | undefined;
  /**
   * Whether an attribute without a value matches any key. It must not in the worklist model (PS3.4 section
   * K.2.2.1.1.1).
   *
   * @default {false}
   */
  readonly emptyMatches?: boolean | undefined;
}

/** Finds a key that a data set does not match; `undefined` when all match. */
export type Matcher = (dataSet: DataSet) => KeyPath | undefined;

/**
 * Prepares the keys of an identifier for matching many data sets.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { DataSet, element } from "../../dicom/data_set.ts";
 * import { Tag } from "../../dicom/tag.ts";
 * import { compileMatcher } from "./match.ts";
 *
 * const unmatched = compileMatcher(new DataSet([
 *   element(Tag.PatientName, ["DOE*"]),
 *   element(Tag.PatientID, []),
 * ]));
 * assertEquals(unmatched(new DataSet([element(Tag.PatientName, ["Doe^Jane"])])), undefined);
 * assertEquals(unmatched(new DataSet([element(Tag.PatientName, ["Roe^Jane"])])), [
 *   { tag: Tag.PatientName },
 * ]);
 * ```
 *
 * @param identifier The keys; those without a value match everything.
 * @param options How they are read.
 */
export function compileMatcher(identifier: DataSet, options: MatchOptions = {}): Matcher {
  return compileKeys(identifier, options, []) ?? ((): undefined => undefined);
}

/** What says how the others are read is not matched itself. */
const notMatched: ReadonlySet<number> = new Set([
  Tag.SpecificCharacterSet,
  Tag.TimezoneOffsetFromUTC,
  Tag.QueryRetrieveLevel,
]);

/** The offset from UTC of a data set's times, for DT values that do not tell theirs. */
const offsetOf = (dataSet: DataSet): number | undefined =>
  parseOffset(dataSet.string(Tag.TimezoneOffsetFromUTC));

/** The matcher of all keys in an item; `undefined` when none has a value. */
function compileKeys(keys: DataSet, options: MatchOptions, path: KeyPath): Matcher | undefined {
  const matchers: Matcher[] = [];
  const combined = new Set<number>();
  for (const key of keys.elements()) {
    if (notMatched.has(key.tag) || isPrivateCreatorTag(key.tag) || combined.has(key.tag)) continue;
    const keyPath = [...path, { tag: key.tag }];
    const time = options.combineDateAndTime ? timeBeside(keys, key) : undefined;
    const pair = time && compilePair(key, time, options, keyPath);
    if (time && pair) combined.add(time.tag);
    const matcher = pair ??
      (key.vr === "SQ"
        ? compileSequence(key, options, keyPath)
        : compileElement(key, options, keyPath, offsetOf(keys)));
    if (matcher) matchers.push(matcher);
  }
  if (matchers.length === 0) return undefined;
  return (dataSet) => {
    for (const matcher of matchers) {
      const unmatched = matcher(dataSet);
      if (unmatched) return unmatched;
    }
    return undefined;
  };
}

function compileSequence(
  key: DataElement,
  options: MatchOptions,
  path: KeyPath,
): Matcher | undefined {
  const matchers = key.items.flatMap((item) => compileKeys(item, options, path) ?? []);
  // An item that asks for nothing matches everything, and so does the sequence.
  if (matchers.length === 0 || matchers.length < key.items.length) return undefined;
  return (dataSet) => {
    const found = dataSet.get(key.tag);
    if (found?.items.length === 0 && options.emptyMatches) return undefined;
    // Without an item, what it would have is absent.
    const items = found && found.items.length > 0 ? found.items : [noAttributes];
    let unmatched: KeyPath | undefined;
    for (const item of items) {
      for (const matcher of matchers) {
        unmatched = matcher(item);
        if (!unmatched) return undefined;
      }
    }
    return unmatched;
  };
}

const noAttributes = new DataSet();

function compileElement(
  key: DataElement,
  options: MatchOptions,
  path: KeyPath,
  keyOffset: number | undefined,
): Matcher | undefined {
  const asked = textsOf(key);
  if (asked.every((text) => /^\*+$/.test(text))) return undefined;
  const tests = asked.map((text) => valueTest(key.vr, text, options, keyOffset));
  return (dataSet) => {
    const found = dataSet.get(key.tag);
    if (!found) return options.absentMatches ? undefined : path;
    const values = textsOf(found);
    if (values.length === 0) return options.emptyMatches ? undefined : path;
    const valueOffset = key.vr === "DT" ? offsetOf(dataSet) : undefined;
    const matches = values.some((value) => tests.some((test) => test(value, valueOffset)));
    return matches ? undefined : path;
  };
}

/** The element with the times that belong to a key with dates: Study Time to Study Date. */
function timeBeside(keys: DataSet, key: DataElement): DataElement | undefined {
  if (key.vr !== "DA") return undefined;
  const name = lookupTag(key.tag)?.keyword.replace(/Date$/, "Time");
  const time = name === undefined ? undefined : lookupKeyword(name);
  return time?.vr === "TM" ? keys.get(time.tag) : undefined;
}

function compilePair(
  dates: DataElement,
  times: DataElement,
  options: MatchOptions,
  path: KeyPath,
): Matcher | undefined {
  const test = combinedTest(dates.strings[0] ?? "", times.strings[0] ?? "");
  const onlyDates = compileElement(dates, options, path, undefined);
  if (!test || !onlyDates) return undefined;
  return (dataSet) => {
    const [date] = dataSet.strings(dates.tag);
    const [time] = dataSet.strings(times.tag);
    if (date && time) return test(date, time) ? undefined : path;
    // Without a time only the day can be judged.
    const isTimeExcused = dataSet.has(times.tag) ? options.emptyMatches : options.absentMatches;
    return onlyDates(dataSet) ?? (isTimeExcused ? undefined : [...path.slice(0, -1), {
      tag: times.tag,
    }]);
  };
}

const numericVrs: ReadonlySet<Vr> = new Set(["DS", "IS"]);

function valueTest(
  vr: Vr,
  text: string,
  { personNames }: MatchOptions,
  keyOffset: number | undefined,
): (value: string, valueOffset?: number) => boolean {
  if (vr === "DA" || vr === "TM" || vr === "DT") return temporalTest(vr, text, keyOffset);
  if (vr === "PN") return personNameTest(text, personNames);
  if (!numericVrs.has(vr)) return textTest(text);
  const number = Number(text);
  return Number.isNaN(number)
    ? (value) => value.trim() === text.trim()
    : (value) => Number(value) === number;
}

/** The values that are not empty, as text; those of numbers, tags and bytes in a form that equals itself only. */
function textsOf({ value }: DataElement): string[] {
  if (value instanceof Uint8Array) {
    const text = decodeLatin1(value).replace(/[\0 ]+$/, "");
    return text === "" ? [] : text.split("\\");
  }
  const texts: string[] = [];
  for (const each of value) {
    if (each instanceof DataSet) continue;
    const text = String(each);
    if (text.trim() !== "") texts.push(text);
  }
  return texts;
}
