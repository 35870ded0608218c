import { assertEquals } from "@std/assert";
import {
  approveCount,
  type CountMemory,
  isOddCut,
  isSuspectCount,
  mayBeCut,
  rememberCount,
  repeatsMore,
} from "../../../../src/worklist/judge/suspect.ts";

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
  const memory = rememberCount(12, nothing, { ownLimit: 12 });
  assertEquals(isSuspectCount(12, memory, 12), true);
  assertEquals(isSuspectCount(12, memory, 13), false);
});

Deno.test("mayBeCut() doubts a round count the first time, too", () => {
  assertEquals(mayBeCut(100, nothing), true);
  assertEquals(mayBeCut(101, nothing), false);
  assertEquals(mayBeCut(97, { limits: [97] }), true);
});

Deno.test("approveCount() releases a known limit that is no longer the query's own", () => {
  const memory = rememberCount(12, { limits: [12] }, { ownLimit: 20 });
  assertEquals(approveCount(memory), { count: 12, limits: [], approvedCount: 12 });
});

Deno.test("approveCount() holds while the peer returns as many", () => {
  const suspected = rememberCount(100, rememberCount(100, nothing));
  assertEquals(suspected, { count: 100, limitCount: 100, limits: [100] });
  let memory = approveCount(suspected) ?? nothing;
  memory = rememberCount(100, memory);
  assertEquals([mayBeCut(100, memory), isSuspectCount(100, memory)], [false, false]);
  memory = rememberCount(99, memory);
  assertEquals([mayBeCut(100, memory), isSuspectCount(100, memory)], [true, false]);
  assertEquals(approveCount(memory), undefined);
});

Deno.test("isOddCut() doubts a count that does not fall while items come and go, until the peer sends more", () => {
  let memory = rememberCount(40, nothing);
  assertEquals([isOddCut(40, memory, false), isOddCut(39, memory, true)], [false, false]);
  assertEquals([isOddCut(40, memory, true), isOddCut(41, memory, true)], [true, true]);
  memory = rememberCount(40, memory, { isOdd: true });
  memory = rememberCount(39, memory);
  assertEquals([isOddCut(40, memory, false), isOddCut(39, memory, false)], [true, false]);
  memory = rememberCount(41, memory);
  assertEquals(isOddCut(40, memory, false), false);
});

Deno.test("isOddCut() has no doubt about short worklists, nor about a count that was approved", () => {
  assertEquals(isOddCut(9, rememberCount(9, nothing), true), false);
  const doubted = rememberCount(40, rememberCount(40, nothing), { isOdd: true });
  const approved = approveCount(doubted) ?? nothing;
  assertEquals(isOddCut(40, approved, true), false);
});

Deno.test("rememberCount() knows a limit of which a single question proved that there is more", () => {
  const memory = rememberCount(37, nothing, { isOdd: true, isProven: true });
  assertEquals([mayBeCut(37, memory), isSuspectCount(37, memory)], [true, true]);
});

Deno.test("repeatsMore() compares with the last believed answer by number and by share", () => {
  const always = { ...nothing, repeats: { repeated: 10, distinct: 10 } };
  assertEquals(repeatsMore({ repeated: 3, distinct: 7 }, nothing), true);
  assertEquals(repeatsMore({ repeated: 0, distinct: 7 }, nothing), false);
  // Each match twice: one more item is one more repetition.
  assertEquals(repeatsMore({ repeated: 11, distinct: 11 }, always), false);
  assertEquals(repeatsMore({ repeated: 9, distinct: 9 }, always), false);
  assertEquals(repeatsMore({ repeated: 12, distinct: 9 }, always), true);
});
