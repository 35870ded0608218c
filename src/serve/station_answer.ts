/**
 * The answer to one C-FIND of a station: the matches among the items of one or more queries.
 *
 * PS3.4 section K.4.1.3. A step that several queries have is returned once, whole, from the query that was
 * answered last.
 *
 * @module
 */
import type { DataSet } from "../dicom/data_set.ts";
import { Tag } from "../dicom/tag.ts";
import type { PersonNameOptions } from "../worklist/match/match_text.ts";
import { AnswerCutter } from "./answer_cutter.ts";
import { askedCharacterSet, encodeAnswer } from "./encoded_item.ts";
import type { PendingMatch } from "./find_handler.ts";
import { candidates, type QueryView } from "./served_query.ts";
import { type AddedKeys, StationKeys } from "./station_keys.ts";
import type { SupportedKeys } from "./supported_keys.ts";

/** One query and the keys for it. */
export interface AskedView {
  readonly view: QueryView;
  /** The keys of the configuration, dates resolved. */
  readonly added: readonly AddedKeys[];
  /** The IANA time zone of items that do not name their own. */
  readonly timeZone: string;
}

/** The question of a station. */
export interface StationQuestion {
  readonly identifier: DataSet;
  readonly transferSyntaxUid: string;
  readonly personNames?: PersonNameOptions | undefined;
  /** True if each match is to have the status 0xFF00, also where a key is not supported. */
  readonly onlyFF00?: boolean | undefined;
  /** Changes the returned part of an item, to add the note of a stale list. */
  readonly note?: ((selected: DataSet) => void) | undefined;
}

/** A match, or `undefined` so that other tasks can run. */
export type AnswerStep = PendingMatch | undefined;

/**
 * Answers a station.
 *
 * @param asked The queries. A step that several have is returned from the first one.
 * @param question The question of the station.
 * @throws {SyntaxError} If a stored item cannot be read.
 * @throws {RangeError} If a stored value cannot be encoded.
 */
export function* answerStation(
  asked: readonly AskedView[],
  question: StationQuestion,
): Generator<AnswerStep, void> {
  const { identifier, transferSyntaxUid, personNames, onlyFF00 = false, note } = question;
  const characterSet = askedCharacterSet(identifier);
  // The dates of the question are then in another zone than those of the items.
  const hasZone = identifier.string(Tag.TimezoneOffsetFromUTC) !== undefined;
  const encoded = (keys: StationKeys, dataSet: DataSet): Uint8Array => {
    const selected = keys.select(dataSet);
    note?.(selected);
    return encodeAnswer(selected, dataSet.characterSet, characterSet, transferSyntaxUid);
  };
  const returned = asked.length > 1 ? new Set<string>() : undefined;
  for (const { view, added, timeZone } of asked) {
    const mayMatch = view.index.compile(
      [identifier, ...added.map(({ keys }) => keys)],
      !hasZone,
    );
    const compiled = new Map<SupportedKeys | undefined, Compiled>();
    const ownSteps: string[] = [];
    for (const candidate of candidates(view, mayMatch)) {
      if (candidate === undefined) {
        yield undefined;
        continue;
      }
      const supported = view.supportedFor(candidate);
      let one = compiled.get(supported);
      if (one === undefined) {
        const match = { personNames, valueTimeZone: timeZone };
        const keys = new StationKeys(identifier, { added, supported, match });
        const cutter = note === undefined
          ? AnswerCutter.of(identifier, keys, characterSet, transferSyntaxUid)
          : undefined;
        one = { keys, cutter, status: onlyFF00 || keys.isSupported ? 0xFF00 : 0xFF01 };
        compiled.set(supported, one);
      }
      const { keys, cutter, status } = one;
      const isJudged = !keys.isUniversal || returned !== undefined;
      const dataSet = isJudged ? candidate.decode() : undefined;
      if (dataSet !== undefined && !keys.matches(dataSet)) {
        yield undefined;
        continue;
      }
      const step = returned && dataSet && stepOf(dataSet);
      if (step !== undefined) {
        if (returned?.has(step)) continue;
        ownSteps.push(step);
      }
      const cut = cutter?.cut(candidate.bytes);
      yield { identifier: cut ?? encoded(keys, dataSet ?? candidate.decode()), status };
    }
    // Two items of one query with the same step stay two. Only steps of other queries are left out.
    for (const step of ownSteps) returned?.add(step);
  }
}

/** The keys of a station, for items of one configuration. */
interface Compiled {
  readonly keys: StationKeys;
  readonly cutter: AnswerCutter | undefined;
  readonly status: 0xFF00 | 0xFF01;
}

/** The text that identifies a step in any query; `undefined` if nothing does. */
function stepOf(dataSet: DataSet): string | undefined {
  const study = dataSet.string(Tag.StudyInstanceUID) ?? "";
  const steps = dataSet.items(Tag.ScheduledProcedureStepSequence)
    .map((item) => item.string(Tag.ScheduledProcedureStepID) ?? "").sort();
  if (study === "" || steps.every((step) => step === "")) return undefined;
  return JSON.stringify([study, ...steps]);
}
