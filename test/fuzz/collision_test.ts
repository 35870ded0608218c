import { assert, assertEquals } from "@std/assert";
import type { PollEnd } from "../../src/worklist/judge/reconciliation.ts";
import { PolledWorklist, type Step } from "../support/polled_worklist.ts";
import { fuzzRounds, fuzzSeed, SeededRandom } from "../support/seeded_random.ts";

const seed = fuzzSeed();
const studies = ["", "1.2.3", "1.2.4"] as const;
const times = ["0800", "0930", "1015"] as const;
const patients = ["A", "B", "C", "D"] as const;
const aborted: PollEnd = { ending: "failed", failure: { class: "aborted", words: "aborted" } };

/** Steps of few identities, so that most share theirs with others; no two are alike. */
function differentSteps(random: SeededRandom): Step[] {
  const steps = new Map<string, Step>();
  for (let count = random.below(8); count > 0; count--) {
    const patient = random.pick(patients);
    const step = {
      study: random.pick(studies),
      step: "",
      patient,
      name: "X",
      time: random.pick(times),
    };
    steps.set(JSON.stringify(step), step);
  }
  return [...steps.values()];
}

/** A later state: some gone, some new, some changed, in another order. */
function changed(steps: readonly Step[], random: SeededRandom): Step[] {
  const kept = steps.filter(() => !random.oneIn(6))
    .map((step) => random.oneIn(5) ? { ...step, time: random.pick(times) } : step);
  const all = random.oneIn(3) ? [...kept, ...differentSteps(random).slice(0, 2)] : kept;
  const distinct = new Map(all.map((step) => [JSON.stringify(step), step]));
  return [...distinct.values()].sort(() => random.oneIn(2) ? 1 : -1);
}

function contentOf(json: string): string {
  const dataSet: Record<string, { Value?: unknown[] }> = JSON.parse(json);
  return JSON.stringify(["0020000D", "00100020", "00400100"].map((tag) => dataSet[tag]?.Value));
}

function believe(believed: Map<string, string>, polled: ReturnType<PolledWorklist["poll"]>): void {
  for (const event of polled.events) {
    if (event.kind === "added") {
      assert(!believed.has(event.after.id));
      believed.set(event.after.id, event.after.json);
    } else if (event.kind === "changed") {
      assertEquals(believed.get(event.before.id), event.before.json);
      believed.set(event.after.id, event.after.json);
    } else if (event.kind === "removed") {
      assert(believed.delete(event.before.id));
    }
  }
}

Deno.test(`reconcile() keeps items of one identity apart in random histories, SEED=${seed}`, () => {
  for (let round = 0; round < fuzzRounds(300); round++) {
    const random = new SeededRandom(seed + round);
    const polled = new PolledWorklist();
    const believed = new Map<string, string>();
    let steps = differentSteps(random);
    const poll = (answer: readonly Step[], end?: PollEnd): number => {
      const changes = polled.poll(answer, end ? { end } : {});
      believe(believed, changes);
      return changes.events.length;
    };
    for (let count = 0; count < 8; count++) {
      steps = changed(steps, random);
      if (random.oneIn(4)) poll(steps.slice(0, random.below(steps.length + 1)), aborted);
      else poll(random.oneIn(3) ? [...steps, ...steps] : steps);
    }
    // As long as a loss takes that shrank before it was believed.
    for (let count = 0; count < 34; count++) poll(steps);
    const expected = new PolledWorklist();
    expected.poll(steps);
    const contents = (items: Iterable<string>): string[] => Array.from(items, contentOf).sort();
    const truth = Array.from(expected.worklist.entries(), ({ item }) => item.json);
    assertEquals(contents(believed.values()), contents(truth), `round ${round}`);
    assertEquals(poll(steps.toReversed()), 0, `round ${round}: events although nothing changed`);
  }
});
