/**
 * Judges data sets by the keys of a C-FIND identifier (PS3.4 section C.2.2.2).
 *
 * Keys are matched by single value, list of UID, wild card, range, sequence and universal matching. There are
 * three outcomes: a data set matches, does not match, or has a value that cannot be read. If the standard
 * leaves the rule to the implementation, a value that could match does: imprecise values, and several values
 * on either side.
 *
 * @module
 */

import { type DataElement, DataSet } from "../../dicom/data_set.ts";
import { isPrivateCreatorTag, Tag } from "../../dicom/tag.ts";
import type { KeyPath } from "../../query/key_path.ts";
import { combinedTest, siblingOf, type TemporalTest, temporalTest } from "./match_temporal.ts";
import { type ItemZone, type TemporalContext, zoneOf } from "./match_temporal.ts";
import type { PersonNameOptions } from "./match_text.ts";
import { type TextOptions, valueTest } from "./match_value.ts";
import { better, isWorse, type Outcome } from "./outcome.ts";
import { readOffset } from "./read_time.ts";
import { textsOf } from "./texts.ts";
import type { Zone } from "./zone.ts";

/** Rules for reading keys and for missing values. */
export interface MatchOptions {
  /**
   * True if a range of dates and the range of times beside it are one range. That is so in the worklist
   * model, and if combined date-time matching was negotiated.
   *
   * @default {false}
   */
  readonly combineDateAndTime?: boolean | undefined;
  readonly personNames?: PersonNameOptions | undefined;
  /**
   * True if upper and lower case are the same in text that is not a person name, for peers whose database
   * ignores case. By the standard they differ (PS3.4 section C.2.2.2.1).
   *
   * @default {false}
   */
  readonly ignoreCase?: boolean | undefined;
  /**
   * True if an absent attribute matches any key, for answers of peers that leave out attributes that they do
   * not support.
   *
   * @default {false}
   */
  readonly absentMatches?: boolean | undefined;
  /**
   * True if an attribute without a value matches any key. In the worklist model it must not (PS3.4 section
   * K.2.2.1.1.1).
   *
   * @default {false}
   */
  readonly emptyMatches?: boolean | undefined;
  /**
   * The time zone of the keys and the present moment. Dates and times of a known zone are moved into this
   * zone. Timezone Offset From UTC among the keys takes precedence. Without either, dates and times are
   * compared as written.
   */
  readonly clock?: { readonly timeZone: string; readonly now: Temporal.Instant } | undefined;
  /** The IANA name of the time zone of dates and times in data sets that name none. */
  readonly valueTimeZone?: string | undefined;
}

/** The reason why a data set does not match, or may not. */
export interface Judgement {
  /** `differs` and `case`: it does not match. `unreadable`: the value cannot be compared. */
  readonly outcome: Exclude<Outcome, "matches">;
  /** The key that does not match, or the attribute that cannot be read. */
  readonly path: KeyPath;
}

/** Finds the reason against a data set; `undefined` if it matches. */
export type Judge = (dataSet: DataSet) => Judgement | undefined;

/**
 * True if a data set matches, or has a value that cannot be read and may match.
 *
 * @param judgement The reason against the data set, if there is one.
 */
export function mayMatch(judgement: Judgement | undefined): boolean {
  return judgement === undefined || judgement.outcome === "unreadable";
}

/** Finds a key that a data set does not match, or an attribute that cannot be read; `undefined` when all match. */
export type Matcher = (dataSet: DataSet) => KeyPath | undefined;

/**
 * Compiles the keys of an identifier to match many data sets, as a server does. A value that cannot be read
 * does not match.
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
 * @param identifier The keys. Those without a value match everything.
 * @param options The rules for reading them.
 */
export function compileMatcher(identifier: DataSet, options: MatchOptions = {}): Matcher {
  const judge = compileJudge(identifier, options);
  return (dataSet) => judge(dataSet)?.path;
}

/**
 * Compiles the keys of an identifier to judge many data sets, with three outcomes.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { DataSet, element } from "../../dicom/data_set.ts";
 * import { compileJudge } from "./match.ts";
 *
 * const studyDate = 0x0008_0020;
 * const judge = compileJudge(new DataSet([element(studyDate, ["20261127"])]));
 * const outcomeOf = (date: string) => judge(new DataSet([element(studyDate, [date])]))?.outcome;
 * assertEquals(outcomeOf("2026-11-27"), undefined);
 * assertEquals(outcomeOf("20261128"), "differs");
 * assertEquals(outcomeOf("202611"), "unreadable");
 * ```
 *
 * @param identifier The keys. Those without a value match everything.
 * @param options The rules for reading them.
 */
export function compileJudge(identifier: DataSet, options: MatchOptions = {}): Judge {
  const judge = compileKeys(identifier, options, [], options.clock?.timeZone);
  if (judge === undefined) return () => undefined;
  const zone = options.valueTimeZone ?? "unknown";
  return (dataSet) => judge(dataSet, zone);
}

type ItemJudge = (item: DataSet, zone: ItemZone) => Judgement | undefined;

/** Attributes that describe how others are read. They are not matched themselves. */
const notMatched: ReadonlySet<number> = new Set([
  Tag.SpecificCharacterSet,
  Tag.TimezoneOffsetFromUTC,
  Tag.QueryRetrieveLevel,
]);

/** The judge of all keys in an item; `undefined` if none has a value. */
function compileKeys(
  keys: DataSet,
  options: MatchOptions,
  path: KeyPath,
  outerZone: Zone | undefined,
): ItemJudge | undefined {
  const zone = readOffset(keys.string(Tag.TimezoneOffsetFromUTC) ?? "") ?? outerZone;
  const temporal = temporalContext(options, zone);
  const judges: ItemJudge[] = [];
  const combined = new Set<number>();
  for (const key of keys.elements()) {
    if (notMatched.has(key.tag) || isPrivateCreatorTag(key.tag) || combined.has(key.tag)) continue;
    const judge = key.vr === "SQ"
      ? compileSequence(key, options, [...path, { tag: key.tag }], zone)
      : isTemporal(key)
      ? compileTemporal(key, keys, options, temporal, path, combined)
      : compileElement(key, options, [...path, { tag: key.tag }]);
    if (judge) judges.push(judge);
  }
  if (judges.length === 0) return undefined;
  return (item, outer) => {
    const own = zoneOf(item, outer);
    let worst: Judgement | undefined;
    for (const judge of judges) {
      const judgement = judge(item, own);
      if (judgement?.outcome === "differs") return judgement;
      if (judgement && (!worst || isWorse(judgement.outcome, worst.outcome))) worst = judgement;
    }
    return worst;
  };
}

function compileSequence(
  key: DataElement,
  options: MatchOptions,
  path: KeyPath,
  zone: Zone | undefined,
): ItemJudge | undefined {
  const judges = key.items.flatMap((item) => compileKeys(item, options, path, zone) ?? []);
  // An item without keys matches everything, so the sequence does as well.
  if (judges.length === 0 || judges.length < key.items.length) return undefined;
  return (item, outer) => {
    const found = item.get(key.tag);
    if (found && found.vr !== "SQ" && found.value.length > 0) {
      return { outcome: "unreadable", path };
    }
    if (found?.items.length === 0 && options.emptyMatches) return undefined;
    // Without an item, its attributes are absent.
    const items = found && found.items.length > 0 ? found.items : [noAttributes];
    let best: Judgement | undefined;
    for (const inner of items) {
      for (const judge of judges) {
        const judgement = judge(inner, outer);
        if (!judgement) return undefined;
        if (!best || !isWorse(judgement.outcome, best.outcome)) best = judgement;
      }
    }
    return best;
  };
}

const noAttributes = new DataSet();

function isTemporal({ vr }: DataElement): boolean {
  return vr === "DA" || vr === "TM" || vr === "DT";
}

function temporalContext(
  { clock, absentMatches, emptyMatches }: MatchOptions,
  zone: Zone | undefined,
): TemporalContext {
  return {
    zone,
    now: clock?.now,
    absent: absentMatches ? "matches" : "differs",
    empty: emptyMatches ? "matches" : "differs",
  };
}

/** The judge of a key with dates or times. It also judges the times beside dates if both are one range. */
function compileTemporal(
  key: DataElement,
  keys: DataSet,
  options: MatchOptions,
  context: TemporalContext,
  path: KeyPath,
  combined: Set<number>,
): ItemJudge | undefined {
  if (isUniversal(textsOf(key))) return undefined;
  const beside = options.combineDateAndTime && key.vr === "DA"
    ? siblingOf(key.tag, "DA")
    : undefined;
  const times = beside === undefined ? undefined : keys.get(beside);
  const pair = times && combinedTest(key, times, context);
  if (times && pair) combined.add(times.tag);
  return judgeOf(pair ?? temporalTest(key, context), path);
}

function judgeOf(test: TemporalTest, path: KeyPath): ItemJudge {
  return (item, zone) => {
    const { outcome, tag } = test(item, zone);
    return outcome === "matches" ? undefined : { outcome, path: [...path, { tag }] };
  };
}

function compileElement(
  key: DataElement,
  options: MatchOptions,
  path: KeyPath,
): ItemJudge | undefined {
  const asked = textsOf(key);
  if (isUniversal(asked)) return undefined;
  const textOptions: TextOptions = {
    personNames: options.personNames,
    ignoreCase: options.ignoreCase,
  };
  const tests = asked.map((text) => valueTest(key.vr, text, textOptions));
  return (item) => {
    const found = item.get(key.tag);
    if (!found) return options.absentMatches ? undefined : { outcome: "differs", path };
    const values = textsOf(found);
    if (values.length === 0) {
      return options.emptyMatches ? undefined : { outcome: "differs", path };
    }
    // Bytes without a VR have no character set.
    const isRaw = found.vr === "UN" && key.vr !== "UN";
    let best: Outcome = "differs";
    for (const value of values) {
      // deno-lint-ignore no-control-regex
      const text = isRaw ? value.replaceAll(/[^\x00-\x7f]/g, "\uFFFD") : value;
      for (const test of tests) {
        best = better(best, test(text));
        if (best === "matches") return undefined;
      }
    }
    return { outcome: best, path };
  };
}

function isUniversal(texts: readonly string[]): boolean {
  return texts.every((text) => /^\*+$/.test(text));
}
