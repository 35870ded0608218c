import { assert, assertEquals } from "@std/assert";
import { serveWorklist } from "../../../src/serve/worklist_scp.ts";
import { step } from "../../support/daemon_config.ts";
import { startDaemon, worklistd } from "../../support/running_daemon.ts";

const main = new URL("../../../main.ts", import.meta.url).pathname;

Deno.test("init writes a configuration that polls, and never over another file", async () => {
  const folder = await Deno.makeTempDir();
  await using ris = serveWorklist();
  ris.items.set("1", step("1"));
  const peer = `RIS@127.0.0.1:${ris.port}`;
  const args = ["init", "--peer", peer, "--station", "CT1", "--modality", "CT", "--connect"];
  const first = await worklistd(args, { cwd: folder });
  assertEquals(first.code, 0, first.stdout + first.stderr);
  assert(first.stdout.includes("1 peer, 1 query, 2 sinks: no problems"), first.stdout);
  const second = await worklistd(args, { cwd: folder });
  assertEquals([second.code, second.stderr.includes("exists already")], [2, true]);
  // The file is found without --config.
  const poll = await worklistd(["poll", "today", "--dry-run"], { cwd: folder });
  assertEquals(poll.code, 0, poll.stderr);
  const nobody = await worklistd(["init", "other.yaml"], { cwd: folder });
  assertEquals([nobody.code, nobody.stderr.includes("--peer AET@HOST:PORT is missing")], [2, true]);
  const bad = await worklistd(["init", "o.yaml", "--peer", "127.0.0.1:104"], { cwd: folder });
  assertEquals(bad.code, 2);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("without --config a command says where it looked", async () => {
  const folder = await Deno.makeTempDir();
  const { code, stderr } = await worklistd(["status"], {
    cwd: folder,
    env: { WORKLISTD_CONFIG: "" },
  });
  assertEquals(code, 2);
  assert(stderr.includes("WORKLISTD_CONFIG is not set"), stderr);
  assert(stderr.includes("/etc/worklistd/worklistd.yaml"), stderr);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("shells complete the names of the configuration and the keywords of attributes", async () => {
  const folder = await Deno.makeTempDir();
  const config = `${folder}/w.yaml`;
  await Deno.writeTextFile(
    config,
    `peers: { ris: { host: ris, port: 104, ae_title: RIS } }
queries:
  ct:
    peer: ris
    schedule: every 30s
    for_each: { s: [CT1, CT2] }
    keys: { ScheduledProcedureStepSequence: { ScheduledStationAETitle: "\${s}" } }
    sinks: [changes]
sinks: { changes: { type: ndjson, path: changes.ndjson } }
`,
  );
  const names = async (kind: string): Promise<string> =>
    (await worklistd(["completions", "--names", kind, "--config", config])).stdout;
  const known = await names("queries");
  assertEquals(known, "ct[CT1]\nct[CT2]\n");
  assertEquals(await names("sinks"), "changes\n");
  assertEquals(await names("peers"), "ris\n");
  assert((await names("keywords")).includes("\nPatientName\n"));
  // bash itself, with this program in the place of an installed one.
  const script = (await worklistd(["completions", "bash"])).stdout;
  const { stdout, stderr } = await new Deno.Command("bash", {
    args: [
      "-c",
      `worklistd() { ${Deno.execPath()} run -A --no-prompt ${main} "$@"; }
${script}
COMP_WORDS=(worklistd show --config ${config} ""); COMP_CWORD=4
_worklistd; printf '%s\\n' "\${COMPREPLY[@]}"
COMP_WORDS=(worklistd find -k PatientNa); COMP_CWORD=3; COMPREPLY=()
_worklistd; printf '%s\\n' "\${COMPREPLY[@]}"`,
    ],
  }).output();
  const decoder = new TextDecoder();
  assertEquals(decoder.decode(stdout), `${known}PatientName\n`, decoder.decode(stderr));
  await Deno.remove(folder, { recursive: true });
});

Deno.test("tap prints changes as they are committed, and Ctrl-C ends it with 130", async () => {
  const folder = await Deno.makeTempDir();
  await using ris = serveWorklist();
  ris.items.set("1", step("1"));
  await using daemon = await startDaemon(
    folder,
    `log: { level: debug, format: json }
peers: { ris: { host: 127.0.0.1, port: ${ris.port}, ae_title: RIS } }
queries: { ct: { peer: ris, schedule: every 300ms, sinks: [changes] } }
sinks: { changes: { type: ndjson, path: changes.ndjson } }
`,
  );
  await daemon.until((events) => events.length === 1);
  await using tap = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-prompt", main, "tap", "--format", "json", "-c", daemon.configPath],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = tap.stdout.getReader();
  // It tells only what comes after it began: something changes until it does.
  let number = 2;
  const timer = setInterval(() => {
    ris.items.set(`${number}`, step(`${number}`));
    number++;
  }, 300);
  let text = "";
  while (!text.includes("\n")) text += new TextDecoder().decode((await reader.read()).value);
  clearInterval(timer);
  const event = JSON.parse(text.slice(0, text.indexOf("\n")));
  assertEquals([event.type, event.data.query], ["dicom.worklist.item.added", "ct"]);
  tap.kill("SIGINT");
  for (let end = false; !end;) end = (await reader.read()).done;
  assertEquals((await tap.status).code, 130);
  await daemon.stop();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("find exits 130 after Ctrl-C", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using find = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-prompt", main, "echo", `RIS@127.0.0.1:${listener.addr.port}`],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  using connection = await listener.accept();
  await connection.read(new Uint8Array(10));
  find.kill("SIGINT");
  assertEquals((await find.status).code, 130);
});

Deno.test("of slips in YAML the first is reported, and that others may follow", async () => {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/w.yaml`;
  await Deno.writeTextFile(file, "peers:\n  ris: { host: ris\nqueries: [a\n  b: }\n");
  const { code, stderr } = await worklistd(["check", "--config", file]);
  assertEquals(code, 78);
  assertEquals(stderr.trim().split("\n").length, 1, stderr);
  assert(stderr.includes("; others may follow"), stderr);
  await Deno.remove(folder, { recursive: true });
});
