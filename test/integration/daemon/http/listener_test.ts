import { assert, assertEquals } from "@std/assert";
import { loadConfig } from "../../../../src/daemon/load_config.ts";
import { permissionsOf } from "../../../../src/daemon/permissions.ts";
import { serveWorklist } from "../../../../src/serve/worklist_scp.ts";
import { startDaemon } from "../../../support/running_daemon.ts";

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

/** The status of an answer; 0 if nobody listens. */
async function statusOf(url: string, token = ""): Promise<number> {
  try {
    const headers = token === "" ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(url, { headers });
    await response.body?.cancel();
    return response.status;
  } catch {
    return 0;
  }
}

/** Waits until an address answers as wanted: only asking again can tell. */
async function until(wanted: number, url: string, token = ""): Promise<void> {
  const deadline = performance.now() + 20_000;
  let status = await statusOf(url, token);
  while (status !== wanted) {
    assert(performance.now() < deadline, `${url} answers ${status}, not ${wanted}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    status = await statusOf(url, token);
  }
}

const rest = (port: number): string =>
  `log: { level: debug, format: json }
peers: { ris: { host: 127.0.0.1, port: ${port}, ae_title: RIS } }
queries: { ct: { peer: ris, schedule: every 500ms, sinks: [changes] } }
sinks: { changes: { type: ndjson, path: changes.ndjson } }
`;

Deno.test("a reload opens, moves, changes and closes the HTTP interface", async () => {
  const folder = await Deno.makeTempDir();
  await using ris = serveWorklist();
  await using daemon = await startDaemon(folder, rest(ris.port));
  await daemon.waitForLog("Started");
  const [first, second] = [freePort(), freePort()];
  const reload = async (http: string): Promise<void> => {
    await Deno.writeTextFile(daemon.configPath, `${http}\n${rest(ris.port)}`);
    daemon.signal("SIGHUP");
  };
  const url = (port: number): string => `http://127.0.0.1:${port}/api/v1/status`;
  await Deno.writeTextFile(`${folder}/token`, "a".repeat(32));
  await reload(`http: { listen: "127.0.0.1:${first}", token_file: token }`);
  await until(200, url(first), "a".repeat(32));
  assertEquals(await statusOf(url(first)), 401);

  await Deno.writeTextFile(`${folder}/token`, "b".repeat(32));
  await reload(`http: { listen: "127.0.0.1:${first}", token_file: token }`);
  await until(200, url(first), "b".repeat(32));
  assertEquals(await statusOf(url(first), "a".repeat(32)), 401);

  await reload(`http: { listen: "127.0.0.1:${second}" }`);
  await until(200, url(second));
  await until(0, url(first));

  // The file is not taken over yet, which the status says.
  await Deno.writeTextFile(daemon.configPath, `# changed\n${rest(ris.port)}`);
  const { configuration } = await (await fetch(url(second))).json();
  assertEquals([configuration.state, configuration.reload.ok], ["changed", true]);
  const answer = await fetch(`http://127.0.0.1:${second}/-/reload`, { method: "POST" });
  assertEquals([answer.status, await answer.json()], [200, { reloaded: true }]);
  await until(0, url(second));
  assertEquals(await daemon.stop(), 0);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("an address that is taken keeps nobody from polling, and the log says so", async () => {
  const folder = await Deno.makeTempDir();
  await using ris = serveWorklist();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const http = `http: { listen: "127.0.0.1:${taken.addr.port}" }\n`;
  await using daemon = await startDaemon(folder, http + rest(ris.port));
  await daemon.waitForLog("Cannot serve HTTP");
  await daemon.polls(2);
  assertEquals(await daemon.stop(), 0);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("the HTTP interface and its page work with the permissions of the unit and no more", async () => {
  const folder = await Deno.makeTempDir();
  await using ris = serveWorklist();
  const port = freePort();
  const configPath = `${folder}/worklistd.yaml`;
  const http = `state_dir: ${folder}/state\nhttp: { listen: "127.0.0.1:${port}" }\n`;
  await Deno.writeTextFile(configPath, http + rest(ris.port));
  const program = decodeURIComponent(new URL("../../../../", import.meta.url).pathname)
    .replace(/\/$/, "");
  const permissions = permissionsOf(await loadConfig(configPath), program);
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      ...permissions,
      `${program}/main.ts`,
      "run",
      "--config",
      configPath,
    ],
    cwd: folder,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    const base = `http://127.0.0.1:${port}`;
    await until(200, `${base}/-/ready`);
    for (const path of ["/", "/page/main.js", "/page/uplot.js", "/metrics", "/api/v1/status"]) {
      assertEquals(await statusOf(base + path), 200, path);
    }
  } finally {
    child.kill("SIGTERM");
    await child.status;
    await Deno.remove(folder, { recursive: true });
  }
});
