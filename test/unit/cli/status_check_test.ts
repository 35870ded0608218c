import { assert, assertEquals } from "@std/assert";
import { nagiosCheck, prtgResult, unknownCheck } from "../../../src/cli/results/status_check.ts";
import type { DaemonStatus, QueryStatus } from "../../../src/daemon/status.ts";
import { heldQuery, heldStatus, presentMs } from "../../support/metric_source.ts";

const none = { warnAgeMs: Infinity, criticalAgeMs: Infinity };
const well: QueryStatus = {
  ...heldQuery,
  state: "complete",
  held: 0,
  suspectReason: undefined,
  lastPoll: heldQuery.lastPoll && { ...heldQuery.lastPoll, suspect: undefined },
};

function statusWith(query: QueryStatus, rest: Partial<DaemonStatus> = {}): DaemonStatus {
  return { ...heldStatus, queries: [query], sinks: [], ...rest };
}

Deno.test("a check is one line with the worst first, and performance data behind a bar", () => {
  assertEquals(nagiosCheck(heldStatus, { nowMs: presentMs, thresholds: none }), {
    code: 2,
    line:
      "CRITICAL: hook: failing, 2 events wait, the oldest for 1 min, 1 dead letter (and 1 more): " +
      "the receiver answers 503 | 'ct_age'=8s;;;0 'ct_items'=12;;;0 'ct_held'=9;;;0 " +
      "'hook_backlog'=2;;;0 'hook_dead'=1;;;0",
  });
});

Deno.test("a check tells OK, WARNING, CRITICAL by what is wrong and by the thresholds", () => {
  const failing: QueryStatus = {
    ...well,
    state: "incomplete",
    failures: 3,
    failingSince: "2026-11-27T08:41:16.000Z",
    lastPoll: heldQuery.lastPoll && {
      ...heldQuery.lastPoll,
      complete: false,
      suspect: undefined,
      failure: { class: "unreachable", words: "RIS | cannot be reached\nat all" },
    },
  };
  const old = { ...failing, lastComplete: "2026-11-27T08:41:00.000Z" };
  const cases: readonly (readonly [DaemonStatus, typeof none, number, string])[] = [
    [statusWith(well), none, 0, "OK: 1 query: all is well"],
    [statusWith(well), { ...none, warnAgeMs: 8_000 }, 1, "ct: 12 items, 8 s old: older than 8 s"],
    [
      statusWith(well),
      { warnAgeMs: 1_000, criticalAgeMs: 5_000 },
      2,
      "CRITICAL: ct: 12 items, 8 s old: older than 5 s",
    ],
    [
      statusWith(heldQuery),
      none,
      1,
      "WARNING: ct: 12 items, 8 s old: 9 removals held back: 9 of 12 items would be lost at once",
    ],
    [
      statusWith(failing),
      none,
      1,
      "WARNING: ct: 12 items, 8 s old: RIS / cannot be reached at all (3 polls failed for 16 min)",
    ],
    [statusWith(old), none, 2, "CRITICAL: ct: 12 items, 16 min old: RIS / cannot"],
    [statusWith({ ...well, state: "failed", problem: "the disk is full" }), none, 2, "the disk is"],
    [statusWith(well, { running: false }), none, 2, "CRITICAL: no daemon is running"],
    [
      statusWith({ ...well, nextPoll: "2026-11-27T08:50:00.000Z" }),
      none,
      1,
      "its poll is overdue for 7 min",
    ],
    [statusWith({ ...well, state: "new", lastComplete: undefined }), none, 1, "not polled yet"],
  ];
  for (const [status, thresholds, code, words] of cases) {
    const result = nagiosCheck(status, { nowMs: presentMs, thresholds });
    assertEquals(result.code, code, result.line);
    assert(result.line.includes(words), result.line);
    assertEquals(result.line.match(/\|/g)?.length, 1, result.line);
    assert(!result.line.includes("\n"));
  }
});

Deno.test("a check of one query ignores the others and the sinks", () => {
  const status = { ...heldStatus, queries: [heldQuery, { ...well, name: "us[A b]" }] };
  const { code, line } = nagiosCheck(status, {
    nowMs: presentMs,
    thresholds: none,
    query: "us[A b]",
  });
  assertEquals(code, 0);
  assert(line.endsWith("| 'us[A b]_age'=8s;;;0 'us[A b]_items'=12;;;0 'us[A b]_held'=0;;;0"), line);
});

Deno.test("an unknown check is 3", () => {
  assertEquals(unknownCheck("cannot read\nit"), { code: 3, line: "UNKNOWN: cannot read it" });
});

Deno.test("PRTG gets a channel for each value, and an error if a worklist must not be relied on", () => {
  const thresholds = { warnAgeMs: 60_000, criticalAgeMs: 900_000 };
  const { prtg } = prtgResult(statusWith(heldQuery), { nowMs: presentMs, thresholds }) as {
    prtg: { result: Record<string, unknown>[]; text: string };
  };
  assertEquals(prtg.result.map(({ channel, value }) => [channel, value]), [
    ["State (0 well, 1 look at it)", "1"],
    ["ct age", "8"],
    ["ct items", "12"],
    ["ct removals held back", "9"],
  ]);
  assertEquals(prtg.result[1], {
    channel: "ct age",
    value: "8",
    unit: "TimeSeconds",
    limitMode: 1,
    limitMaxWarning: "60",
    limitMaxError: "900",
  });
  const down = prtgResult(statusWith(well, { running: false }), { nowMs: presentMs, thresholds });
  assertEquals(down, { prtg: { error: 1, text: "no daemon is running" } });
});
