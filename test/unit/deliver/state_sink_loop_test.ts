import { assertEquals } from "@std/assert";
import type { StateSink } from "../../../src/deliver/sink.ts";
import type { SinkStateFile } from "../../../src/deliver/sink_state.ts";
import { StateSinkLoop } from "../../../src/deliver/state_sink_loop.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";
import { MemoryJournal } from "../../support/memory_journal.ts";

Deno.test("StateSinkLoop updates its mirror at once, and then no more often than it may", async () => {
  const clock = new FakeClock();
  const updates: string[] = [];
  const sink: StateSink = {
    kind: "state",
    refreshMs: undefined,
    leastIntervalMs: 1000,
    update: () => {
      updates.push(clock.now().toString().slice(11, -1));
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
  const journal = new MemoryJournal();
  const stateFile = {
    state: { sink: "mirror", queries: {} },
    save: () => Promise.resolve(),
  } as unknown as SinkStateFile;
  const loop = new StateSinkLoop(sink, {
    name: "mirror",
    type: "snapshot",
    sources: [journal],
    clock,
    stateFile,
    report: () => {},
    random: () => 0.5,
    onProgress: () => {},
  });
  const commit = async (): Promise<void> => {
    journal.commit(clock.now(), { kind: "failed", reason: "aborted", words: "" });
    await settle();
  };
  loop.start();
  await settle();
  for (let n = 0; n < 8; n++) {
    await clock.advance(200);
    await commit();
  }
  await clock.advance(5000);
  assertEquals(updates, ["12:00:00", "12:00:01", "12:00:02"]);
  await commit();
  assertEquals(updates.at(-1), "12:00:06.6");
  await loop.close(AbortSignal.abort());
});
