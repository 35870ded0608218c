import { assertEquals } from "@std/assert";
import {
  approveCount,
  type CountMemory,
  isSuspectCount,
  mayBeCut,
  rememberCount,
} from "../../../../src/worklist/judge/suspect.ts";
import { judgeLoss } from "../../../../src/worklist/judge/removal.ts";
import { defaultRules } from "../../../support/polled_worklist.ts";

const nothing: CountMemory = { limits: [] };

function suspectAmong(...counts: readonly number[]): number[] {
  let memory = nothing;
  return counts.filter((count) => {
    const isSuspect = isSuspectCount(count, memory);
    memory = rememberCount(count, memory);
    return isSuspect;
  });
}

Deno.test("isSuspectCount() suspects a round count that comes again", () => {
  assertEquals(suspectAmong(100, 100), [100]);
  assertEquals(suspectAmong(50, 50), [50]);
  assertEquals(suspectAmong(1024, 1024), [1024]);
  assertEquals(suspectAmong(57, 57, 57), []);
  assertEquals(suspectAmong(20, 20, 20), []);
  assertEquals(suspectAmong(100, 99, 100), []);
});

Deno.test("isSuspectCount() suspects a round count although the peer once sent more", () => {
  assertEquals(suspectAmong(101, 100, 100), [100]);
  assertEquals(suspectAmong(200, 200, 500, 500), [200, 500]);
});

Deno.test("isSuspectCount() knows a limit at once until the peer sends more", () => {
  assertEquals(suspectAmong(500, 500, 480, 500), [500, 500]);
  assertEquals(suspectAmong(200, 200, 201, 200, 200), [200, 200]);
});

Deno.test("isSuspectCount() suspects the limit of the query itself", () => {
  const memory = rememberCount(12, nothing, 12);
  assertEquals(isSuspectCount(12, memory, 12), true);
  assertEquals(isSuspectCount(12, memory, 13), false);
});

Deno.test("mayBeCut() doubts a round count the first time, too", () => {
  assertEquals(mayBeCut(100, nothing), true);
  assertEquals(mayBeCut(101, nothing), false);
  assertEquals(mayBeCut(97, { limits: [97] }), true);
});

Deno.test("approveCount() releases a known limit that is no longer the query's own", () => {
  const memory = rememberCount(12, { limits: [12] }, 20);
  assertEquals(approveCount(memory), { limits: [], approvedCount: 12 });
});

Deno.test("approveCount() holds while the peer returns as many", () => {
  const suspected = rememberCount(100, rememberCount(100, nothing));
  assertEquals(suspected, { limitCount: 100, limits: [100] });
  let memory = approveCount(suspected) ?? nothing;
  memory = rememberCount(100, memory);
  assertEquals([mayBeCut(100, memory), isSuspectCount(100, memory)], [false, false]);
  memory = rememberCount(99, memory);
  assertEquals([mayBeCut(100, memory), isSuspectCount(100, memory)], [true, false]);
  assertEquals(approveCount(memory), undefined);
});

const losses: [
  string,
  number,
  number,
  Parameters<typeof judgeLoss>[3],
  ReturnType<typeof judgeLoss>,
][] = [
  ["no loss", 20, 0, undefined, {
    brake: undefined,
    isHeld: false,
    requiredPolls: 2,
    startsAnew: false,
  }],
  ["half", 20, 10, undefined, {
    brake: undefined,
    isHeld: false,
    requiredPolls: 2,
    startsAnew: false,
  }],
  ["more than half", 20, 11, undefined, {
    brake: { polls: 1 },
    isHeld: true,
    requiredPolls: 3,
    startsAnew: false,
  }],
  ["the second time", 20, 11, { polls: 1 }, {
    brake: { polls: 2 },
    isHeld: true,
    requiredPolls: 3,
    startsAnew: false,
  }],
  ["the third time", 20, 11, { polls: 2 }, {
    brake: { polls: 3 },
    isHeld: false,
    requiredPolls: 3,
    startsAnew: false,
  }],
  ["a later time", 20, 11, { polls: 3 }, {
    brake: { polls: 3 },
    isHeld: false,
    requiredPolls: 3,
    startsAnew: false,
  }],
  ["the end of it", 20, 3, { polls: 2 }, {
    brake: undefined,
    isHeld: false,
    requiredPolls: 2,
    startsAnew: true,
  }],
  ["the end after release", 20, 3, { polls: 3 }, {
    brake: undefined,
    isHeld: false,
    requiredPolls: 2,
    startsAnew: false,
  }],
  ["the end after approval", 20, 3, { polls: 1, approved: true }, {
    brake: undefined,
    isHeld: false,
    requiredPolls: 2,
    startsAnew: false,
  }],
  ["an approved one", 20, 20, { polls: 1, approved: true }, {
    brake: { polls: 2, approved: true },
    isHeld: false,
    requiredPolls: 2,
    startsAnew: false,
  }],
  ["the shortest worklist that has a brake", 10, 10, undefined, {
    brake: { polls: 1 },
    isHeld: true,
    requiredPolls: 3,
    startsAnew: false,
  }],
  ["a short worklist", 9, 9, undefined, {
    brake: undefined,
    isHeld: false,
    requiredPolls: 2,
    startsAnew: false,
  }],
];

for (const [title, items, missing, before, verdict] of losses) {
  Deno.test(`judgeLoss() of ${title}`, () => {
    assertEquals(judgeLoss(defaultRules, items, missing, before), verdict);
  });
}

Deno.test("judgeLoss() lets no approval remove what was not yet missing when it was given", () => {
  const rules = { ...defaultRules, confirmPolls: 1 };
  assertEquals(judgeLoss(rules, 20, 20, { polls: 1, approved: true }).requiredPolls, 2);
});
