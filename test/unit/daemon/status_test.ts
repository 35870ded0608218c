import { assertEquals } from "@std/assert";
import {
  noState,
  PollHistory,
  type QueryStatus,
  queryStatuses,
} from "../../../src/daemon/status.ts";
import type { MassRemoval } from "../../../src/worklist/worklist.ts";
import { configIn } from "../../support/daemon_config.ts";

const removal: MassRemoval = {
  time: "2026-11-21T09:12:00.000Z",
  removed: 9,
  items: 9,
  cause: "confirmed",
  polls: 3,
  heldMs: 900_000,
};

async function statusAt(time: string, massRemoval?: MassRemoval): Promise<QueryStatus | undefined> {
  const config = await configIn(
    "/nowhere",
    "peers: { ris: { host: ris, port: 104, ae_title: RIS } }\nqueries: { ct: { peer: ris, schedule: every 30s } }\n",
  );
  const state = { ...noState, massRemoval };
  const [status] = queryStatuses(
    config,
    new PollHistory(),
    () => state,
    Temporal.Instant.from(time),
  );
  return status;
}

Deno.test("a removal of many items is named for a day, with its time and cause", async () => {
  const { time, removed, items, cause } = removal;
  assertEquals((await statusAt("2026-11-22T09:00:00Z", removal))?.massRemoval, {
    time,
    removed,
    items,
    cause,
    words: "9 of 9 items were removed at once at 2026-11-21T09:12:00.000Z: " +
      "3 complete polls agreed, for 15m",
  });
  assertEquals((await statusAt("2026-11-22T09:13:00Z", removal))?.massRemoval, undefined);
  assertEquals((await statusAt("2026-11-22T09:00:00Z"))?.massRemoval, undefined);
});

Deno.test("a removal of many items that a person approved says so", async () => {
  const status = await statusAt("2026-11-21T10:00:00Z", { ...removal, cause: "approved" });
  assertEquals(
    status?.massRemoval?.words,
    "9 of 9 items were removed at once at 2026-11-21T09:12:00.000Z: a person approved it",
  );
});
