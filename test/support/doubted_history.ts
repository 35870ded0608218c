/**
 * Random histories of one query whose peer, or whose clock, cannot be believed: servers that start again and answer
 * nothing, then a part, then all; that fail after some matches; that send one match in the place of another; that
 * always cut at an odd number; that make Study Instance UIDs anew for each answer; and wall clocks that are set to
 * another year and back.
 *
 * What is proven of each history: no step that the hospital still has is reported as removed, no step that is due
 * today leaves the window, no step is on the list twice, and once the peer answers honestly the list is the truth.
 *
 * What no client can know is not played: as many complete answers in a row that agree as the rules ask for.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { DataSet, element } from "../../src/dicom/data_set.ts";
import { Tag } from "../../src/dicom/tag.ts";
import { AssociationAbortedError } from "../../src/network/errors.ts";
import type { FindOptions, PreparedQuery } from "../../src/query/find_batches.ts";
import { peerNamed } from "../../src/cases/canned_peer.ts";
import type { QueryConfig } from "../../src/daemon/config.ts";
import { querySchema } from "../../src/daemon/config/query.ts";
import type { Asker } from "../../src/daemon/poll/ask.ts";
import { poll } from "../../src/daemon/poll/poll.ts";
import type { PollReport } from "../../src/daemon/poll/poll_report.ts";
import { polledQuery } from "../../src/daemon/poll/polled_query.ts";
import { QueryStore } from "../../src/worklist/journal/store.ts";
import { isLimitCount } from "../../src/worklist/judge/suspect.ts";
import type { ReceivedMatch } from "../../src/worklist/judge/answer.ts";
import { compileMatcher } from "../../src/worklist/match/match.ts";
import { CrashingDisk } from "./crashing_disk.ts";
import { dataSetOf, matchOf, type Step } from "./polled_worklist.ts";
import type { SeededRandom } from "./seeded_random.ts";

/** Why the answers of a history cannot be believed. */
export const doubtedKinds = [
  "starting",
  "failing",
  "repeating",
  "always repeating",
  "wrong clock",
  "odd cut",
  "new identities",
] as const;

/** One of them. */
export type DoubtedKind = typeof doubtedKinds[number];

interface HospitalStep extends Step {
  readonly accession: string;
  readonly study: string;
  readonly date: string;
}

/** What the peer does with the matches of one answer. */
interface Behaviour {
  readonly word: string;
  readonly send: (steps: readonly HospitalStep[]) => readonly HospitalStep[];
  readonly fails?: boolean;
  /** Whether keys are ignored. */
  readonly all?: boolean;
}

const minute = 60_000;
const honest: Behaviour = { word: "all", send: (steps) => steps };
const configs = new Map<string, QueryConfig>();

/** One history. */
export class DoubtedHistory {
  /** What happened, for the report of a failure. */
  readonly log: string[] = [];
  readonly #random: SeededRandom;
  readonly #kind: DoubtedKind;
  readonly #hospital = new Map<string, HospitalStep>();
  readonly #cap: number;
  readonly #config: QueryConfig;
  /** True time, and what the wall clock is ahead of it. */
  #nowMs = Date.parse("2026-11-21T05:00:00Z");
  #aheadMs = 0;
  #bootMs = this.#nowMs;
  #disk = new CrashingDisk();
  #store: QueryStore | undefined;
  readonly #listed = new Set<string>();
  #heard = 0;
  #polls = 0;
  #made = 0;
  #zeros = 0;

  constructor(kind: DoubtedKind, random: SeededRandom) {
    this.#kind = kind;
    this.#random = random;
    this.#cap = kind === "odd cut" ? random.pick([11, 13, 17, 23, 37, 40, 41, 60]) : Infinity;
    const size = kind === "odd cut"
      ? this.#cap + 3 + random.below(20)
      : random.pick([1, 2, 9, 12, 20, 60]);
    for (let count = 0; count < size; count++) this.#add();
    this.#config = configFor({
      hold: random.pick(["0s", "2m", "15m"]),
      verify: random.oneIn(3),
      splits: kind === "odd cut" && random.oneIn(2),
    });
  }

  /** Plays it. */
  async play(): Promise<void> {
    await this.#poll(honest);
    for (let rounds = 1 + this.#random.below(3); rounds > 0; rounds--) {
      for (const behaviour of this.#doubted()) {
        await this.#live();
        await this.#poll(behaviour);
      }
      this.#aheadMs = 0;
      await this.#poll(honest);
    }
    await this.#settle();
  }

  async #live(): Promise<void> {
    const random = this.#random;
    this.#nowMs += random.pick([2_000, 2_000, 30_000, minute]);
    if (random.oneIn(3)) this.#act();
    if (random.oneIn(8)) await this.#restart();
  }

  #act(): void {
    const random = this.#random;
    const steps = [...this.#hospital.values()];
    const step = steps[random.below(Math.max(1, steps.length))];
    const action = random.below(3);
    if (action === 0 || step === undefined) return this.#add();
    if (action === 1) {
      this.#hospital.set(step.accession, { ...step, time: `${10 + random.below(10)}00` });
    } else if (this.#kind !== "odd cut" || steps.length > this.#cap + 1) {
      this.#hospital.delete(step.accession);
    }
  }

  #add(): void {
    const number = ++this.#made;
    this.#hospital.set(`A${number}`, {
      accession: `A${number}`,
      study: `1.2.${number}`,
      step: `S${number}`,
      patient: `P${number}`,
      name: "DOE^JANE",
      date: "20261121",
      time: `${10 + this.#random.below(10)}00`,
      station: "CT1",
    });
  }

  /** The process ends and starts again; the monotonic clock begins anew. */
  async #restart(): Promise<void> {
    await this.#store?.close();
    this.#store = undefined;
    this.#disk = this.#disk.afterPowerLoss("everything-kept");
    this.#bootMs = this.#nowMs;
    this.log.push("restart");
  }

  /** The answers of one doubtful time. */
  *#doubted(): Generator<Behaviour> {
    const random = this.#random;
    const count = 3 + random.below(10);
    this.#zeros = 0;
    if (this.#kind === "starting" || this.#kind === "failing") yield this.#zero();
    if (this.#kind === "wrong clock") this.#setClock();
    for (let polls = 0; polls < count; polls++) {
      switch (this.#kind) {
        case "starting":
          yield this.#zeros < 2 && random.oneIn(3) ? this.#zero() : this.#part(false);
          break;
        case "failing":
          yield this.#zeros < 2 && random.oneIn(3) ? this.#zero() : this.#part(true);
          break;
        case "repeating":
          yield this.#overwritten();
          break;
        case "wrong clock":
          if (random.oneIn(4)) this.#setClock();
          yield random.oneIn(2) ? honest : { ...honest, word: "keys ignored", all: true };
          break;
        default:
          yield honest;
      }
    }
  }

  #zero(): Behaviour {
    this.#zeros++;
    return { word: "0", send: () => [] };
  }

  /** The first so many; one at least of those that a zero before it lacked. */
  #part(fails: boolean): Behaviour {
    const share = this.#random.below(100) / 100;
    const send = (steps: readonly HospitalStep[]): readonly HospitalStep[] => {
      const known = steps.filter(({ accession }) => this.#listed.has(accession));
      const part = known.slice(0, Math.max(fails ? 0 : 1, Math.floor(known.length * share)));
      if (part.length > 0) this.#zeros = 0;
      return part;
    };
    return { word: `${fails ? "fail:" : ""}${share}`, send, fails };
  }

  #overwritten(): Behaviour {
    const random = this.#random;
    const most = 1 + random.below(4);
    const send = (steps: readonly HospitalStep[]): readonly HospitalStep[] => {
      const at = steps.length - 1 - Math.min(most, steps.length - 1);
      return steps.map((step, index) => index > at ? steps[at] ?? step : step);
    };
    return { word: `${most} overwritten`, send };
  }

  #setClock(): void {
    const day = 24 * 60 * minute;
    const to = (text: string): number => Date.parse(text) - this.#nowMs;
    const choices = [
      to("1970-01-01T00:00:10Z"),
      to("2020-02-29T12:00:00Z"),
      to("2099-12-31T23:59:00Z"),
      -day,
      -400 * day,
      (3 + this.#random.below(400)) * day,
    ] as const;
    this.#aheadMs = this.#random.pick(choices);
  }

  async #opened(): Promise<QueryStore> {
    return this.#store ??= await QueryStore.open("state", "ct", { disk: this.#disk });
  }

  async #poll(behaviour: Behaviour): Promise<PollReport> {
    const store = await this.#opened();
    const wallMs = this.#nowMs + this.#aheadMs;
    const monotonicMs = this.#nowMs - this.#bootMs;
    const report = await poll({ ...polledQuery(this.#config, peerNamed("ris"), store), store }, {
      clock: {
        now: () => Temporal.Instant.fromEpochMilliseconds(wallMs),
        monotonicMs: () => monotonicMs,
        sleepUntil: () => Promise.resolve(),
      },
      id: `p${++this.#polls}`,
      asker: this.#peer(behaviour),
      signal: new AbortController().signal,
    });
    const at = new Date(wallMs).toISOString();
    this.log.push(
      `${at} ${behaviour.word}: ${report.matches} matches ${
        report.failure?.words ?? report.suspect ?? ""
      }`,
    );
    for (const { sequence, line } of await store.read(this.#heard, 100_000)) {
      this.#heard = sequence;
      this.#hear(line);
    }
    const accessions = Array.from(store.items(), ({ json }) => accessionOf(JSON.parse(json)));
    assertEquals(new Set(accessions).size, accessions.length, "a step is on the list twice");
    return report;
  }

  #hear(line: string): void {
    const { type, data } = JSON.parse(line);
    const kind = type.slice(type.lastIndexOf(".") + 1);
    const accession = accessionOf(data.after ?? data.before ?? {});
    this.log.push(`  ${kind} ${data.reason ?? accession}`);
    if (kind === "added") {
      assert(!this.#listed.has(accession), "added twice");
      this.#listed.add(accession);
    } else if (kind === "removed" || kind === "left_window") {
      assert(!this.#hospital.has(accession), `false ${kind}`);
      this.#listed.delete(accession);
    }
  }

  #peer(behaviour: Behaviour): Asker {
    let questions = 0;
    return {
      find: (
        { identifier }: PreparedQuery,
        _options: FindOptions,
        take: (matches: readonly ReceivedMatch[]) => void,
      ): ReturnType<Asker["find"]> => {
        const isFirst = ++questions === 1;
        const unmatched = compileMatcher(identifier, { combineDateAndTime: true });
        const isAll = isFirst && behaviour.all === true;
        const steps = [...this.#hospital.values()].reverse()
          .filter((step) => isAll || unmatched(dataSetOf(step)) === undefined);
        const sent = (isFirst ? behaviour.send(steps) : steps).slice(0, this.#cap);
        const repeated = this.#kind === "always repeating" ? [...sent, ...sent.slice(0, 3)] : sent;
        take(repeated.map((step) => this.#match(step)));
        if (isFirst && behaviour.fails) {
          return Promise.reject(
            new AssociationAbortedError({ source: 0, reason: 0, state: "transfer" }),
          );
        }
        return Promise.resolve({ ending: "complete", status: 0 });
      },
    };
  }

  #match(step: HospitalStep): ReceivedMatch {
    if (this.#kind !== "new identities") return matchOf(dataSetOf(step));
    const study = `2.25.${this.#random.below(2 ** 31)}`;
    return matchOf(
      new DataSet([...dataSetOf(step).elements(), element(Tag.StudyInstanceUID, [study])]),
    );
  }

  /** After honest answers the list is the truth, where the peer can be honest at all. */
  async #settle(): Promise<void> {
    if (this.#kind === "odd cut" || this.#kind === "new identities") return;
    this.log.push("settle");
    // At such a number of matches a limit may cut; another number shows that none does.
    if (isLimitCount(this.#hospital.size)) this.#add();
    for (let polls = 0; polls < 45; polls++) {
      this.#nowMs += minute;
      await this.#poll(honest);
    }
    const store = await this.#opened();
    const accessions = Array.from(store.items(), ({ json }) => accessionOf(JSON.parse(json)));
    assertEquals(accessions.sort(), [...this.#hospital.keys()].sort(), "the list is not the truth");
    await store.close();
  }
}

function configFor(
  { hold, verify, splits }: { hold: string; verify: boolean; splits: boolean },
): QueryConfig {
  const name = JSON.stringify([hold, verify, splits]);
  let config = configs.get(name);
  if (config === undefined) {
    const section = querySchema.parse({
      peer: "ris",
      schedule: "every 30s",
      keys: { ScheduledProcedureStepSequence: { ScheduledProcedureStepStartDate: "today" } },
      removal: { verify, brake_hold: hold },
      ...(splits && { split: { by: "date", min: "1h" } }),
    });
    configs.set(name, config = { ...section, name: "ct", timeZone: "UTC" });
  }
  return config;
}

function accessionOf(json: Record<string, { Value?: readonly unknown[] }>): string {
  return String(json["00080050"]?.Value?.[0] ?? "");
}

/**
 * Plays histories of every kind, each with a seed of its own.
 *
 * @param seed The seed of the first.
 * @param count How many.
 */
export async function playDoubtedHistories(
  seed: number,
  count: number,
  make: (seed: number) => SeededRandom,
): Promise<void> {
  for (let number = 0; number < count; number++) {
    const kind = doubtedKinds[(seed + number) % doubtedKinds.length] ?? "starting";
    const history = new DoubtedHistory(kind, make(seed + number));
    try {
      await history.play();
    } catch (cause) {
      const words = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`SEED=${seed + number} ${kind}: ${words}\n${history.log.join("\n")}`, {
        cause,
      });
    }
  }
}
