import { assertEquals } from "@std/assert";
import { serveWorklist } from "../../../src/serve/worklist_scp.ts";
import { step } from "../../support/daemon_config.ts";
import { TemporaryFolder } from "../../support/delivery_bench.ts";
import { HttpReceiver } from "../../support/http_receiver.ts";

const main = new URL("../../../main.ts", import.meta.url).pathname;

/** What may read each file that the daemon makes under umask 022: patient data is for the daemon's account alone. */
const modes: Readonly<Record<string, string>> = {
  "state": "700",
  "state/control.sock": "660",
  "state/lock": "600",
  "state/queries": "700",
  "state/queries/ct": "700",
  "state/queries/ct/journal.ndjson": "600",
  "state/sinks": "700",
  "state/sinks/changes.json": "600",
  "state/sinks/current.json": "600",
  "state/sinks/hook.dead.ndjson": "600",
  "state/sinks/hook.json": "600",
  "state/sinks/stations.json": "600",
  "state/subject.key": "600",
  "state/version": "600",
};

/** What sinks write is read by others: the umask decides. Another account's `wlmscpfs` must lock the folder. */
const outputModes: Readonly<Record<string, string>> = {
  "out": "755",
  "out/CT1": "755",
  "out/CT1/lockfile": "666",
  "out/CT1/wl-e90231ea-ITEM.wl": "644",
  "out/changes.ndjson": "644",
  "out/changes.ndjson.1": "644",
  "out/current.json": "644",
};

async function modesBelow(folder: string, path: string): Promise<[string, string][]> {
  const { mode, isDirectory } = await Deno.lstat(`${folder}/${path}`);
  const own: [string, string] = [path, ((mode ?? 0) & 0o777).toString(8)];
  if (!isDirectory) return [own];
  const below: [string, string][] = [own];
  for await (const { name } of Deno.readDir(`${folder}/${path}`)) {
    below.push(...await modesBelow(folder, `${path}/${name}`));
  }
  return below.sort(([one], [other]) => one < other ? -1 : 1);
}

Deno.test("the files of the state folder are for the daemon's account alone, under umask 022", async () => {
  await using folder = new TemporaryFolder();
  await using ris = serveWorklist();
  await using receiver = new HttpReceiver();
  receiver.answer = () => new Response(null, { status: 413 });
  ris.items.set("1", step("1"));
  await Deno.writeTextFile(`${folder.path}/hook.key`, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  await Deno.writeTextFile(
    `${folder.path}/w.yaml`,
    `peers:
  ris: { host: 127.0.0.1, port: ${ris.port}, ae_title: RIS }
queries:
  ct: { peer: ris, schedule: every 200ms, sinks: [changes, current, stations, hook] }
sinks:
  changes: { type: ndjson, path: out/changes.ndjson, rotate: { size: 1kB } }
  current: { type: snapshot, path: out/current.json, min_interval: 0s }
  stations: { type: worklist-folder, path: "out/\${ScheduledStationAETitle}" }
  hook: { type: webhook, url: "${receiver.url}", secret_file: hook.key }
`,
  );
  const child = new Deno.Command("bash", {
    args: [
      "-c",
      `umask 022; exec "$0" run -A "$1" run --config "$2"`,
      Deno.execPath(),
      main,
      `${folder.path}/w.yaml`,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    await receiver.received(1);
    ris.items.set("1", step("1", { time: "093000" }));
    await receiver.received(2);
    const end = performance.now() + 10_000;
    let found = await modesBelow(folder.path, "state");
    while (!found.some(([path]) => path.endsWith("dead.ndjson")) && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      found = await modesBelow(folder.path, "state");
    }
    assertEquals(
      Object.fromEntries(found.filter(([path]) => !path.endsWith(".tmp"))),
      modes,
    );
  } finally {
    child.kill("SIGTERM");
    assertEquals((await child.status).code, 0);
  }
  const written = await modesBelow(folder.path, "out");
  assertEquals(
    Object.fromEntries(written.map(([path, mode]) => [path.replace(/k1-\w+/, "ITEM"), mode])),
    outputModes,
  );
});
