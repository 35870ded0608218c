import { assert, assertEquals } from "@std/assert";
import { DataSet, element } from "../../src/dicom/data_set.ts";
import { decodeDataSet } from "../../src/dicom/decode.ts";
import { encodeJson } from "../../src/dicom/json/json.ts";
import { Tag } from "../../src/dicom/tag.ts";
import { TransferSyntax } from "../../src/dicom/uid.ts";
import type { ReceivedMatch } from "../../src/worklist/judge/answer.ts";
import { canonicalForm } from "../../src/worklist/canonical.ts";
import type { QueryConfiguration } from "../../src/worklist/configuration.ts";
import type { Verification } from "../../src/worklist/judge/verification.ts";
import { batchFrom, parseCommitLine } from "../../src/worklist/journal/journal_replay.ts";
import { makeCommit } from "../../src/worklist/journal/journal_lines.ts";
import type { PollEnd, Reconciliation } from "../../src/worklist/judge/reconciliation.ts";
import { Worklist } from "../../src/worklist/worklist.ts";
import {
  dataSetOf,
  matchOf,
  plainConfiguration,
  PolledWorklist,
  type PollOptions,
  readable,
  type Step,
} from "../support/polled_worklist.ts";
import { fuzzRounds, fuzzSeed, SeededRandom } from "../support/seeded_random.ts";

const seed = fuzzSeed();
const firstDay = 20261121;
const configuration: QueryConfiguration = {
  ...plainConfiguration,
  keys: { "ScheduledProcedureStepSequence.ScheduledProcedureStepStartDate": "today..today+1" },
};
const failures: readonly [PollEnd, ...PollEnd[]] = [
  { ending: "failed", failure: { class: "aborted", words: "aborted" } },
  { ending: "failed", status: 0xA700, failure: { class: "refused", words: "out of resources" } },
  { ending: "limited", limitedBy: "limit", failure: { class: "limited", words: "limit" } },
];

/** A RIS that tells the truth, mostly, and a daemon that polls it; the test knows what is true. */
class History {
  readonly random: SeededRandom;
  readonly polled = new PolledWorklist();
  /** What the RIS has. */
  readonly truth = new Map<string, Step>();
  /** What listeners believe, from events alone. */
  readonly believed = new Map<string, string>();
  readonly verifies: boolean;
  readonly log: string[] = [];
  day = firstDay;
  #made = 0;
  #isHonest = false;
  #journal: string[][] = [];

  constructor(random: SeededRandom) {
    this.random = random;
    this.verifies = random.oneIn(2);
    const size = random.pick([3, 5, 14, 20]);
    for (let count = 0; count < size; count++) this.add();
  }

  add(): void {
    const number = ++this.#made;
    this.truth.set(`SPS${number}`, {
      study: `1.2.${number}`,
      step: `SPS${number}`,
      patient: `P${this.random.below(5)}`,
      name: "DOE^JANE",
      date: String(this.day + this.random.below(3)),
      time: "0800",
      station: "CT1",
    });
  }

  /** Something happens in the hospital. */
  act(): void {
    const names = [...this.truth.keys()];
    const name = names[this.random.below(Math.max(1, names.length))] ?? "";
    const step = this.truth.get(name);
    const action = this.random.below(10);
    if (action < 2 || step === undefined) return this.add();
    if (action < 4) {
      this.truth.delete(name);
    } else if (action < 5) {
      this.truth.set(name, { ...step, date: String(this.day + this.random.below(4)) });
    } else if (action < 7) {
      this.truth.set(name, { ...step, time: this.random.pick(["0800", "0930", "1015"]) });
    } else if (action < 8) {
      this.truth.set(name, {
        ...step,
        name: this.random.pick(["DOE^JANE", "DOE^JOAN", "ROE^JANE"]),
      });
    } else if (action < 9) {
      this.day++;
    }
  }

  inWindow(step: Step): boolean {
    const date = Number(step.date);
    return date >= this.day && date <= this.day + 1;
  }

  keys(): DataSet {
    const range = `${this.day}-${this.day + 1}`;
    const item = new DataSet([element(Tag.ScheduledProcedureStepStartDate, [range])]);
    return new DataSet([element(Tag.ScheduledProcedureStepSequence, [item])]);
  }

  /** The answer of a peer that says it its own way. */
  answer(steps: readonly Step[]): ReceivedMatch[] {
    const { random } = this;
    const matches = steps.map((step) => {
      const padded = { ...step, name: step.name + random.pick(["", "", "^", "^^^", " "]) };
      return matchOf(
        dataSetOf(padded),
        random.pick([
          TransferSyntax.ImplicitVrLittleEndian,
          TransferSyntax.ImplicitVrLittleEndian,
          TransferSyntax.ExplicitVrLittleEndian,
        ]),
      );
    });
    if (matches.length > 0 && random.oneIn(4)) matches.push(...matches.slice(0, 1));
    return shuffled(matches, random);
  }

  poll(): void {
    const { random } = this;
    const kind = random.below(12);
    const ignoresKeys = kind === 0;
    const all = [...this.truth.values()];
    let steps = ignoresKeys ? all : all.filter((step) => this.inWindow(step));
    let end: PollEnd | undefined;
    if (kind === 1 || kind === 2) {
      end = random.pick(failures);
      steps = steps.slice(0, random.below(steps.length + 1));
    }
    const matches = this.answer(steps);
    if (kind === 3) matches.push(undecodable);
    const isRestart = kind === 4;
    const isDiskFull = kind === 5;
    if (isRestart) this.restart();
    const changes = this.ask(matches, end === undefined ? {} : { end });
    if (isDiskFull) return;
    this.commit(changes);
  }

  ask(matches: readonly ReceivedMatch[], options: PollOptions): Reconciliation {
    return this.polled.decide(matches, {
      configuration,
      keys: this.keys(),
      rules: { verify: this.verifies },
      verify: (key) => this.verify(nameOf(key)),
      ...options,
    });
  }

  /** The answer to a targeted question; some peers answer with everything, some not at all. */
  verify(name: string): Verification {
    if (!this.#isHonest && this.random.oneIn(8)) return { answered: false, why: "it is busy" };
    const step = this.truth.get(name);
    const steps = this.random.oneIn(8) ? [...this.truth.values()] : step ? [step] : [];
    return { answered: true, keys: [], matches: this.answer(steps) };
  }

  commit(changes: Reconciliation): void {
    const { sequence, commits } = this.polled.worklist;
    const isNew = changes.configuration.number !== this.polled.worklist.configurationNumber;
    const commit = makeCommit(changes, { sequence, number: commits }, isNew);
    const bytes = [...commit.chunks].map((chunk) => new TextDecoder().decode(chunk)).join("");
    this.#journal.push(bytes.split("\n").slice(0, -1));
    for (const event of changes.events) this.believe(event);
    this.polled.worklist.apply(commit.batch);
    this.polled.worklist.observe(changes.observations);
  }

  /** All that is not in the journal is lost. */
  restart(): void {
    const worklist = new Worklist();
    for (const lines of this.#journal) {
      const commit = parseCommitLine(lines.at(-1) ?? "");
      assert(commit);
      worklist.apply(batchFrom(lines.slice(0, -1), commit, (id) => worklist.item(id)));
    }
    assertEquals(contentOf(worklist), contentOf(this.polled.worklist));
    this.polled.worklist = worklist;
  }

  /** What a listener makes of an event; each must make sense to someone who knows only the earlier ones. */
  believe(event: Reconciliation["events"][number]): void {
    this.log.push(`${this.day} ${readable(event)}`);
    switch (event.kind) {
      case "added":
        assert(!this.believed.has(event.after.id), "added twice");
        this.believed.set(event.after.id, event.after.json);
        break;
      case "changed":
        assertEquals(this.believed.get(event.before.id), event.before.json);
        assert(event.changes.length > 0, "changed without a change");
        this.believed.set(event.after.id, event.after.json);
        break;
      case "removed":
        this.#checkRemoval(nameOf(event.before.key));
        assert(this.believed.delete(event.before.id), "removed but unknown");
        break;
      case "left_window": {
        const step = this.truth.get(nameOf(event.before.key));
        assert(step === undefined || !this.inWindow(step), "left the window but is in it");
        assert(this.believed.delete(event.before.id), "left but unknown");
        break;
      }
    }
  }

  /** Only a targeted question can tell a step that moved away from one that is cancelled. */
  #checkRemoval(name: string): void {
    const step = this.truth.get(name);
    if (this.verifies) assert(step === undefined, "removed but not cancelled");
    else assert(step === undefined || !this.inWindow(step), "removed but there");
  }

  /** After honest complete polls listeners believe what is true. */
  settle(): void {
    this.#isHonest = true;
    for (let believed = 0, tries = 0; believed < 4; tries++) {
      assert(tries < 100, "complete polls are not believed");
      const steps = [...this.truth.values()].filter((step) => this.inWindow(step));
      const changes = this.ask(this.answer(steps), {});
      this.commit(changes);
      believed = changes.suspect === undefined ? believed + 1 : 0;
    }
    const truth = [...this.truth.values()].filter((step) => this.inWindow(step))
      .map((step) => factsOf(encodeJson(dataSetOf(step))));
    const believed = [...this.believed.values()].map(factsOf);
    assertEquals(believed.sort(), truth.sort());
  }
}

function nameOf(key: Readonly<Record<string, string>>): string {
  return key["ScheduledProcedureStepID"] ?? "";
}

/** What a data set says, however it says it. */
function factsOf(json: string): string {
  return canonicalForm(JSON.parse(json));
}

function contentOf(worklist: Worklist): string[] {
  return Array.from(
    worklist.entries(),
    ({ item, missed }) => `${item.id} ${item.json} ${item.sequence} ${missed}`,
  ).sort();
}

function shuffled<T>(values: readonly T[], random: SeededRandom): T[] {
  return values.map((value) => ({ value, order: random.below(1000) }))
    .sort((one, other) => one.order - other.order).map(({ value }) => value);
}

const undecodable: ReceivedMatch = {
  bytes: Uint8Array.of(1, 2, 3),
  transferSyntaxUid: TransferSyntax.ImplicitVrLittleEndian,
  decode(): DataSet {
    return decodeDataSet(this.bytes, this.transferSyntaxUid);
  },
};

Deno.test(`histories: no false event, no missed change, whatever the peer and the disk do, SEED=${seed}`, () => {
  const rounds = fuzzRounds(500);
  for (let round = 0; round < rounds; round++) {
    const random = new SeededRandom(seed + round);
    const history = new History(random);
    try {
      for (let step = 0; step < 10; step++) {
        for (let acts = random.below(3); acts > 0; acts--) history.act();
        history.poll();
      }
      history.settle();
    } catch (error) {
      throw new Error(`round ${round} of SEED=${seed}:\n${history.log.join("\n")}`, {
        cause: error,
      });
    }
  }
});
