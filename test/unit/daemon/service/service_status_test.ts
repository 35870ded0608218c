import { assertEquals } from "@std/assert";
import { problemsOf, serviceStatus } from "../../../../src/daemon/service/service_status.ts";
import type { DaemonStatus } from "../../../../src/daemon/status.ts";

const nowMs = Date.parse("2026-11-27T08:00:00Z");

/** The fields that the line is made of. */
function statusWith(queries: readonly object[], sinks: readonly object[] = []): DaemonStatus {
  return { running: true, peers: [], queries, sinks } as unknown as DaemonStatus;
}

const well = {
  name: "ct",
  state: "complete",
  items: 12,
  failures: 0,
  held: 0,
  lastComplete: "2026-11-27T07:59:52Z",
};
const failing = {
  ...well,
  name: "mr",
  state: "incomplete",
  items: 4,
  failures: 44,
  lastComplete: "2026-11-27T07:38:00Z",
  failingSince: "2026-11-27T07:38:30Z",
};

Deno.test("systemctl status has live numbers, and names what to look at", () => {
  assertEquals(
    serviceStatus(statusWith([well]), nowMs),
    "1 query, 12 items, the oldest answer is 8 s old; all is well",
  );
  const hook = { name: "hook", state: "failing", backlog: 3, deadLetters: 0 };
  assertEquals(
    serviceStatus(statusWith([well, failing], [hook]), nowMs),
    "2 queries, 16 items, the oldest answer is 22 min old, 3 events to deliver; look at mr, hook",
  );
  assertEquals(serviceStatus(statusWith([]), nowMs), "0 queries, 0 items; all is well");
});

Deno.test("what is said of problems does not change with time", () => {
  const status = statusWith([failing]);
  assertEquals(problemsOf(status, nowMs), "look at mr");
  assertEquals(problemsOf(status, nowMs + 60_000), "look at mr");
});
