/**
 * The matches of one poll, as they arrive: those that are known by their bytes are only marked, the others
 * are decoded, rechecked and identified.
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

/** A match as the query layer yields it. */
export interface ReceivedMatch {
  /** The encoded data set. */
  readonly bytes: Uint8Array;
  readonly transferSyntaxUid: string;
  /** The length of a match that was longer than the limit and dropped: it has no bytes then. */
  readonly droppedBytes?: number | undefined;
  /** Decodes it; throws {@linkcode DicomDecodeError}. */
  decode(): DataSet;
}

/** Why a verdict about a match is worth a warning. */
export interface Doubt {
  /**
   * `unreadable`: the value of an attribute cannot be read, and the item is kept. `case`: a value differs from the key
   * only in upper and lower case, and the match is dropped.
   */
  readonly kind: "unreadable" | "case";
  /** The path of the attribute. */
  readonly path: string;
}

/** What was asked in one poll. */
export interface Question {
  readonly configuration: QueryConfiguration;
  /** The keys as resolved for this poll: a text that differs when they do. */
  readonly resolved: string;
  /**
   * Finds the path of a key that a data set does not match; undefined if it matches them all, or if nobody can tell.
   * The second argument is given what is doubtful about it.
   */
  readonly unmatchedKey: (
    dataSet: DataSet,
    onDoubt?: (doubt: Doubt) => void,
  ) => string | undefined;
  /** Whether matches that do not match the keys are dropped. */
  readonly recheck: boolean;
}

/** A match that is not known by its bytes. */
export interface FreshMatch {
  readonly high: number;
  readonly low: number;
  /** The identity, without an ordinal. */
  readonly key: ItemKey;
  /** The same as one text. */
  readonly baseId: string;
  /** Its identity by the earlier configurations that items are still known under. */
  readonly formerKeys: readonly ItemKey[];
  readonly json: string;
  readonly characterSet: string | undefined;
  /** The path of the key that it does not match; undefined if it matches them all, or was not checked. */
  readonly unmatched: string | undefined;
  /** The path of an attribute that cannot be read: nobody can tell whether the match matches. */
  readonly unreadable?: string | undefined;
}

/** Gathers the answer to one poll. Of the worklist it changes nothing but marks. */
export class Answer {
  /** The number of this answer, as {@linkcode Entry.seenIn} has it. */
  readonly number: number;
  readonly question: Question;
  /** Matches received. */
  matches = 0;
  /** Matches that are byte for byte another one of this answer. */
  duplicates = 0;
  /** Matches that could not be decoded. */
  undecodable = 0;
  /** Memory of what was kept of the answer for being judged, in bytes. */
  keptBytes = 0;
  /** What was wrong with the first of them; names structure, tag and offset. */
  firstUndecodable: string | undefined;
  /** Matches that match the keys and are not known by their bytes. */
  readonly fresh: FreshMatch[] = [];
  /** Matches of known items that do not match the keys: the peer says that the item is elsewhere now. */
  readonly elsewhere: FreshMatch[] = [];
  /** Known items that were returned as they were, and no longer match the keys. */
  readonly outside = new Set<Entry>();
  /** How many matches did not match a key, by its path. */
  readonly rejected = new Map<string, number>();
  /** How many matches have an attribute that cannot be read, by its path: they are kept. */
  readonly unreadable = new Map<string, number>();
  /** How many matches did not match a key only because of upper and lower case, by its path. */
  readonly caseOnly = new Map<string, number>();
  /** What was rejected, to recognise it in the next answer. */
  readonly rejections = new FingerprintIndex<Rejection>();
  readonly #worklist: Worklist;
  readonly #resolution: number;
  readonly #identity: Identity;
  readonly #formerIdentities: readonly Identity[];
  readonly #isOtherModel: boolean;
  /** Whether what was rejected before is recognised: by the same keys, and the same identity. */
  readonly #mayRecall: boolean;
  readonly #isReconfigured: boolean;
  readonly #taken = new FingerprintIndex<number>();
  readonly #seeds = new Map<string, number>();
  readonly #print: Fingerprint = new Int32Array(2);
  #view: DataView = new DataView(new ArrayBuffer(0));

  /**
   * @param worklist What is known.
   * @param question What was asked.
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
   * Takes in matches.
   *
   * @param matches Some of the answer.
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

  /** How many matches were taken: those that can be read and match the keys. */
  get accepted(): number {
    let rejected = this.undecodable;
    for (const count of this.rejected.values()) rejected += count;
    return this.matches - rejected;
  }

  /**
   * Whether the stored data set says all that these bytes say. Under the configuration in force it does; under a new
   * one it does not if it was kept when only what was not compared changed.
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

  /** The same bytes mean something else in another transfer syntax. */
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
      // The bytes are at hand, and read ten times faster than the stored text.
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
      // Read back, as what was cut out of the text of the whole data set would keep all of it alive.
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

  /** Memory of the items that are known already, in bytes. */
  get storedBytes(): number {
    return this.#worklist.textBytes;
  }

  /** Lets go of what was kept of the answer: it is too much to be judged, and changes nothing. */
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

/** Memory of a kept match besides its text, in bytes. */
const perMatch = 500;

/** The memory of a text, in bytes: it has two for each character if one of them is not of Latin-1. */
function memoryOf(text: string): number {
  return /[^\0-\xFF]/.test(text) ? 2 * text.length : text.length;
}

/** What the keys say of a data set. */
interface Verdict {
  readonly unmatched?: string | undefined;
  readonly doubt?: Doubt | undefined;
}
