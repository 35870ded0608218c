/**
 * Commits polls as fast as it can until it is killed: `STATE_DIR SEED`. Prints each poll's number before it is
 * committed and after.
 */
import { QueryStore } from "../../src/worklist/journal/store.ts";
import { StateLock } from "../../src/worklist/journal/state_lock.ts";
import { dataSetOf, matchOf, PolledWorklist } from "./polled_worklist.ts";
import { killedSteps } from "./killed_steps.ts";

const [stateFolder = ""] = Deno.args;
using _lock = await StateLock.take(stateFolder, new Date().toISOString());
const store = await QueryStore.open(stateFolder, "ct-today", {
  segmentBytes: 60_000,
  replayBytes: 30_000,
});
const polled = new PolledWorklist();
polled.worklist = store.worklist;
for (let number = store.worklist.commits + 1;; number++) {
  const matches = killedSteps(number).map((step) => matchOf(dataSetOf(step)));
  const changes = polled.decide(matches, {
    rules: { confirmPolls: 1, brakeMin: 1000 },
    verify: () => ({ answered: true, keys: [], matches: [] }),
  });
  write(`begin ${number}\n`);
  await store.commit(changes);
  write(`done ${number}\n`);
}

function write(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}
