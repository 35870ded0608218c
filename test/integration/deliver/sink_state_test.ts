import { assertEquals } from "@std/assert";
import { readSinkState, SinkStateFile } from "../../../src/deliver/sink_state.ts";
import { TemporaryFolder } from "../../support/delivery_bench.ts";

Deno.test("SinkStateFile.save() never writes twice at once, whenever it is called", async () => {
  await using folder = new TemporaryFolder();
  const state = { sink: "hook", queries: { ct: { position: 0, delivered: 0 } } };
  const file = new SinkStateFile(folder.path, state);
  await Promise.all(Array.from({ length: 20 }, async () => {
    for (let round = 0; round < 10; round++) {
      state.queries.ct.position++;
      await file.save();
    }
  }));
  assertEquals(await readSinkState(folder.path, "hook"), { found: "state", state, isSealed: true });
});
