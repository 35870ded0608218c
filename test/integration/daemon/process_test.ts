import { assert, assertEquals } from "@std/assert";
import { serveWorklist } from "../../../src/serve/worklist_scp.ts";
import { step } from "../../support/daemon_config.ts";
import { TemporaryFolder } from "../../support/delivery_bench.ts";
import { startDaemon, worklistd } from "../../support/running_daemon.ts";

const main = new URL("../../../main.ts", import.meta.url).pathname;

function yaml(port: number, more = ""): string {
  return `log: { level: debug, format: json }
peers:
  ris: { host: 127.0.0.1, port: ${port}, ae_title: RIS }
queries:
  ct: { peer: ris, schedule: every 100ms, sinks: [changes] }
${more}sinks:
  changes: { type: ndjson, path: changes.ndjson }
`;
}

/** Waits until a file has a text; a child process can only be watched by looking again. */
async function untilFile(path: string, isDone: (text: string) => boolean): Promise<string> {
  const end = performance.now() + 30_000;
  for (;;) {
    const text = await Deno.readTextFile(path).catch(() => "");
    if (isDone(text)) return text;
    assert(performance.now() < end, `not in time: ${text.length} characters in ${path}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

Deno.test("the daemon polls on where nobody reads its log, and ends when it is told to", async () => {
  await using folder = new TemporaryFolder();
  await using ris = serveWorklist();
  // Debug lines of fifty queries fill the 64 KiB of a pipe four times over.
  const more = Array.from(
    { length: 50 },
    (_, n) => `  q${n}: { peer: ris, schedule: every 100ms, sinks: [changes] }\n`,
  );
  await Deno.writeTextFile(`${folder.path}/w.yaml`, yaml(ris.port, more.join("")));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", main, "run", "--config", `${folder.path}/w.yaml`],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  try {
    const path = `${folder.path}/changes.ndjson`;
    for (let n = 0; n < 200; n++) {
      ris.items.set("1", step("1", { time: `${100_000 + n}` }));
      await untilFile(path, (text) => text.includes(`["${100_000 + n}"]`));
    }
    child.kill("SIGTERM");
    assertEquals((await child.status).code, 0);
  } finally {
    const log = await new Response(child.stderr).text();
    assert(log.length >= 60_000, `${log.length} bytes of log`);
  }
});

Deno.test("the daemon reloads for a SIGHUP that came before it could", async () => {
  await using folder = new TemporaryFolder();
  await using ris = serveWorklist();
  const path = `${folder.path}/worklistd.yaml`;
  // The daemon waits for its configuration, as for a slow disk.
  await new Deno.Command("mkfifo", { args: [path] }).output();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", main, "run", "--config", path],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const pipe = await Deno.open(path, { write: true });
  child.kill("SIGHUP");
  await Deno.writeTextFile(`${path}.new`, yaml(ris.port));
  await Deno.rename(`${path}.new`, path);
  await pipe.write(new TextEncoder().encode(yaml(ris.port)));
  pipe.close();
  let log = "";
  const reader = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  while (!log.includes("Reloaded")) {
    const { done, value } = await reader.read();
    if (done) break;
    log += value;
  }
  assert(log.includes("Started") && log.includes("Reloaded"), log);
  child.kill("SIGTERM");
  while (!(await reader.read()).done);
  assertEquals((await child.status).code, 0);
});

Deno.test("300 queries are all polled by a process that may open 256 files", async () => {
  await using folder = new TemporaryFolder();
  await using ris = serveWorklist();
  ris.items.set("1", step("1"));
  const more = Array.from(
    { length: 299 },
    (_, n) => `  q${n}: { peer: ris, schedule: every 2s, sinks: [changes] }\n`,
  );
  await Deno.writeTextFile(`${folder.path}/w.yaml`, yaml(ris.port, more.join("")));
  const child = new Deno.Command("bash", {
    args: [
      "-c",
      `ulimit -n 256; exec "$0" run -A "$1" run --config "$2"`,
      Deno.execPath(),
      main,
      `${folder.path}/w.yaml`,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const log = new Response(child.stderr).text();
  try {
    const text = await untilFile(
      `${folder.path}/changes.ndjson`,
      (text) => text.split("\n").length > 300,
    );
    const queries = text.trim().split("\n").map((line) => JSON.parse(line).data.query);
    assertEquals(new Set(queries).size, 300);
  } finally {
    child.kill("SIGTERM");
    assertEquals((await child.status).code, 0);
    const problems = (await log).split("\n").filter((line) => /"level":"(WARN|ERROR)/.test(line));
    assertEquals(problems, []);
  }
});

Deno.test("demo ends quietly where nobody reads on", async () => {
  const script = `"$0" run -A "$1" demo --seconds 30 | head -1; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", script, Deno.execPath(), main],
    stdin: "null",
  }).output();
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  assertEquals([lines.length, lines.at(-1)], [2, "0"]);
  assertEquals(new TextDecoder().decode(stderr), "");
});

Deno.test("a daemon whose lock another one took ends and says why", async () => {
  await using folder = new TemporaryFolder();
  await using ris = serveWorklist();
  ris.items.set("1", step("1"));
  await using first = await startDaemon(folder.path, yaml(ris.port));
  await first.until((events) => events.length === 1);
  // The second cannot find the first one by its socket either.
  await Deno.remove(`${folder.path}/state/control.sock`);
  await Deno.remove(`${folder.path}/state/lock`);
  first.signal("SIGSTOP");
  await using lock = await new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      `import { StateLock } from "${main.replace("main.ts", "src/worklist/journal/state_lock.ts")}";
       const lock = await StateLock.take("${folder.path}/state", new Date().toISOString());
       console.log("held"); await new Response(Deno.stdin.readable).text(); lock.release();`,
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = lock.stdout.getReader();
  await reader.read();
  first.signal("SIGCONT");
  ris.items.set("2", step("2"));
  await first.waitForLog("Cannot go on");
  assert(first.log().includes(`process ${lock.pid}`), first.log());
  assertEquals(await first.stop(), 1);
  await lock.stdin.close();
  await reader.cancel();
  await lock.status;
  const { stdout } = await worklistd(["history", "--config", first.configPath]);
  assert(!stdout.includes("S2"), stdout);
});
