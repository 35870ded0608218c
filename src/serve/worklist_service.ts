/**
 * Decides which stations are accepted, answers them, and records each answer.
 *
 * PS3.4 Annex K. Answers are the committed items of queries, at any age.
 *
 * @module
 */
import { DataSet, element } from "../dicom/data_set.ts";
import { decodeDataSet } from "../dicom/decode.ts";
import { Tag } from "../dicom/tag.ts";
import { SopClass, TransferSyntax } from "../dicom/uid.ts";
import type { ProposedContext } from "../network/negotiation.ts";
import type { AAssociateRj, AAssociateRq } from "../network/pdu.ts";
import { buildIdentifier } from "../query/identifier.ts";
import type { Keys } from "../query/query_definition.ts";
import { parseKeyPath } from "../query/key_path.ts";
import type { PersonNameOptions } from "../worklist/match/match_text.ts";
import { type AddressRange, includesAddress } from "./address_range.ts";
import { formatAge, noteAge } from "./age_note.ts";
import { FindFailure, type FindIndication, type FindStep } from "./find_handler.ts";
import { ServedQuery, type ServedStore } from "./served_query.ts";
import { answerStation, type AskedView } from "./station_answer.ts";
import type { AddedKeys } from "./station_keys.ts";

/** A station that is let in. */
export interface ServedCaller {
  readonly from: readonly AddressRange[];
  /** Keys that are added to what it asks. */
  readonly keys: Keys;
  /** True if each match is to have the status FF00, also where a key is not supported. */
  readonly onlyFF00?: boolean | undefined;
}

/** A worklist to serve. */
export interface ServedWorklist {
  /** The called AE title. */
  readonly name: string;
  readonly queries: readonly string[];
  readonly callers: Readonly<Record<string, ServedCaller>> | undefined;
  readonly statuses: readonly string[] | undefined;
  readonly maxAgeMs: number | undefined;
  readonly whenStale: "serve" | "refuse";
  readonly staleNote: string | undefined;
  readonly personNames: PersonNameOptions;
}

/** The part of a query that is served. */
export interface ServedSource {
  /** Its store; `undefined` while it is not open. */
  readonly store: ServedStore | undefined;
  /** The IANA time zone of its dates. */
  readonly timeZone: string;
}

/** The options of a {@linkcode WorklistService}. */
export interface WorklistServiceOptions {
  /** The worklists by called AE title, as they are configured now. */
  worklists(): ReadonlyMap<string, ServedWorklist>;
  /** Finds a query. */
  source(query: string): ServedSource | undefined;
  now(): Temporal.Instant;
  monotonicMs(): number;
  /** Called after each answer. */
  onAnswer(answer: StationAnswer): void;
  /** Called for each association that is rejected. */
  onRejection(rejection: StationRejection): void;
}

/** The facts about one answer, without its content. */
export interface StationAnswer {
  readonly worklist: string;
  readonly caller: string;
  readonly address: string;
  /** The sequence of each query whose state was answered. */
  readonly sequences: Readonly<Record<string, number>>;
  readonly matches: number;
  /** `ended`: the station cancelled, or the association was over before the answer. */
  readonly outcome: "answered" | "ended" | "stale" | "unknown" | "unreadable" | "failed";
  readonly ageMs: number | undefined;
  readonly durationMs: number;
  /** The error, for `failed`. */
  readonly error?: unknown;
}

/** An association that was rejected. */
export interface StationRejection {
  readonly called: string;
  readonly caller: string;
  readonly address: string;
  readonly why: "called title" | "calling title" | "address";
}

/** The age of a worklist. */
export interface WorklistAge {
  /** Milliseconds since the query that was answered longest ago; `undefined` if a query was never answered. */
  readonly ageMs: number | undefined;
  /** True if no query was ever answered. */
  readonly isUnknown: boolean;
  readonly isStale: boolean;
}

/** Modality Worklist in all four transfer syntaxes. */
export const worklistContexts: readonly ProposedContext[] = [{
  abstractSyntax: SopClass.ModalityWorklistInformationModelFind,
  transferSyntaxes: [
    TransferSyntax.ExplicitVrLittleEndian,
    TransferSyntax.ImplicitVrLittleEndian,
    TransferSyntax.DeflatedExplicitVrLittleEndian,
    TransferSyntax.ExplicitVrBigEndian,
  ],
}];

const outOfResources = 0xA700;
const identifierUnreadable = 0xA900;
const unableToProcess = 0xC001;

/** rejected permanently, by the service-user: PS3.8 Table 9-21 */
const rejected = (reason: 3 | 7): AAssociateRj => ({
  type: "A-ASSOCIATE-RJ",
  result: 1,
  source: 1,
  reason,
});

/** Answers stations. */
export class WorklistService {
  readonly #options: WorklistServiceOptions;
  readonly #queries = new Map<string, ServedQuery>();

  /** @param options The worklists, the queries and the clock. */
  constructor(options: WorklistServiceOptions) {
    this.#options = options;
  }

  /**
   * Decides if an association is accepted.
   *
   * @param request The request of the station.
   * @param address The address of the station.
   * @returns The rejection with the standard's reason; `undefined` to accept.
   */
  admit(request: AAssociateRq, address: string): AAssociateRj | undefined {
    const { calledAeTitle: called, callingAeTitle: caller } = request;
    const reject = (why: StationRejection["why"], reason: 3 | 7): AAssociateRj => {
      this.#options.onRejection({ called, caller, address, why });
      return rejected(reason);
    };
    const worklist = this.#options.worklists().get(called);
    if (worklist === undefined) return reject("called title", 7);
    if (worklist.callers === undefined) return undefined;
    const known = callerOf(worklist, caller);
    if (known === undefined) return reject("calling title", 3);
    const { from } = known;
    const isFromThere = from.length === 0 || from.some((range) => includesAddress(range, address));
    return isFromThere ? undefined : reject("address", 3);
  }

  /**
   * Computes the age of a worklist. It is the age of the query whose last believed answer is the oldest.
   *
   * @param worklist The worklist.
   */
  ageOf(worklist: ServedWorklist): WorklistAge {
    const now = this.#options.now();
    const pollStates = worklist.queries.map((name) => this.#pollStateOf(name));
    const ages = pollStates.flatMap((pollState) => {
      const believed = instantOf(pollState?.believed);
      return believed === undefined
        ? []
        : [Math.max(0, Math.round(now.since(believed).total("milliseconds")))];
    });
    const ageMs = ages.length === pollStates.length ? Math.max(...ages) : undefined;
    const { maxAgeMs } = worklist;
    return {
      ageMs,
      isUnknown: pollStates.every((pollState) => pollState?.begun !== true),
      isStale: maxAgeMs !== undefined && (ageMs === undefined || ageMs > maxAgeMs),
    };
  }

  /**
   * Answers a C-FIND.
   *
   * @param indication The request.
   * @throws {FindFailure} If the request cannot be answered.
   */
  *find(indication: FindIndication): Generator<FindStep, void> {
    const { calledAeTitle, callingAeTitle, address, signal } = indication;
    const startedMs = this.#options.monotonicMs();
    const sequences: Record<string, number> = {};
    let matches = 0;
    let outcome: StationAnswer["outcome"] = "ended";
    let ageMs: number | undefined;
    let failure: unknown;
    try {
      const worklist = this.#options.worklists().get(calledAeTitle);
      // The configuration may have changed since the association began.
      const caller = worklist && callerOf(worklist, callingAeTitle);
      if (worklist === undefined || (worklist.callers !== undefined && caller === undefined)) {
        throw new FindFailure(outOfResources, "this worklist is no longer served to you");
      }
      const age = this.ageOf(worklist);
      ageMs = age.ageMs;
      outcome = "unreadable";
      const identifier = readIdentifier(indication);
      outcome = age.isUnknown ? "unknown" : "stale";
      if (age.isUnknown) throw new FindFailure(outOfResources, "nothing is known yet. Ask again");
      if (age.isStale && worklist.whenStale === "refuse") {
        const words = ageMs === undefined ? "of unknown age" : `${formatAge(ageMs)} old`;
        throw new FindFailure(outOfResources, `the worklist is ${words}`);
      }
      outcome = "failed";
      const views = this.#views(worklist, caller?.keys ?? {});
      for (const { view } of views) sequences[view.query] = view.sequence;
      outcome = "ended";
      const path = age.isStale && worklist.staleNote !== undefined
        ? parseKeyPath(worklist.staleNote)
        : undefined;
      const steps = answerStation(views, {
        identifier,
        transferSyntaxUid: indication.transferSyntaxUid,
        personNames: worklist.personNames,
        onlyFF00: caller?.onlyFF00,
        note: path && ((selected) => noteAge(selected, path, ageMs)),
      });
      for (const step of steps) {
        if (step !== undefined) matches++;
        yield step;
      }
      if (!signal.aborted) outcome = "answered";
    } catch (error) {
      if (error instanceof FindFailure) throw error;
      failure = error;
      outcome = "failed";
      throw new FindFailure(unableToProcess, "an item cannot be read or encoded");
    } finally {
      const durationMs = this.#options.monotonicMs() - startedMs;
      this.#options.onAnswer({
        worklist: calledAeTitle,
        caller: callingAeTitle,
        address,
        sequences,
        matches,
        outcome,
        ageMs,
        durationMs,
        ...(failure !== undefined && { error: failure }),
      });
    }
  }

  /**
   * Lists the queries, the most recently answered first. A step that several queries have is returned from
   * the first one.
   */
  #views(worklist: ServedWorklist, keys: Keys): AskedView[] {
    const now = this.#options.now();
    const sources = worklist.queries.map((name) => ({ name, source: this.#options.source(name) }));
    return sources
      .map(({ name, source }) => {
        const store = source?.store;
        if (source === undefined || store === undefined) {
          throw new FindFailure(outOfResources, "a part of the worklist is not available");
        }
        const { timeZone } = source;
        const added = addedKeys(keys, worklist.statuses, now, timeZone);
        const believed = instantOf(store.worklist.pollState.believed)?.epochMilliseconds ?? 0;
        return { believed, view: this.#query(name, store).view(), added, timeZone };
      })
      .sort((one, other) => other.believed - one.believed);
  }

  #pollStateOf(query: string): ServedStore["worklist"]["pollState"] | undefined {
    return this.#options.source(query)?.store?.worklist.pollState;
  }

  #query(name: string, store: ServedStore): ServedQuery {
    let query = this.#queries.get(name);
    if (query?.store !== store) {
      query = new ServedQuery(store);
      this.#queries.set(name, query);
    }
    return query;
  }

  /**
   * Prepares the items, so that the first station after a start or a large change is answered quickly.
   *
   * @param turn Waits while other tasks run.
   */
  async warm(turn: () => Promise<void>): Promise<void> {
    const names = new Set([...this.#options.worklists().values()].flatMap((one) => one.queries));
    for (const name of names) {
      const store = this.#options.source(name)?.store;
      if (store !== undefined) await this.#query(name, store).warm(turn);
    }
  }

  /** Forgets queries that no worklist names any more. */
  forgetOthers(): void {
    const wanted = new Set([...this.#options.worklists().values()].flatMap((one) => one.queries));
    for (const name of this.#queries.keys()) if (!wanted.has(name)) this.#queries.delete(name);
  }
}

/** Reads a stored time; `undefined` if it cannot be read. */
function instantOf(text: string | undefined): Temporal.Instant | undefined {
  try {
    return text === undefined ? undefined : Temporal.Instant.from(text);
  } catch {
    return undefined;
  }
}

/** Finds the caller of a title. Only own properties count, because titles come from the network. */
function callerOf({ callers }: ServedWorklist, title: string): ServedCaller | undefined {
  return callers !== undefined && Object.hasOwn(callers, title) ? callers[title] : undefined;
}

/**
 * Makes data sets of the keys that the configuration adds.
 *
 * @param keys The keys of a caller.
 * @param statuses The Scheduled Procedure Step Statuses that are served; `undefined`: all.
 * @param now The present, for relative dates.
 * @param timeZone The time zone of the days.
 * @returns The keys, all of which an item must match.
 */
export function addedKeys(
  keys: Keys,
  statuses: readonly string[] | undefined,
  now: Temporal.Instant,
  timeZone: string,
): AddedKeys[] {
  const added: AddedKeys[] = [];
  if (Object.keys(keys).length > 0) {
    const built = buildIdentifier({ model: "worklist", keys }, { now, timeZone });
    added.push({ keys: built.keys, absentMatches: false });
  }
  if (statuses !== undefined) {
    const step = new DataSet([element(Tag.ScheduledProcedureStepStatus, statuses)]);
    const keys = new DataSet([element(Tag.ScheduledProcedureStepSequence, [step])]);
    // Many peers send no status. Such a step is not known to be done.
    added.push({ keys, absentMatches: true });
  }
  return added;
}

/** Stations that name no character set and send bytes outside ASCII usually mean Latin-1. */
const policy = { default: "ISO_IR 100" };

function readIdentifier({ identifier, transferSyntaxUid }: FindIndication): DataSet {
  if (identifier.length === 0) throw new FindFailure(identifierUnreadable, "no identifier");
  try {
    // The next request overwrites these bytes, so they are copied.
    return decodeDataSet(identifier.slice(), transferSyntaxUid, { characterSet: policy });
  } catch {
    throw new FindFailure(identifierUnreadable, "the identifier cannot be decoded");
  }
}
