import { assert, assertEquals } from "@std/assert";
import { readEvents } from "../../../src/worklist/journal/time_machine.ts";
import { readStoredQuery } from "../../../src/worklist/journal/history.ts";
import { QueryStore } from "../../../src/worklist/journal/store.ts";
import { killedSteps } from "../../support/killed_steps.ts";

const process = new URL("../../support/committing_process.ts", import.meta.url).pathname;

/** Runs the process, kills it after some output, and returns the last poll that it began and finished. */
async function runAndKill(
  stateFolder: string,
  afterLines: number,
): Promise<{ begun: number; done: number }> {
  const args = ["run", "--no-prompt", "--allow-read", "--allow-write", process, stateFolder];
  const child = new Deno.Command(Deno.execPath(), { args, stdout: "piped" }).spawn();
  let text = "";
  let isKilled = false;
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (!isKilled && text.split("\n").length > afterLines) {
      isKilled = true;
      child.kill("SIGKILL");
    }
  }
  await child.status;
  const last = (word: string): number =>
    Math.max(
      0,
      ...[...text.matchAll(new RegExp(`^${word} (\\d+)$`, "gm"))].map(([, n]) => Number(n)),
    );
  return { begun: last("begin"), done: last("done") };
}

Deno.test("QueryStore loses and invents nothing when its process is killed again and again", async () => {
  const stateFolder = await Deno.makeTempDir();
  try {
    for (const afterLines of [1, 2, 3, 30, 57, 80]) {
      const { begun, done } = await runAndKill(stateFolder, afterLines);
      const stored = await readStoredQuery(stateFolder, "ct-today");
      const store = await QueryStore.open(stateFolder, "ct-today");
      const commits = store.worklist.commits;
      assert(commits === done || commits === begun, `${commits} after ${done} of ${begun}`);
      const truth = commits === 0 ? [] : killedSteps(commits);
      const expected = truth.map((step) => step.step ?? "").sort();
      const names = Array.from(store.items(), ({ key }) => key["ScheduledProcedureStepID"] ?? "");
      assertEquals(names.sort(), expected);
      assertEquals(stored.sequence, store.lastSequence);
      await store.close();
    }
    await checkHistory(stateFolder);
  } finally {
    await Deno.remove(stateFolder, { recursive: true });
  }
});

/** Sequences without gaps, and only what can have happened. */
async function checkHistory(stateFolder: string): Promise<void> {
  const present = new Set<string>();
  let sequence = 0;
  for await (const event of readEvents(stateFolder, "ct-today")) {
    assertEquals(event.sequence, ++sequence);
    const subject = event.subject ?? "";
    if (event.change === "added") assert(!present.has(subject));
    else assert(present.has(subject));
    if (event.change === "removed") present.delete(subject);
    else present.add(subject);
  }
  assertEquals(present.size, 20);
}
