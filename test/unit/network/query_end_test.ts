import { assertEquals } from "@std/assert";
import type { PollStatus } from "../../../src/daemon/status.ts";
import type { QueryEnd } from "../../../src/network/query_end.ts";
import type { FindSummary } from "../../../src/query/find_batches.ts";
import type { PollOutcome } from "../../../src/worklist/journal/journal.ts";
import type { PollEnd } from "../../../src/worklist/judge/reconciliation.ts";

/** Shows that the compiler takes a value as it is. */
function holds<T>(value: T): T {
  return value;
}

const failure = { class: "limited", words: "the answer has more than 2 matches" } as const;
const counts = { matches: 2, ignoredKeys: false, peculiarities: new Map() };

// `deno task check` fails if one of these contradictions compiles.
// @ts-expect-error A complete answer has no limit that cut it.
holds<QueryEnd>({ ending: "complete", status: 0, limitedBy: "limit" });
// @ts-expect-error The two fields that once could contradict each other are gone.
holds<FindSummary>({ complete: true, incomplete: "limited", status: 0, ...counts });
// @ts-expect-error An answer that a limit cut is not complete.
holds<FindSummary>({ ending: "complete", limitedBy: "limit", status: 0, ...counts });
// @ts-expect-error A query that failed throws.
holds<FindSummary>({ ending: "failed", ...counts });
// @ts-expect-error An incomplete poll says why.
holds<PollEnd>({ ending: "cancelled", status: 0xFE00 });
// @ts-expect-error A complete poll has no failure.
holds<PollEnd>({ ending: "complete", status: 0, failure });
// @ts-expect-error An answer in parts is complete, or it is none.
holds<PollEnd>({ ending: "limited", limitedBy: "peer", parts: 2, failure });
// @ts-expect-error In JSON too.
holds<PollOutcome>({ complete: true, failure });
// @ts-expect-error In JSON too.
holds<PollOutcome>({ complete: false });
// @ts-expect-error And in the status.
holds<PollStatus>({ started: "", durationMs: 1, matches: 0, complete: false, suspect: undefined });

Deno.test("the end of a query has one of four kinds, and only one of them is complete", () => {
  const ends: Record<QueryEnd["ending"], QueryEnd> = {
    complete: holds<QueryEnd>({ ending: "complete", status: 0 }),
    limited: holds<QueryEnd>({ ending: "limited", limitedBy: "limit" }),
    cancelled: holds<QueryEnd>({ ending: "cancelled", status: 0xFE00 }),
    failed: holds<QueryEnd>({ ending: "failed", error: new Error("aborted") }),
  };
  const complete = Object.values(ends).filter(({ ending }) => ending === "complete");
  assertEquals(complete, [ends.complete]);
});
