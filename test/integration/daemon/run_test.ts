import { assert, assertEquals } from "@std/assert";
import type { DaemonStatus } from "../../../src/daemon/status.ts";
import { serveWorklist } from "../../../src/serve/worklist_scp.ts";
import { step } from "../../support/daemon_config.ts";
import { startDaemon, worklistd } from "../../support/running_daemon.ts";
import { within } from "../../support/within.ts";

function yaml(port: number, query = "schedule: every 200ms"): string {
  return `log: { level: debug, format: json }
peers:
  ris: { host: 127.0.0.1, port: ${port}, ae_title: RIS }
queries:
  ct: { peer: ris, ${query}, sinks: [changes] }
sinks:
  changes: { type: ndjson, path: changes.ndjson }
`;
}

Deno.test("run() delivers changes, and ends in order when it is told to", async () => {
  const folder = await Deno.makeTempDir();
  await using ris = serveWorklist();
  ris.items.set("1", step("1"));
  await using daemon = await startDaemon(folder, yaml(ris.port));
  await daemon.until((events) => events.length === 1);
  ris.items.set("1", step("1", { time: "093000" }));
  await daemon.until((events) => events.length === 2);
  assertEquals(await daemon.stop(), 0);
  assert(daemon.log().includes("Ended"), daemon.log());
  await Deno.remove(folder, { recursive: true });
});

Deno.test("run() logs no patient data at any level, whatever happens", async () => {
  const folder = await Deno.makeTempDir();
  const marker = "Zzmarker^Quite Unique";
  const ris = serveWorklist();
  ris.items.set("1", step("1", { name: marker }));
  await using daemon = await startDaemon(folder, yaml(ris.port));
  await daemon.until((events) => events.length === 1);
  ris.items.set("1", step("1", { name: `${marker}2` }));
  ris.items.set("2", step("1", { name: `${marker}3` }));
  await daemon.until((events) => events.length >= 2);
  ris.items.clear();
  await daemon.polls(4);
  await ris[Symbol.asyncDispose]();
  await daemon.polls(2);
  await daemon.stop();
  assert(!/zzmarker|P1\b|1\.2\.3\.1/i.test(daemon.log()), daemon.log());
  const { stdout } = await worklistd(["status", "--config", daemon.configPath, "--format", "json"]);
  assert(!/zzmarker|P1\b|1\.2\.3\.1/i.test(stdout), stdout);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("run() reloads on SIGHUP, and keeps what it has where the file is wrong", async () => {
  const folder = await Deno.makeTempDir();
  await using ris = serveWorklist();
  ris.items.set("1", step("1"));
  await using daemon = await startDaemon(folder, yaml(ris.port, "schedule: 0 0 1 1 *"));
  await daemon.waitForLog("Started");
  const before = await Deno.readTextFile(daemon.configPath);
  await Deno.writeTextFile(daemon.configPath, before.replace("peer: ris", "peer: riss"));
  daemon.signal("SIGHUP");
  await daemon.waitForLog("Not reloaded");
  assert(daemon.log().includes("there is no peer"), daemon.log());
  await Deno.writeTextFile(daemon.configPath, before.replace("0 0 1 1 *", "every 200ms"));
  daemon.signal("SIGHUP");
  await daemon.until((events) => events.length === 1);
  assertEquals(await daemon.stop(), 0);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("poll and status reach the running daemon, and do without where none runs", async () => {
  const folder = await Deno.makeTempDir();
  await using ris = serveWorklist();
  ris.items.set("1", step("1"));
  await using daemon = await startDaemon(folder, yaml(ris.port, "schedule: 0 0 1 1 *"));
  await daemon.waitForLog("Started");
  const config = ["--config", daemon.configPath];
  const status = async (): Promise<DaemonStatus> =>
    JSON.parse((await worklistd(["status", ...config, "--format", "json"])).stdout);

  assertEquals((await worklistd(["poll", "ct", "--dry-run", ...config])).code, 0);
  assertEquals((await status()).queries[0]?.sequence, 0);
  assertEquals((await worklistd(["poll", "ct", ...config])).code, 0);
  await daemon.until((events) => events.length === 1);
  assertEquals((await status()).running, true);
  assert((await worklistd(["poll", "nobody", ...config])).stderr.includes("nobody"));

  await daemon.kill();
  ris.items.set("2", step("2"));
  assertEquals((await worklistd(["poll", "ct", ...config])).code, 0);
  assertEquals((await daemon.events()).length, 2);
  const { running, queries: [query] } = await status();
  assertEquals(running, false);
  assertEquals([query?.items, query?.sequence, query?.state], [2, 2, "complete"]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("run() ends at the second signal, whatever hangs", async () => {
  const folder = await Deno.makeTempDir();
  await using ris = serveWorklist();
  // More than a pipe holds that nobody reads.
  for (let n = 0; n < 300; n++) ris.items.set(`${n}`, step(`${n}`));
  const text = yaml(ris.port).replace("type: ndjson, path: changes.ndjson", "type: stdout");
  await using daemon = await startDaemon(folder, text, "piped");
  await daemon.polls(3);
  daemon.signal("SIGTERM");
  await daemon.waitForLog("Ending");
  // Without the second signal the end takes 18 s: what it waits for at most.
  assertEquals(await within(10_000, "end after the second signal", daemon.stop()), 1);
  assert(daemon.log().includes("something does not end"), daemon.log());
  await Deno.remove(folder, { recursive: true });
});

Deno.test("worklistd reload waits for the daemon, and fails with the problems of a wrong file", async () => {
  const folder = await Deno.makeTempDir();
  await using ris = serveWorklist();
  await using daemon = await startDaemon(folder, yaml(ris.port, "schedule: 0 0 1 1 *"));
  await daemon.waitForLog("Started");
  const reload = ["reload", "--config", daemon.configPath];
  const before = await Deno.readTextFile(daemon.configPath);
  await Deno.writeTextFile(daemon.configPath, before.replace("peer: ris", "peer: riss"));
  const refused = await worklistd(reload);
  assertEquals(refused.code, 78);
  assert(refused.stderr.includes("riss"), refused.stderr);
  await Deno.writeTextFile(daemon.configPath, before.replace("  ct:", "  ct2:"));
  const taken = await worklistd(reload);
  assertEquals(taken.code, 0, taken.stderr);
  const { stdout } = await worklistd(["status", "--config", daemon.configPath, "--format", "json"]);
  const status: DaemonStatus = JSON.parse(stdout);
  assertEquals(status.queries.map(({ name }) => name), ["ct2"]);
  await Deno.writeTextFile(
    daemon.configPath,
    before.replace("peers:", "state_dir: elsewhere\npeers:"),
  );
  const moved = await worklistd(reload);
  assertEquals(moved.code, 1);
  assert(moved.stderr.includes("no daemon runs"), moved.stderr);
  await daemon.stop();
  await Deno.remove(folder, { recursive: true });
});
