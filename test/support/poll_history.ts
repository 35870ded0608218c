/**
 * Random histories of one query: a model hospital, a peer that answers as badly as peers do, the daemon's own
 * `poll()`, a state on a disk that loses power, and a listener who knows nothing but the committed events.
 *
 * What is proven of each history:
 *
 * - **Not one false `removed`**: at the moment of a poll that tells a step as removed, the hospital has no such
 *   step in the window of the query; with `removal.verify`, it has no such step at all.
 * - **Not one false event of another kind**: what is added or changed is so in the hospital, in every fact, at that
 *   moment, and was otherwise believed before; what left the window was not returned in it.
 * - **Not one missed change**: after every complete poll in which the peer returned what it was asked for, the
 *   listener believes of every step in the window exactly what is true.
 * - **State equals truth**: after so many such polls that every rule of removal is met, the listener believes in
 *   nothing else.
 *
 * What no client can know is not played: that a peer withholds an item from as many complete polls in a row as the
 * rules of removal ask for.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import {
  AssociationAbortedError,
  ConnectError,
  DicomTimeoutError,
  DimseStatusError,
} from "../../src/network/errors.ts";
import type { DataSet } from "../../src/dicom/data_set.ts";
import { decodeDataSet } from "../../src/dicom/decode.ts";
import { Tag } from "../../src/dicom/tag.ts";
import { TransferSyntax } from "../../src/dicom/uid.ts";
import type { FindOptions, PreparedQuery } from "../../src/query/find_batches.ts";
import type { Asker } from "../../src/daemon/poll/ask.ts";
import { peerNamed } from "../../src/cases/canned_peer.ts";
import { CaseStore } from "../../src/cases/case_store.ts";
import type { QueryConfig } from "../../src/daemon/config.ts";
import { querySchema } from "../../src/daemon/config/query.ts";
import { poll } from "../../src/daemon/poll/poll.ts";
import type { PollReport } from "../../src/daemon/poll/poll_report.ts";
import { type PolledQuery, polledQuery } from "../../src/daemon/poll/polled_query.ts";
import type { ReceivedMatch } from "../../src/worklist/judge/answer.ts";
import { compileMatcher } from "../../src/worklist/match/match.ts";
import { QueryStore } from "../../src/worklist/journal/store.ts";
import { isLimitCount } from "../../src/worklist/judge/suspect.ts";
import { CrashingDisk, PowerLoss } from "./crashing_disk.ts";
import {
  daysFrom,
  factsOf,
  factsOfJson,
  isInWindow,
  type JsonElement,
  type ModelStep,
  ModelWorld,
  type Window,
} from "./model_world.ts";
import type { SeededRandom } from "./seeded_random.ts";

interface Edge {
  readonly timeZone: string;
  readonly at: string;
}

/** Where days end, and where clocks are set forward and back. */
const edges: readonly [Edge, ...Edge[]] = [
  { timeZone: "Europe/Berlin", at: "2026-11-21T23:00:00Z" },
  { timeZone: "Europe/Berlin", at: "2026-03-29T01:00:00Z" },
  { timeZone: "Europe/Berlin", at: "2026-10-25T01:00:00Z" },
  { timeZone: "America/St_Johns", at: "2026-03-08T05:30:00Z" },
  { timeZone: "America/St_Johns", at: "2026-11-01T04:30:00Z" },
  // A minute after midnight it was 23:01 of the day before again.
  { timeZone: "America/St_Johns", at: "2010-11-07T02:31:00Z" },
  { timeZone: "Australia/Lord_Howe", at: "2026-10-03T15:30:00Z" },
  { timeZone: "Australia/Lord_Howe", at: "2026-04-04T15:00:00Z" },
];

/** What a peer does in one poll. An honest one may fail in the questions that follow the first; a steady one does not. */
type Behaviour =
  | "steady"
  | "honest"
  | "ignores-keys"
  | "fails"
  | "undecodable"
  | "withholds"
  | "withholds-few"
  | "empty";

const returnKeys = [
  "PatientName",
  "PatientID",
  "AccessionNumber",
  "StudyInstanceUID",
  "ScheduledProcedureStepSequence.ScheduledStationAETitle",
  "ScheduledProcedureStepSequence.ScheduledProcedureStepStartTime",
  "ScheduledProcedureStepSequence.ScheduledProcedureStepStartDate",
  "ScheduledProcedureStepSequence.ScheduledProcedureStepID",
];
const byStep = ["StudyInstanceUID", "ScheduledProcedureStepSequence.ScheduledProcedureStepID"];
const byAccession = ["AccessionNumber"];

/** A configuration of the query, as far as histories change it. */
interface Setting {
  readonly days: number;
  readonly station: string | undefined;
  readonly asksForDescription: boolean;
  readonly ignoresDescription: boolean;
  readonly identity: readonly string[];
  readonly host: string;
}

/** Checking a configuration takes longer than a poll. */
const queries = new Map<string, Omit<PolledQuery, "store">>();

/** One history. */
export class PollHistory {
  /** What happened, for the report of a failure. */
  readonly log: string[] = [];
  readonly #random: SeededRandom;
  readonly #world: ModelWorld;
  /** By accession number: what the listener believes. */
  readonly #believed = new Map<string, string>();
  /** At how many matches the peer cuts, once it does. */
  readonly #cap: number;
  /** From which poll on it does. */
  readonly #cutsFrom: number;
  readonly #limit: number;
  readonly #splits: boolean;
  readonly #verifies: boolean;
  readonly #isSilent: boolean;
  readonly #hold: string;
  #disk = new CrashingDisk();
  #store: QueryStore | undefined;
  #now: Temporal.Instant;
  #setting: Setting;
  #heard = 0;
  /** The last sequence that counts as used without an event in the journal, after a commit that was damaged. */
  #skippedTo = 0;
  #polls = 0;
  /** Whether the last complete poll told the truth. */
  #wasHonest = true;
  #emptyPolls = 0;
  /** The window of the last complete answer, if that had no match. */
  #zeroWindow = "";
  /** Whether the last complete answer was the first for its window that had no match. */
  #isFirstZero = false;
  /** The accession numbers of what the peer returned in the last poll. */
  #returned: ReadonlySet<string> = new Set();
  /** The same of the last complete poll. */
  #lastWhole: ReadonlySet<string> = new Set();

  constructor(random: SeededRandom) {
    this.#random = random;
    const { timeZone, at } = random.pick(edges);
    this.#now = Temporal.Instant.from(at).subtract({ minutes: random.below(180) });
    this.#world = new ModelWorld(random, timeZone);
    const isLarge = random.oneIn(300);
    this.#limit = !isLarge && random.oneIn(6) ? 12 : 100_000;
    const cutsAtLimit = this.#limit === 12 && random.oneIn(2);
    this.#cap = isLarge ? 100 : cutsAtLimit ? 12 : Infinity;
    this.#cutsFrom = random.pick([1, 1, 3, 5]);
    this.#splits = random.oneIn(2);
    this.#verifies = random.oneIn(3);
    this.#isSilent = random.oneIn(8);
    this.#hold = random.pick(["0s", "2m", "15m"]);
    this.#setting = {
      days: random.pick([1, 2]),
      station: random.pick([undefined, "CT1"]),
      asksForDescription: random.oneIn(2),
      ignoresDescription: random.oneIn(4),
      identity: random.pick([byStep, byStep, byAccession]),
      host: "ris",
    };
    const size = isLarge ? 140 + random.below(80) : random.pick([3, 5, 8, 12, 18]);
    for (let count = 0; count < size; count++) this.#world.add(this.#now);
  }

  /** Plays it. */
  async play(): Promise<void> {
    for (let polls = this.#random.pick([5, 7, 9]); polls > 0; polls--) {
      await this.#live();
      await this.#poll(this.#behaviour());
    }
    await this.#settle();
  }

  /** Time passes, something happens, perhaps to us. */
  async #live(): Promise<void> {
    const random = this.#random;
    const minutes = random.pick([0.5, 0.5, 0.5, 10, 31, 60, 90, 360]);
    this.#now = this.#now.add({ seconds: minutes * 60 });
    for (let acts = random.below(4); acts > 0; acts--) this.#world.act(this.#now);
    if (random.oneIn(6)) await this.#restart();
    if (random.oneIn(8)) this.#reconfigure();
  }

  /** The process is killed, or the power fails; all of the state is read anew. */
  async #restart(): Promise<void> {
    await this.#store?.close();
    this.#store = undefined;
    this.#disk = this.#disk.afterPowerLoss(
      this.#random.pick(["everything-kept", "everything-lost", "half-written"]),
    );
    this.log.push("restart");
  }

  #reconfigure(): void {
    const random = this.#random;
    this.#setting = {
      ...this.#setting,
      ...random.pick<Partial<Setting>>([
        { days: random.pick([1, 2]) },
        { station: random.pick([undefined, "CT1"]) },
        { asksForDescription: random.oneIn(2) },
        { ignoresDescription: random.oneIn(2) },
        { identity: random.pick([byStep, byAccession]) },
        { host: random.pick(["ris", "ris2"]) },
      ]),
    };
    this.log.push(`configured ${JSON.stringify(this.#setting)}`);
  }

  /** A peer lies only where the rules can know better; see the head of this file. */
  #behaviour(): Behaviour {
    const random = this.#random;
    if (this.#emptyPolls > 0) {
      return this.#emptyPolls < 2
        ? random.pick(["empty", "fails", "honest", "withholds-few"])
        : "honest";
    }
    const kind = random.below(14);
    if (kind < 3) return "fails";
    if (kind < 4) return "undecodable";
    if (kind < 5) return "ignores-keys";
    // A third answer that loses everything is believed: nobody could know better.
    const isHeld = (this.#store?.worklist.pollState.brake?.polls ?? 0) < 2;
    const mayLie = this.#wasHonest && isHeld && this.#cap === Infinity && this.#limit > 1000;
    if (kind < 7 && mayLie) return random.pick(["empty", "withholds"]);
    return "honest";
  }

  #window(): Window {
    const { days, station } = this.#setting;
    return { days: daysFrom(this.#now, this.#world.timeZone, days), station };
  }

  #query(): Omit<PolledQuery, "store"> {
    const rules = [this.#limit, this.#isSilent, this.#verifies, this.#splits, this.#hold] as const;
    const name = JSON.stringify([this.#world.timeZone, this.#setting, rules]);
    let query = queries.get(name);
    if (query === undefined) {
      const peer = { ...peerNamed("ris"), host: this.#setting.host };
      queries.set(name, query = polledQuery(this.#newQuery(), peer, new CaseStore()));
    }
    return query;
  }

  #newQuery(): QueryConfig {
    const { days, station, asksForDescription, ignoresDescription, identity } = this.#setting;
    const step: Record<string, string> = {
      ScheduledProcedureStepStartDate: days === 1 ? "today" : "today..today+1",
      ...(station !== undefined && { ScheduledStationAETitle: station }),
    };
    const section = querySchema.parse({
      peer: "ris",
      schedule: "every 30s",
      keys: { ScheduledProcedureStepSequence: step },
      return: asksForDescription ? [...returnKeys, "RequestedProcedureDescription"] : returnKeys,
      ignore: ignoresDescription ? ["RequestedProcedureDescription"] : [],
      identity,
      limit: this.#limit,
      initial: this.#isSilent ? "silent" : "emit",
      removal: { verify: this.#verifies, brake_hold: this.#hold },
      ...(this.#splits && { split: { by: "date", min: "1h" } }),
    });
    return { ...section, name: "ct", timeZone: this.#world.timeZone };
  }

  async #opened(): Promise<QueryStore> {
    if (this.#store !== undefined) return this.#store;
    const store = await QueryStore.open("state", "ct", {
      disk: this.#disk,
      replayBytes: 4096,
      segmentBytes: 16_384,
    });
    if (store.usedSequence > store.lastSequence) this.#skippedTo = store.usedSequence;
    return this.#store = store;
  }

  async #poll(behaviour: Behaviour): Promise<PollReport | undefined> {
    const store = await this.#opened();
    this.#disk.now = this.#now.epochMilliseconds;
    const wasSilent = this.#isSilent && !store.worklist.pollState.begun;
    const cap = this.#polls + 1 >= this.#cutsFrom ? this.#cap : Infinity;
    const asker = new ModelPeer(this.#world, this.#window(), behaviour, cap, this.#lastWhole);
    if (this.#random.oneIn(12)) {
      this.#disk.crashAt = this.#disk.operations + 1 + this.#random.below(6);
    }
    let report: PollReport | undefined;
    try {
      report = await poll({ ...this.#query(), store }, {
        clock: {
          now: () => this.#now,
          monotonicMs: () => this.#now.epochMilliseconds,
          sleepUntil: () => Promise.resolve(),
        },
        id: `p${++this.#polls}`,
        asker,
        signal: new AbortController().signal,
      });
    } catch (error) {
      if (!isPowerLoss(error)) throw error;
    }
    this.log.push(
      `${this.#now.toZonedDateTimeISO(this.#world.timeZone)} ${behaviour}: ` +
        (report === undefined
          ? "no power"
          : `${report.matches} matches ${report.failure?.words ?? report.suspect ?? ""}`),
    );
    this.#returned = asker.returned;
    if (report === undefined || this.#disk.operations >= this.#disk.crashAt) await this.#restart();
    await this.#listen(wasSilent);
    this.#judge(report, behaviour);
    return report;
  }

  /** Hears what is committed and was not heard yet. */
  async #listen(wasSilent: boolean): Promise<void> {
    const store = await this.#opened();
    for (const { sequence, line } of await store.read(this.#heard, 100_000)) {
      const skips = sequence === this.#skippedTo + 1 && sequence > this.#heard;
      assert(sequence === this.#heard + 1 || skips, `a gap in the journal before ${sequence}`);
      this.#heard = sequence;
      this.#hear(line);
    }
    if (!wasSilent) return;
    for (const { json } of store.items()) {
      const facts = factsOfJson(JSON.parse(json));
      this.#believed.set(accessionOf(facts), facts);
    }
  }

  /** Each event must be true, and make sense to someone who knows only the earlier ones. */
  #hear(line: string): void {
    const { type, data } = JSON.parse(line);
    const event = type.slice(type.lastIndexOf(".") + 1);
    const before = data.before && factsOfJson(data.before);
    const after = data.after && factsOfJson(data.after);
    const accession = accessionOf(after ?? before ?? "");
    const step = this.#world.steps.get(accession);
    const window = this.#window();
    const isThere = step !== undefined && isInWindow(step, window);
    this.log.push(`  ${event} ${after ?? before ?? data.words}`);
    switch (event) {
      case "added":
        assert(!this.#believed.has(accession), "added twice");
        assert(isThere, "added but not there");
        assertEquals(after, factsOf(step), "added otherwise than it is");
        this.#believed.set(accession, after);
        break;
      case "changed":
        this.#checkSame(before, after);
        assertEquals(
          this.#believed.get(accessionOf(before)),
          before,
          "changed from what is unknown",
        );
        this.#believed.delete(accessionOf(before));
        assert(!this.#believed.has(accession), "one step became another that there is too");
        assert(step !== undefined, "changed but not there");
        assertEquals(after, factsOf(step), "changed otherwise than it is");
        assert(data.changes.length > 0, "changed without a change");
        this.#believed.set(accession, after);
        break;
      case "removed":
        assert(!isThere, "false removed: it is in the window");
        assert(!this.#verifies || step === undefined, "false removed: it is elsewhere");
        assert(this.#believed.delete(accession), "removed but unknown");
        break;
      case "left_window":
        assert(!isThere || !this.#returned.has(accession), "left the window but is in it");
        assert(this.#believed.delete(accession), "left but unknown");
        break;
    }
  }

  /** A step becomes another only where that took its place under the same identity. */
  #checkSame(before: string, after: string): void {
    const [accession = "", study, step] = before.split("|");
    const [otherAccession, otherStudy, otherStep] = after.split("|");
    if (accession === otherAccession) return;
    assertEquals([study, step], [otherStudy, otherStep], "one step became another");
    assert(!this.#returned.has(accession), "one step became another while the peer returned both");
  }

  /** Whether the listener knows after a poll what the peer told in it. */
  #judge(report: PollReport | undefined, behaviour: Behaviour): void {
    if (report === undefined) {
      // It may have been committed all the same.
      this.#lastWhole = this.#lastWhole.intersection(this.#returned);
      this.#wasHonest = false;
      if (behaviour === "empty") this.#emptyPolls++;
    }
    if (report === undefined) this.#zeroWindow = "";
    if (report === undefined || !report.complete) return;
    this.#lastWhole = this.#returned;
    this.#emptyPolls = behaviour === "empty" ? this.#emptyPolls + 1 : 0;
    const zeroWindow = report.matches === 0 ? JSON.stringify(this.#window()) : "";
    // What an answer without a match lets leave waits for the second one.
    this.#isFirstZero = zeroWindow !== this.#zeroWindow && zeroWindow !== "";
    this.#zeroWindow = zeroWindow;
    if (report.suspect === undefined && !this.#isFirstZero) this.#checkWindow();
    const isHonest = ["steady", "honest", "ignores-keys"].includes(behaviour);
    this.#wasHonest = isHonest;
    if (!isHonest || report.matches >= this.#cap) return;
    for (const step of this.#inWindow()) {
      assertEquals(this.#believed.get(step.accession), factsOf(step), "missed");
    }
  }

  /** What a complete poll leaves is in the window, by what is believed of it. */
  #checkWindow(): void {
    const window = this.#window();
    for (const facts of this.#believed.values()) {
      const [, , , , , station = "", date = ""] = facts.split("|");
      assert(isInWindow({ station, date }, window), `did not leave: ${facts}`);
    }
  }

  #inWindow(): ModelStep[] {
    const window = this.#window();
    return [...this.#world.steps.values()].filter((step) => isInWindow(step, window));
  }

  /** After honest complete polls the listener believes what is true, and nothing else. */
  async #settle(): Promise<void> {
    this.log.push("settle");
    let polls = 0;
    for (let tries = 0; polls < 4 && tries < 24; tries++) {
      this.#now = this.#now.add({ minutes: 5 });
      const report = await this.#poll("steady");
      if (report?.complete && this.#isFirstZero) polls = 0;
      else if (report?.complete && report.suspect === undefined) polls++;
      else if (report !== undefined && report.suspect === undefined && !report.complete) return;
    }
    // A count at which a limit may cut is not believed.
    if (this.#inWindow().length >= Math.min(this.#cap, this.#limit)) return;
    if (isLimitCount(this.#inWindow().length)) return;
    assert(polls >= 4, "complete polls are not believed");
    const truth = this.#inWindow().map(factsOf).sort();
    assertEquals([...this.#believed.values()].sort(), truth, "state is not the truth");
    const store = await this.#opened();
    const stored = [...store.items()].map(({ json }) =>
      factsOfJson(JSON.parse(json) as Record<string, JsonElement>)
    );
    assertEquals(stored.sort(), truth, "what is stored is not the truth");
    await store.close();
  }
}

/** Answers for the hospital. */
class ModelPeer implements Asker {
  /** The accession numbers of what it returned. */
  readonly returned = new Set<string>();
  readonly #world: ModelWorld;
  readonly #window: Window;
  readonly #behaviour: Behaviour;
  readonly #cap: number;
  readonly #lastWhole: ReadonlySet<string>;
  #questions = 0;

  constructor(
    world: ModelWorld,
    window: Window,
    behaviour: Behaviour,
    cap: number,
    lastWhole: ReadonlySet<string>,
  ) {
    this.#world = world;
    this.#window = window;
    this.#behaviour = behaviour;
    this.#cap = cap;
    this.#lastWhole = lastWhole;
  }

  async find(
    { identifier }: PreparedQuery,
    { limit = Infinity }: FindOptions,
    take: (matches: readonly ReceivedMatch[]) => void,
  ): ReturnType<Asker["find"]> {
    const { random } = this.#world;
    const isFirst = ++this.#questions === 1;
    const steps = isFirst ? this.#answer(identifier) : this.#targeted(identifier);
    const said = this.#said(steps);
    // The first part stands in the place of the whole answer.
    if (this.#questions === 2 && !identifier.string(Tag.StudyInstanceUID)) this.returned.clear();
    for (const { accession } of said.slice(0, limit)) this.returned.add(accession);
    const matches = said.map((step) => this.#world.match(step));
    if (isFirst && this.#behaviour === "undecodable") matches.push(undecodable);
    take(matches.slice(0, limit));
    const mayFail = this.#behaviour !== "steady" && !isFirst && random.oneIn(10);
    if (this.#behaviour === "fails" || mayFail) throw this.#failure();
    return await Promise.resolve(
      matches.length > limit
        ? { ending: "limited", limitedBy: "limit" }
        : { ending: "complete", status: 0 },
    );
  }

  #answer(identifier: DataSet): ModelStep[] {
    const { random, steps } = this.#world;
    const all = [...steps.values()];
    assertEquals(askedDates(identifier), this.#window.days.join("-"), "asked for other days");
    const honest = all.filter((step) => isInWindow(step, this.#window));
    switch (this.#behaviour) {
      case "ignores-keys":
        return all;
      case "empty":
        return [];
      case "fails":
        return honest.slice(0, random.below(honest.length + 1));
      case "withholds-few":
        return honest.slice(Math.floor(honest.length * 0.3));
      case "withholds":
        return honest.filter(({ accession }) => !this.#lastWhole.has(accession) || random.oneIn(2));
      default:
        return honest;
    }
  }

  /** A question for one item, or for a part of the dates. Who forgot everything knows no single items either. */
  #targeted(identifier: DataSet): ModelStep[] {
    if (this.#behaviour === "empty") return [];
    const unmatched = compileMatcher(identifier, { combineDateAndTime: true });
    return [...this.#world.steps.values()].filter((step) =>
      unmatched(this.#world.match(step).decode()) === undefined
    );
  }

  /** In any order, some twice, and no more than the cut. */
  #said(steps: readonly ModelStep[]): ModelStep[] {
    const { random } = this.#world;
    const said = [...steps];
    for (let at = said.length - 1; at > 0; at--) {
      const other = random.below(at + 1);
      const [one, two] = [said[at], said[other]];
      if (one && two) [said[at], said[other]] = [two, one];
    }
    const [first] = said;
    if (first && random.oneIn(6) && this.#cap === Infinity) said.push(first);
    return said.slice(0, this.#cap);
  }

  #failure(): Error {
    return this.#world.random.pick([
      new DimseStatusError("C-FIND", "worklist", { status: 0xA700 }),
      new DimseStatusError("C-FIND", "worklist", { status: 0xC001 }),
      new AssociationAbortedError({ source: 0, reason: 0, state: "transfer" }),
      new DicomTimeoutError("response", 30_000),
      new ConnectError({ host: "ris", port: 104 }, "connection refused"),
    ]);
  }
}

function askedDates(identifier: DataSet): string | undefined {
  return identifier.items(Tag.ScheduledProcedureStepSequence)[0]
    ?.string(Tag.ScheduledProcedureStepStartDate);
}

function accessionOf(facts: string): string {
  return facts.slice(0, facts.indexOf("|"));
}

function isPowerLoss(error: unknown): boolean {
  return error instanceof PowerLoss || (error instanceof Error && isPowerLoss(error.cause));
}

const undecodable: ReceivedMatch = {
  bytes: Uint8Array.of(1, 2, 3),
  transferSyntaxUid: TransferSyntax.ImplicitVrLittleEndian,
  decode: () => decodeDataSet(Uint8Array.of(1, 2, 3), TransferSyntax.ImplicitVrLittleEndian),
};

/**
 * Plays histories, each with a seed of its own.
 *
 * @param seed The seed of the first.
 * @param count How many.
 */
export async function playHistories(
  seed: number,
  count: number,
  make: (seed: number) => SeededRandom,
): Promise<void> {
  for (let number = 0; number < count; number++) {
    const history = new PollHistory(make(seed + number));
    try {
      await history.play();
    } catch (cause) {
      const words = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`SEED=${seed + number}: ${words}\n${history.log.join("\n")}`, { cause });
    }
  }
}
