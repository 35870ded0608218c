import { assert, assertEquals } from "@std/assert";
import { serveWorklist } from "../../../src/serve/worklist_scp.ts";
import { step } from "../../support/daemon_config.ts";
import { startDaemon, worklistd } from "../../support/running_daemon.ts";

Deno.test("status --check asks the running daemon, and is CRITICAL when none runs", async () => {
  const folder = await Deno.makeTempDir();
  await using ris = serveWorklist();
  ris.items.set("1", step("1"));
  await using daemon = await startDaemon(
    folder,
    `log: { level: debug, format: json }
peers: { ris: { host: 127.0.0.1, port: ${ris.port}, ae_title: RIS } }
queries: { ct: { peer: ris, schedule: every 500ms, sinks: [changes] } }
sinks: { changes: { type: ndjson, path: changes.ndjson } }
`,
  );
  await daemon.until((events) => events.length === 1);
  const check = (...args: string[]): ReturnType<typeof worklistd> =>
    worklistd(["status", "--check", "--config", daemon.configPath, ...args]);
  const well = await check("--critical", "15m");
  assertEquals(well.code, 0, well.stdout + well.stderr);
  assert(
    /^OK: 1 query, 1 sink: all is well \| 'ct_age'=\d+s;;900;0 'ct_items'=1;;;0 /.test(well.stdout),
    well.stdout,
  );
  const unknown = await check("--query", "ctt");
  assertEquals(unknown.code, 3);
  assert(unknown.stdout.startsWith("UNKNOWN: "), unknown.stdout);
  const prtg = await worklistd(["status", "--format", "prtg", "--config", daemon.configPath]);
  assertEquals([prtg.code, JSON.parse(prtg.stdout).prtg.text], [
    0,
    "1 query, 1 sink: all is well",
  ]);
  await daemon.stop();
  const gone = await check();
  assertEquals([gone.code, gone.stdout.startsWith("CRITICAL: no daemon is running | ")], [2, true]);
  const missing = await worklistd(["status", "--check", "--config", `${folder}/none.yaml`]);
  assertEquals([missing.code, missing.stdout.startsWith("UNKNOWN: ")], [3, true]);
  await Deno.remove(folder, { recursive: true });
});
