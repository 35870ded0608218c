/**
 * Collects the matches of one poll as they arrive. A match whose bytes are those of a stored item is only
 * marked. Any other match is decoded, rechecked against the keys and identified.
 *
 * @module
 */
import type { DataSet } from "../../dicom/data_set.ts";
import { DicomDecodeError } from "../../dicom/errors.ts";
import { encodeJson } from "../../dicom/json/json.ts";
import { type QueryConfiguration, sameConfiguration } from "../configuration.ts";
import { type Fingerprint, fingerprint, formatFingerprint } from "../fingerprint.ts";
import { FingerprintIndex } from "../fingerprint_index.ts";
import { type Identity, identityOf, idOf, type ItemKey, parseIdentity } from "../item.ts";
import type { Entry, Rejection, Worklist } from "../worklist.ts";

/** A match as the query layer returns it. */
export interface ReceivedMatch {
  /** The encoded data set. */
  readonly bytes: Uint8Array;
  readonly transferSyntaxUid: string;
  /**
   * The length of a match that was dropped because it is longer than `limits.match`. Such a match has no
   * bytes.
   */
  readonly droppedBytes?: number | undefined;
  /** Decodes the match; throws {@linkcode DicomDecodeError}. */
  decode(): DataSet;
}

/** A doubt about the recheck of a match, which is reported as a warning. */
export interface Doubt {
  /**
   * `unreadable`: the value of an attribute cannot be read, and the item is kept. `case`: a value differs from the key
   * only in upper and lower case, and the match is dropped.
   */
  readonly kind: "unreadable" | "case";
  /** The path of the attribute. */
  readonly path: string;
}

/** The keys of one poll. */
export interface Question {
  readonly configuration: QueryConfiguration;
  /**
   * The keys as resolved for this poll, as one text. It changes whenever a resolved key does, for example at
   * midnight.
   */
  readonly resolved: string;
  /**
   * Finds the path of a key that a data set does not match. Undefined if the data set matches all keys, or if
   * a value cannot be read. A doubt about the result is passed to the second argument.
   */
  readonly unmatchedKey: (
    dataSet: DataSet,
    onDoubt?: (doubt: Doubt) => void,
  ) => string | undefined;
  /** True if matches that do not match the keys are dropped. */
  readonly recheck: boolean;
}

/** A match whose bytes are not those of a stored item. */
export interface FreshMatch {
  readonly high: number;
  readonly low: number;
  /** The identity, without an ordinal. */
  readonly key: ItemKey;
  /** The identity as one text. */
  readonly baseId: string;
  /** The identity by earlier configurations, for items that are still stored under one of them. */
  readonly formerKeys: readonly ItemKey[];
  readonly json: string;
  readonly characterSet: string | undefined;
  /** The path of a key that the match does not match. Undefined if it matches all keys, or was not checked. */
  readonly unmatched: string | undefined;
  /** The path of an attribute that cannot be read, so that the recheck is undecided. */
  readonly unreadable?: string | undefined;
}

/** Collects the answer to one poll. It marks items of the worklist and changes nothing else in it. */
export class Answer {
  /** The number of this answer. {@linkcode Entry.seenIn} holds it for each item that the answer has. */
  readonly number: number;
  readonly question: Question;
  /** The number of matches received. */
  matches = 0;
  /** The number of matches whose bytes equal those of another match of this answer. */
  duplicates = 0;
  /** The number of matches that could not be decoded. */
  undecodable = 0;
  /** The memory of the matches that are kept to be judged, in bytes. */
  keptBytes = 0;
  /** The message of the first of them; it names structure, tag and offset. */
  firstUndecodable: string | undefined;
  /** Matches that match the keys and whose bytes are not those of a stored item. */
  readonly fresh: FreshMatch[] = [];
  /** Matches of stored items that do not match the keys: the peer says that the item is elsewhere now. */
  readonly elsewhere: FreshMatch[] = [];
  /** Stored items that the peer returned unchanged although they no longer match the keys. */
  readonly outside = new Set<Entry>();
  /** The number of matches that did not match a key, by the path of the key. */
  readonly rejected = new Map<string, number>();
  /** The number of matches with an attribute that cannot be read, by its path. These matches are kept. */
  readonly unreadable = new Map<string, number>();
  /** The number of matches that differ from a key only in upper and lower case, by the path of the key. */
  readonly caseOnly = new Map<string, number>();
  /** The rejected matches, to recognise them in the next answer. */
  readonly rejections = new FingerprintIndex<Rejection>();
  readonly #worklist: Worklist;
  readonly #resolution: number;
  readonly #identity: Identity;
  readonly #formerIdentities: readonly Identity[];
  readonly #isOtherModel: boolean;
  /**
   * True if matches that an earlier answer rejected are recognised, because the keys and the identity are the
   * same.
   */
  readonly #mayRecall: boolean;
  readonly #isReconfigured: boolean;
  readonly #taken = new FingerprintIndex<number>();
  readonly #seeds = new Map<string, number>();
  readonly #print: Fingerprint = new Int32Array(2);
  #view: DataView = new DataView(new ArrayBuffer(0));

  /**
   * @param worklist The stored items.
   * @param question The keys of the poll.
   */
  constructor(worklist: Worklist, question: Question) {
    const { configuration, resolved } = question;
    this.#worklist = worklist;
    this.question = question;
    this.number = worklist.nextAnswer();
    this.#resolution = worklist.resolutionOf(resolved);
    this.#identity = parseIdentity(configuration.identity);
    this.#formerIdentities = worklist.otherIdentities(configuration).map(parseIdentity);
    const before = worklist.configuration;
    this.#isReconfigured = before === undefined || !sameConfiguration(before, configuration);
    this.#isOtherModel = worklist.isOfOtherModel(configuration);
    this.#mayRecall = question.recheck &&
      worklist.configuration?.identity.join() === configuration.identity.join();
  }

  /**
   * Adds matches.
   *
   * @param matches A part of the answer.
   */
  add(matches: Iterable<ReceivedMatch>): void {
    for (const match of matches) {
      this.matches++;
      if (match.bytes.length === 0) {
        const { droppedBytes } = match;
        this.#noteUndecodable(
          droppedBytes === undefined
            ? "Cannot read a match: the peer sent it without an Identifier"
            : `Cannot read a match of ${droppedBytes} bytes: it is longer than limits.match of its ` +
              "peer. Raise that if the match is right",
        );
        continue;
      }
      this.#takeFingerprint(match);
      const entry = this.#isOtherModel ? undefined : this.#worklist.recognise(this.#print);
      if (entry && this.#isStored(entry)) this.#addKnown(entry, match);
      else this.#addUnknown(match);
    }
  }

  /** The number of matches that can be read and match the keys. */
  get accepted(): number {
    let rejected = this.undecodable;
    for (const count of this.rejected.values()) rejected += count;
    return this.matches - rejected;
  }

  /**
   * True if the stored data set has the same content as these bytes. Under the configuration in force that is
   * always so. After a change of the configuration, the stored data set may lack attributes that were not
   * compared before.
   */
  #isStored({ item }: Entry): boolean {
    const isCurrent = !this.#isReconfigured &&
      item.configuration === this.#worklist.configurationNumber;
    return isCurrent || item.fingerprint === formatFingerprint(this.#print);
  }

  #takeFingerprint({ bytes, transferSyntaxUid }: ReceivedMatch): void {
    if (this.#view.buffer !== bytes.buffer) this.#view = new DataView(bytes.buffer);
    const start = bytes.byteOffset;
    const seed = this.#seeds.get(transferSyntaxUid) ?? this.#seedOf(transferSyntaxUid);
    fingerprint(this.#view, start, start + bytes.byteLength, seed, this.#print);
  }

  /** The seed of a transfer syntax. The same bytes have another meaning in another transfer syntax. */
  #seedOf(transferSyntaxUid: string): number {
    const bytes = new TextEncoder().encode(transferSyntaxUid);
    const found: Fingerprint = new Int32Array(2);
    fingerprint(new DataView(bytes.buffer), 0, bytes.length, 0, found);
    const seed = found[0] ?? 0;
    this.#seeds.set(transferSyntaxUid, seed);
    return seed;
  }

  #addKnown(entry: Entry, match: ReceivedMatch): void {
    if (entry.seenIn === this.number) {
      this.duplicates++;
      return;
    }
    if (this.question.recheck && entry.matchesIn !== this.#resolution) {
      // The bytes are at hand, and ten times faster to read than the stored text.
      const dataSet = this.#decode(match);
      if (dataSet === undefined) return;
      const { unmatched, doubt } = this.#judge(dataSet);
      if (unmatched !== undefined) {
        this.outside.add(entry);
        return this.#reject({ path: unmatched, isCase: doubt?.kind === "case" });
      }
      entry.unreadable = doubt?.path;
    }
    if (this.question.recheck) this.#noteUnreadable(entry.unreadable);
    entry.matchesIn = this.#resolution;
    entry.seenIn = this.number;
  }

  #addUnknown(match: ReceivedMatch): void {
    if (this.#taken.get(this.#print) !== undefined) {
      this.duplicates++;
      return;
    }
    this.#taken.set(this.#print, this.matches);
    const rejection = this.#mayRecall
      ? this.#worklist.rejectionOf(this.#print, this.#resolution)
      : undefined;
    if (rejection && !this.#isKnown(rejection)) {
      this.rejections.set(this.#print, rejection);
      return this.#reject(rejection);
    }
    const dataSet = this.#decode(match);
    if (dataSet) this.#addDecoded(dataSet);
  }

  #decode(match: ReceivedMatch): DataSet | undefined {
    try {
      return match.decode();
    } catch (error) {
      if (!(error instanceof DicomDecodeError)) throw error;
      this.#noteUndecodable(error.message);
      return undefined;
    }
  }

  #noteUndecodable(message: string): void {
    this.undecodable++;
    this.firstUndecodable ??= message;
  }

  #addDecoded(dataSet: DataSet): void {
    const [high = 0, low = 0] = this.#print;
    const { unmatched: path, doubt }: Verdict = this.question.recheck ? this.#judge(dataSet) : {};
    const unreadable = path === undefined ? doubt?.path : undefined;
    this.#noteUnreadable(unreadable);
    const baseId = idOf(identityOf(dataSet, this.#identity));
    const formerKeys = this.#formerIdentities.map((identity) => identityOf(dataSet, identity));
    if (path !== undefined) {
      const isCase = doubt?.kind === "case";
      const rejection = { path, isCase, baseIds: [baseId, ...formerKeys.map(idOf)] };
      this.rejections.set(this.#print, rejection);
      this.#reject(rejection);
      this.keptBytes += 2 * baseId.length;
      if (!this.#isKnown(rejection)) return;
    }
    const json = encodeJson(dataSet);
    this.keptBytes += memoryOf(json) + perMatch;
    (path === undefined ? this.fresh : this.elsewhere).push({
      high,
      low,
      // Parsed again: a part of the data set's text would keep the whole text in memory.
      key: JSON.parse(baseId),
      baseId,
      formerKeys,
      json,
      characterSet: dataSet.characterSet.join("\\") || undefined,
      unmatched: path,
      unreadable,
    });
  }

  #judge(dataSet: DataSet): Verdict {
    let doubt: Doubt | undefined;
    const unmatched = this.question.unmatchedKey(dataSet, (one) => doubt = one);
    return { unmatched, doubt };
  }

  #noteUnreadable(path: string | undefined): void {
    if (path !== undefined) this.unreadable.set(path, (this.unreadable.get(path) ?? 0) + 1);
  }

  /** The memory of the stored items, in bytes. */
  get storedBytes(): number {
    return this.#worklist.textBytes;
  }

  /** Discards the kept matches of an answer that is too large to be judged. Such an answer changes nothing. */
  drop(): void {
    this.fresh.length = 0;
    this.elsewhere.length = 0;
    this.keptBytes = 0;
  }

  #isKnown({ baseIds }: Rejection): boolean {
    return baseIds.some((baseId) => this.#worklist.knows(baseId));
  }

  #reject({ path, isCase }: Pick<Rejection, "path" | "isCase">): void {
    this.rejected.set(path, (this.rejected.get(path) ?? 0) + 1);
    if (isCase) this.caseOnly.set(path, (this.caseOnly.get(path) ?? 0) + 1);
  }
}

/** The memory of a kept match besides its text, in bytes. */
const perMatch = 500;

/** The memory of a text, in bytes. A text with a character outside Latin-1 takes two bytes for each character. */
function memoryOf(text: string): number {
  return /[^\0-\xFF]/.test(text) ? 2 * text.length : text.length;
}

/** The result of comparing a data set with the keys. */
interface Verdict {
  readonly unmatched?: string | undefined;
  readonly doubt?: Doubt | undefined;
}
