import { assertEquals } from "@std/assert";
import {
  type Brake,
  judgeLoss,
  type Loss,
  type RemovalRules,
  restartAgreement,
} from "../../../../src/worklist/judge/removal.ts";
import { defaultRules } from "../../../support/polled_worklist.ts";

const minute = 60_000;
const held: RemovalRules = { ...defaultRules, brakeHoldMs: 15 * minute };

function lossOf(expected: number, missing: number, more: Partial<Loss> = {}): Loss {
  return { expected, missing, newlyMissing: 0, returned: 0, left: 0, elapsedMs: 30_000, ...more };
}

/** Judges losses, one poll after the other. */
function judge(rules: RemovalRules, ...losses: readonly Loss[]): ReturnType<typeof judgeLoss> {
  let verdict = judgeLoss(rules, lossOf(1, 0), undefined);
  for (const loss of losses) verdict = judgeLoss(rules, loss, verdict.brake);
  return verdict;
}

Deno.test("half of the items may be missing, and more are held back", () => {
  assertEquals(judge(defaultRules, lossOf(20, 10)).brake, undefined);
  assertEquals(judge(defaultRules, lossOf(20, 11)), {
    brake: { polls: 1, loss: 11, heldMs: 0 },
    isHeld: true,
    requiredPolls: 3,
    restartsMisses: false,
  });
});

Deno.test("a short worklist is held back only when all of it is lost", () => {
  assertEquals(judge(defaultRules, lossOf(9, 8)).brake, undefined);
  assertEquals(judge(defaultRules, lossOf(9, 9)).isHeld, true);
  assertEquals(judge(defaultRules, lossOf(1, 1)).isHeld, true);
  assertEquals(judge(defaultRules, lossOf(0, 0)).brake, undefined);
});

Deno.test("a held loss is believed when enough polls agree and the hold has passed", () => {
  const all = lossOf(20, 20);
  assertEquals(judge(defaultRules, all, all).isHeld, true);
  assertEquals(judge(defaultRules, all, all, all).isHeld, false);
  assertEquals(judge(held, ...Array(30).fill(all)).isHeld, true);
  assertEquals(judge(held, ...Array(31).fill(all)).isHeld, false);
  const rare = lossOf(20, 20, { elapsedMs: 20 * minute });
  assertEquals(judge(held, rare, rare).isHeld, true);
  assertEquals(judge(held, rare, rare, rare).isHeld, false);
});

Deno.test("a loss that grows agrees with the one that is held", () => {
  const more = lossOf(20, 15, { newlyMissing: 4 });
  const { brake, isHeld } = judge(defaultRules, lossOf(20, 11), more, lossOf(20, 15));
  assertEquals([brake?.loss, isHeld], [15, false]);
});

Deno.test("the loss of all that the held answers still had is another outage", () => {
  const all = lossOf(20, 20, { newlyMissing: 9 });
  const { brake, isHeld } = judge(defaultRules, lossOf(20, 11), lossOf(20, 11), all);
  assertEquals([brake, isHeld], [{ polls: 1, loss: 20, heldMs: 0 }, true]);
});

Deno.test("an answer that returns a lost item restarts the agreement", () => {
  const all = lossOf(60, 60);
  const others = lossOf(60, 60, { returned: 1 });
  const { brake, restartsMisses } = judge(defaultRules, all, all, others);
  assertEquals([brake, restartsMisses], [{ polls: 1, loss: 60, heldMs: 0 }, true]);
});

Deno.test("a loss that shrinks does not agree, however often it comes", () => {
  const all = lossOf(60, 60);
  const some = lossOf(60, 10, { returned: 50 });
  const same = lossOf(60, 10);
  assertEquals(judge(defaultRules, all, all, some).restartsMisses, true);
  assertEquals(judge(defaultRules, all, all, some, ...Array(28).fill(same)).isHeld, true);
  assertEquals(judge(defaultRules, all, all, some, ...Array(29).fill(same)).isHeld, false);
  const later = { ...same, elapsedMs: 15 * minute };
  assertEquals(judge(defaultRules, all, all, some, later).isHeld, true);
  assertEquals(judge(defaultRules, all, all, some, later, same).isHeld, false);
});

Deno.test("a loss that grows again after it shrank is another outage", () => {
  const all = lossOf(60, 60);
  const some = lossOf(60, 37, { returned: 23 });
  const { brake, isHeld, restartsMisses } = judge(defaultRules, all, all, some, all);
  assertEquals([brake, isHeld, restartsMisses], [{ polls: 1, loss: 60, heldMs: 0 }, true, true]);
});

Deno.test("lost items that leave the window do not shrink the loss", () => {
  const verdict = judge(defaultRules, lossOf(20, 20), lossOf(12, 12, { left: 8 }), lossOf(12, 12));
  assertEquals([verdict.isHeld, verdict.brake?.loss], [false, 12]);
});

Deno.test("a loss is over when nothing is missing any more", () => {
  assertEquals(judge(held, lossOf(20, 20), lossOf(20, 0, { returned: 20 })).brake, undefined);
});

Deno.test("an incomplete answer that returns a lost item restarts polls and time", () => {
  const brake: Brake = { polls: 2, loss: 60, heldMs: 10 * minute };
  const restarted = restartAgreement(brake);
  assertEquals(restarted, { polls: 0, loss: 60, heldMs: 0 });
  const { brake: after } = judgeLoss(held, lossOf(60, 60), restarted);
  assertEquals(after, { polls: 1, loss: 60, heldMs: 0 });
});

Deno.test("an approved loss is believed, but not for items that went missing later", () => {
  const brake: Brake = { polls: 1, loss: 20, heldMs: 0, approved: true };
  const rules = { ...held, confirmPolls: 1 };
  const { isHeld, requiredPolls, brake: after } = judgeLoss(rules, lossOf(20, 20), brake);
  assertEquals([isHeld, requiredPolls, after?.approved], [false, 2, true]);
  assertEquals(judgeLoss(rules, lossOf(20, 3), brake).brake, undefined);
});
