/**
 * What stations are let in, what they are answered, and what is remembered of it.
 *
 * PS3.4 Annex K. Answers come from the committed items of queries, with whatever age they have.
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

/** A worklist, ready to be served. */
export interface ServedWorklist {
  /** The called AE title. */
  readonly name: string;
  readonly queries: readonly string[];
  readonly callers:
    | Readonly<Record<string, { readonly from: readonly AddressRange[]; readonly keys: Keys }>>
    | undefined;
  readonly statuses: readonly string[] | undefined;
  readonly maxAgeMs: number | undefined;
  readonly whenStale: "serve" | "refuse";
  readonly staleNote: string | undefined;
  readonly personNames: PersonNameOptions;
}

/** One query, as far as it is served. */
export interface ServedSource {
  /** Its store; `undefined` while it is not open. */
  readonly store: ServedStore | undefined;
  /** The IANA time zone of its dates. */
  readonly timeZone: string;
}

/** What a service works with. */
export interface WorklistServiceOptions {
  /** The worklists by called AE title, as they are configured now. */
  worklists(): ReadonlyMap<string, ServedWorklist>;
  /** Finds a query. */
  source(query: string): ServedSource | undefined;
  now(): Temporal.Instant;
  monotonicMs(): number;
  /** Called after each answer. */
  onAnswer(answer: StationAnswer): void;
  /** Called for each association that is not let in. */
  onRejection(rejection: StationRejection): void;
}

/** One answer, without anything of what is in it. */
export interface StationAnswer {
  readonly worklist: string;
  readonly caller: string;
  readonly address: string;
  /** Sequence by query: the state that was answered from. */
  readonly sequences: Readonly<Record<string, number>>;
  readonly matches: number;
  /** `ended`: the station cancelled, or the association was over before the answer. */
  readonly outcome: "answered" | "ended" | "stale" | "unknown" | "unreadable" | "failed";
  readonly ageMs: number | undefined;
  readonly durationMs: number;
  /** What went wrong, for `failed`. */
  readonly error?: unknown;
}

/** An association that was not let in. */
export interface StationRejection {
  readonly called: string;
  readonly caller: string;
  readonly address: string;
  readonly why: "called title" | "calling title" | "address";
}

/** How old a worklist is. */
export interface WorklistAge {
  /** Milliseconds since all of its queries were answered; `undefined` if one never was. */
  readonly ageMs: number | undefined;
  /** True if nothing is known of any query. */
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

  /** @param options What it works with. */
  constructor(options: WorklistServiceOptions) {
    this.#options = options;
  }

  /**
   * Decides who is let in.
   *
   * @param request What a station proposes.
   * @param address Where it comes from.
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
   * Tells how old a worklist is: as old as the query that was not answered for longest.
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
   * @throws {FindFailure} If it cannot be answered.
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
      if (age.isUnknown) throw new FindFailure(outOfResources, "nothing is known yet: ask again");
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

  /** The queries, the one that was answered last first: of a step that several have, its is returned. */
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
   * Prepares what is served, so that the first station after a start or a large change is answered quickly.
   *
   * @param turn Waits while others have their turn.
   */
  async warm(turn: () => Promise<void>): Promise<void> {
    const names = new Set([...this.#options.worklists().values()].flatMap((one) => one.queries));
    for (const name of names) {
      const store = this.#options.source(name)?.store;
      if (store !== undefined) await this.#query(name, store).warm(turn);
    }
  }

  /** Forgets the queries that no worklist has any longer. */
  forgetOthers(): void {
    const wanted = new Set([...this.#options.worklists().values()].flatMap((one) => one.queries));
    for (const name of this.#queries.keys()) if (!wanted.has(name)) this.#queries.delete(name);
  }
}

/** A time that is stored; `undefined` if it cannot be read. */
function instantOf(text: string | undefined): Temporal.Instant | undefined {
  try {
    return text === undefined ? undefined : Temporal.Instant.from(text);
  } catch {
    return undefined;
  }
}

/** The caller of a title; own properties only, since titles come from the network. */
function callerOf(
  { callers }: ServedWorklist,
  title: string,
): { from: readonly AddressRange[]; keys: Keys } | undefined {
  return callers !== undefined && Object.hasOwn(callers, title) ? callers[title] : undefined;
}

/**
 * Makes data sets of the keys that the configuration adds.
 *
 * @param keys The keys of a caller.
 * @param statuses The Scheduled Procedure Step Statuses that are served; `undefined`: all.
 * @param now The present, for relative dates.
 * @param timeZone Whose days these are.
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
    // Many peers send no status: such a step is not known to be done.
    added.push({ keys, absentMatches: true });
  }
  return added;
}

/** Stations that name no character set and send bytes outside ASCII mean Latin-1, as a rule. */
const policy = { default: "ISO_IR 100" };

function readIdentifier({ identifier, transferSyntaxUid }: FindIndication): DataSet {
  if (identifier.length === 0) throw new FindFailure(identifierUnreadable, "no identifier");
  try {
    // The request's bytes are overwritten by what comes next.
    return decodeDataSet(identifier.slice(), transferSyntaxUid, { characterSet: policy });
  } catch {
    throw new FindFailure(identifierUnreadable, "the identifier cannot be decoded");
  }
}
