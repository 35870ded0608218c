import { assertEquals } from "@std/assert";
import { finish, type Steps } from "../../../src/base/steps.ts";
import { inTurns, Turn } from "../../../src/base/turns.ts";

/** Counts steps of a millisecond each until it has seen a timer fire, or has done so many. */
function* stepsUntilTimer(most: number): Steps<number> {
  let hasFired = false;
  const timer = setTimeout(() => {
    hasFired = true;
  }, 0);
  let steps = 0;
  while (!hasFired && steps < most) {
    const end = performance.now() + 1;
    while (performance.now() < end);
    steps++;
    yield;
  }
  clearTimeout(timer);
  return steps;
}

Deno.test("inTurns() lets a timer fire before a long computation has ended", async () => {
  assertEquals(await inTurns(stepsUntilTimer(2000)) < 2000, true);
});

Deno.test("finish() runs a computation without a break", () => {
  assertEquals(finish(stepsUntilTimer(50)), 50);
});

Deno.test("a turn is over after some milliseconds of work, and not after a wait", async () => {
  const turn = new Turn();
  assertEquals(turn.isOver, false);
  const end = performance.now() + 30;
  while (performance.now() < end);
  assertEquals(turn.isOver, true);
  turn.begin();
  assertEquals(turn.isOver, false);
  while (!turn.isOver);
  await turn.pass();
  assertEquals(turn.isOver, false);
});
