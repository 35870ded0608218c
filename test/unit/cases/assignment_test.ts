import { assertEquals } from "@std/assert";
import { assign } from "../../../src/cases/assignment.ts";
import { SeededRandom } from "../../support/seeded_random.ts";

Deno.test("assign() assigns as many as can be, each to one that fits", () => {
  for (let round = 0; round < 500; round++) {
    const random = new SeededRandom(round + 1);
    const left = Array.from({ length: random.below(6) }, (_, index) => index);
    const right = Array.from({ length: random.below(6) }, (_, index) => index);
    const edges = new Set(
      left.flatMap((one) =>
        right.filter(() => random.below(3) === 0).map((two) => `${one}-${two}`)
      ),
    );
    const fits = (one: number, two: number): boolean => edges.has(`${one}-${two}`);
    const assigned = assign(left, right, fits);
    const places = assigned.filter((index) => index >= 0);
    assertEquals(new Set(places).size, places.length);
    for (const [one, index] of assigned.entries()) {
      if (index >= 0) assertEquals(fits(one, index), true);
    }
    assertEquals(places.length, most(left, right, fits), `round ${round}`);
  }
});

/** The most that can be assigned, by trying all. */
function most(
  [one, ...others]: readonly number[],
  right: readonly number[],
  fits: (one: number, two: number) => boolean,
): number {
  if (one === undefined) return 0;
  const taken = right.filter((two) => fits(one, two))
    .map((two) => 1 + most(others, right.filter((other) => other !== two), fits));
  return Math.max(most(others, right, fits), ...taken);
}

Deno.test("assign() moves a long row of others", () => {
  const count = 5000;
  const left = Array.from({ length: count }, (_, index) => index);
  // Each fits its own place and the next; the last one to come wants the first place.
  const assigned = assign(
    [...left, -1],
    [...left, count],
    (one, two) => one === -1 ? two === 0 : two === one || two === one + 1,
  );
  assertEquals(assigned.includes(-1), false);
});
