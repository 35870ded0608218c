import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { backUp, restore, verifyBackup } from "../../../src/daemon/state/backup.ts";
import { beginGeneration, readGeneration } from "../../../src/daemon/state/generation.ts";
import { repairState, verifyState } from "../../../src/daemon/state/verify_state.ts";
import { serveWorklist } from "../../../src/serve/worklist_scp.ts";
import { StoreError } from "../../../src/worklist/journal/store_error.ts";
import { step } from "../../support/daemon_config.ts";
import { startDaemon, worklistd } from "../../support/running_daemon.ts";
import { SeededRandom } from "../../support/seeded_random.ts";

function yaml(port: number): string {
  return `log: { level: debug, format: json }
peers:
  ris: { host: 127.0.0.1, port: ${port}, ae_title: RIS }
queries:
  ct: { peer: ris, schedule: every 100ms, sinks: [changes] }
sinks:
  changes: { type: ndjson, path: changes.ndjson }
`;
}

const now = Temporal.Instant.from("2026-11-27T17:00:00Z");

async function findings(stateDir: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const { subject, isWell, text } of verifyState(stateDir)) {
    if (!isWell) lines.push(`${subject}: ${text}`);
  }
  return lines;
}

Deno.test("a backup taken at any moment is consistent, and after it is restored no id is used twice", async () => {
  const seed = Number(Deno.env.get("SEED") ?? Date.now() % 1_000_000);
  const random = new SeededRandom(seed);
  const folder = await Deno.makeTempDir();
  await using ris = serveWorklist();
  let count = 0;
  const grow = (): void => {
    const id = `${++count}`;
    ris.items.set(id, step(id));
  };
  grow();
  await using daemon = await startDaemon(folder, yaml(ris.port));
  const state = `${folder}/state`;
  const changing = setInterval(grow, 20);
  await daemon.until((events) => events.length > 0);
  const backups: string[] = [];
  for (let round = 0; round < 8; round++) {
    await new Promise((resolve) => setTimeout(resolve, random.below(150)));
    const target = `${folder}/backup-${round}`;
    await backUp(state, target, "2026-11-27T17:00:00Z");
    await verifyBackup(target);
    assertEquals(await findings(target), [], `seed ${seed}, backup ${round}`);
    backups.push(target);
  }
  const seen = count;
  await daemon.until((events) => events.length > seen);
  clearInterval(changing);
  const total = count;
  await daemon.until((events) => events.length >= total);
  assertEquals(await daemon.stop(), 0);
  const before = await daemon.events();

  const chosen = backups[random.below(backups.length)] ?? "";
  const { generation } = await restore(chosen, state, Temporal.Now.instant());
  assertEquals(generation.generation, 1);
  // The disk with the events file was lost, too: nothing here says what receivers have.
  await Deno.remove(`${folder}/changes.ndjson`);
  grow();
  // The RIS answers in another order now, so that the same ids would mean other items.
  const reversed = [...ris.items].reverse();
  ris.items.clear();
  for (const [id, item] of reversed) ris.items.set(id, item);
  daemon.start();
  const after = await daemon.until((events) =>
    events.some(({ data }) => data.key.StudyInstanceUID === `1.2.3.${count}`)
  );
  await daemon.stop();
  const contentOf = new Map(before.map((event) => [event.id, event.data.key.StudyInstanceUID]));
  for (const { id, data } of after) {
    const known = contentOf.get(id);
    assert(
      known === undefined || known === data.key.StudyInstanceUID,
      `seed ${seed}: ${id} was ${known} and is now ${data.key.StudyInstanceUID}`,
    );
  }
  assert(after.some(({ sequence }) => Number(sequence) > generation.after), `seed ${seed}`);
  const { code, stdout } = await worklistd(["state", "verify", "--config", daemon.configPath]);
  assertEquals(code, 0, stdout);
  assertMatch(stdout, /query ct: \d+ items/);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a generation begins higher than any before, also if one backup is restored twice", async () => {
  const folder = await Deno.makeTempDir();
  const first = await beginGeneration(folder, await readGeneration(folder), now.epochMilliseconds);
  assertEquals(first, { generation: 1, after: 1795798800000000 });
  const { generation, after } = await readGeneration(folder);
  assertEquals({ generation, after }, first);
  // The clock was set back.
  const second = await beginGeneration(folder, first, now.epochMilliseconds - 3_600_000);
  assert(second.after > first.after);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a backup that was changed is not restored, and the state stays as it is", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/state/queries`, { recursive: true });
  await Deno.writeTextFile(`${folder}/state/subject.key`, "one");
  await backUp(`${folder}/state`, `${folder}/backup`, "2026-11-27T17:00:00Z");
  await Deno.writeTextFile(`${folder}/backup/subject.key`, "two");
  await assertRejects(
    () => restore(`${folder}/backup`, `${folder}/state`, now),
    StoreError,
    "subject.key is not as it was written",
  );
  assertEquals(await Deno.readTextFile(`${folder}/state/subject.key`), "one");
  await assertRejects(
    () => backUp(`${folder}/state`, `${folder}/backup`, "2026-11-27T17:00:00Z"),
    StoreError,
    "it exists",
  );
  await Deno.remove(folder, { recursive: true });
});

Deno.test("repair moves a damaged query aside, and its events get new ids", async () => {
  const folder = await Deno.makeTempDir();
  await using ris = serveWorklist();
  ris.items.set("1", step("1"));
  await using daemon = await startDaemon(folder, yaml(ris.port));
  await daemon.until((events) => events.length === 1);
  await daemon.stop();
  const state = `${folder}/state`;
  assertEquals(await findings(state), []);
  await Deno.writeTextFile(`${state}/queries/ct/snapshot.json`, '{"format":"worklistd-snapshot-2"');
  await Deno.remove(`${state}/queries/ct/journal.ndjson`);
  assertEquals((await findings(state)).length, 1);
  const { code } = await worklistd(["state", "verify", "--config", daemon.configPath]);
  assertEquals(code, 1);
  const done = await repairState(state, now);
  assertMatch(done[0] ?? "", /query ct: moved to .*replaced-/);
  assertEquals(await findings(state), []);
  assertEquals(await repairState(state, now), []);
  daemon.start();
  const events = await daemon.until((all) => all.length === 2);
  assert(Number(events[1]?.sequence) > now.epochMilliseconds * 1000, events[1]?.id);
  await daemon.stop();
  await Deno.remove(folder, { recursive: true });
});
