import { assert, assertEquals, assertRejects } from "@std/assert";
import { Daemon } from "../../../src/daemon/daemon.ts";
import { StoreError } from "../../../src/worklist/journal/store_error.ts";
import { DaemonBench } from "../../support/daemon_bench.ts";
import { step } from "../../support/daemon_config.ts";
import { startDaemon, worklistd } from "../../support/running_daemon.ts";

Deno.test("a daemon whose only query is damaged goes on, and opens it once the file is restored", async () => {
  await using bench = await DaemonBench.make();
  bench.ris.items.set("1", step("1"));
  const path = `${bench.folder}/state/queries/ct/snapshot.json`;
  await Deno.mkdir(`${bench.folder}/state/queries/ct`, { recursive: true });
  await Deno.writeTextFile(path, "damaged");
  const daemon = await bench.open();
  daemon.start();
  assert(daemon.problemOf("ct")?.includes("snapshot.json: it is damaged"), daemon.problemOf("ct"));
  await bench.clock.advance(61_000);
  assertEquals(bench.errors.length, 1);
  await Deno.remove(path);
  const opened = Promise.withResolvers<void>();
  bench.onNote = (words) => words.includes("could be opened now") && opened.resolve();
  await bench.clock.advance(61_000);
  await opened.promise;
  assertEquals(daemon.problemOf("ct"), undefined);
  await daemon.poll("ct");
  assertEquals(await bench.events(), ["worklist.item.added S1"]);
});

Deno.test("a daemon refuses the state folder of a newer version, and names the format", async () => {
  await using bench = await DaemonBench.make();
  await Deno.mkdir(`${bench.folder}/state`);
  await Deno.writeTextFile(`${bench.folder}/state/version`, "worklistd-state-3 51ab2ba7\n");
  const error = await assertRejects(() => bench.open(), StoreError);
  assert(error.message.includes("it is of format 3"), error.message);
});

Deno.test("a daemon takes a lock again that somebody removed, and goes on", async () => {
  await using bench = await DaemonBench.make();
  bench.ris.items.set("1", step("1"));
  const daemon = await bench.open();
  await Deno.remove(`${bench.folder}/state/lock`);
  await daemon.poll("ct");
  assertEquals(await bench.events(), ["worklist.item.added S1"]);
  assertEquals(bench.notes, ["the lock of the state folder had been removed and is taken again"]);
  await assertRejects(async () => Daemon.open(await bench.config(), bench.context()), StoreError);
});

Deno.test("a daemon commits nothing after a second one took the folder, and says so", async () => {
  await using bench = await DaemonBench.make();
  bench.ris.items.set("1", step("1"));
  const first = await bench.open();
  await first.poll("ct");
  await bench.events();
  await Deno.remove(`${bench.folder}/state/lock`);
  const second = await Daemon.open(await bench.config(), bench.context());
  try {
    bench.ris.items.set("2", step("2"));
    assertEquals(await first.poll("ct"), undefined);
    const lost = await first.lost;
    assert(lost.message.includes(`process ${Deno.pid}`), lost.message);
    assert(bench.errors.at(-1)?.includes("two daemons must not share a state folder"));
    await first.close(AbortSignal.timeout(5_000));
    bench.daemon = undefined;
    await second.poll("ct");
    await second.delivered(AbortSignal.timeout(5_000));
    const journal = await Deno.readTextFile(`${bench.folder}/state/queries/ct/journal.ndjson`);
    const ids = journal.split("\n").flatMap((line) => /"id":"(ct\.\d+)"/.exec(line)?.[1] ?? []);
    assertEquals(ids, ["ct.0000000000000001", "ct.0000000000000002"]);
  } finally {
    await second.close(AbortSignal.timeout(5_000));
  }
});

Deno.test("a second daemon is refused where the first one answers, whatever became of the lock", async () => {
  const folder = await Deno.makeTempDir();
  const yaml = `peers: { ris: { host: 127.0.0.1, port: 104, ae_title: RIS } }
queries: { ct: { peer: ris, schedule: 0 0 1 1 *, sinks: [changes] } }
sinks: { changes: { type: ndjson, path: changes.ndjson } }
`;
  {
    await using daemon = await startDaemon(folder, yaml);
    await daemon.waitForLog("Started");
    await Deno.remove(`${folder}/state/lock`);
    const second = await worklistd(["run", "--config", daemon.configPath]);
    assertEquals(second.code, 1);
    assert(second.stderr.includes("another worklistd runs on it"), second.stderr);
    assertEquals(await daemon.stop(), 0);
  }
  await Deno.remove(folder, { recursive: true });
});
