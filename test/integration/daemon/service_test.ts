import { assert, assertEquals, assertMatch } from "@std/assert";
import { serveWorklist } from "../../../src/serve/worklist_scp.ts";
import { step } from "../../support/daemon_config.ts";
import { type RunningDaemon, startDaemon, worklistd } from "../../support/running_daemon.ts";
import { within } from "../../support/within.ts";

/** A daemon whose `systemd-notify` is a script that writes down each message. */
interface Service extends AsyncDisposable {
  readonly folder: string;
  readonly daemon: RunningDaemon;
  /** All messages so far, without live numbers (`STATUS=`). */
  messages(): Promise<string[]>;
  /** Waits until the messages satisfy a condition. */
  until(done: (messages: string[]) => boolean): Promise<string[]>;
}

const idle = `log: { level: debug, format: json }
peers:
  ris: { host: 127.0.0.1, port: 104, ae_title: RIS }
queries:
  ct: { peer: ris, schedule: 0 0 1 1 *, sinks: [changes] }
sinks:
  changes: { type: ndjson, path: changes.ndjson }
`;

async function startService(yaml: string, watchdogUs = 0): Promise<Service> {
  const folder = await Deno.makeTempDir();
  const written = `${folder}/messages`;
  await Deno.writeTextFile(written, "");
  const script =
    `#!/bin/sh\nfor word; do case "$word" in -*) ;; *) printf '%s\\n' "$word" >>'${written}';; esac; done\n`;
  await Deno.mkdir(`${folder}/bin`);
  await Deno.writeTextFile(`${folder}/bin/systemd-notify`, script, { mode: 0o755 });
  const daemon = await startDaemon(folder, yaml, "null", {
    PATH: `${folder}/bin:${Deno.env.get("PATH") ?? ""}`,
    NOTIFY_SOCKET: `${folder}/socket`,
    ...(watchdogUs > 0 && { WATCHDOG_USEC: `${watchdogUs}` }),
  });
  const messages = async (): Promise<string[]> =>
    (await Deno.readTextFile(written)).split("\n")
      .filter((line) => line !== "" && !line.startsWith("STATUS="));
  return {
    folder,
    daemon,
    messages,
    async until(done): Promise<string[]> {
      using watcher = Deno.watchFs(written);
      const waiting = (async (): Promise<string[]> => {
        let now = await messages();
        if (done(now)) return now;
        for await (const _ of watcher) {
          now = await messages();
          if (done(now)) break;
        }
        return now;
      })();
      return await within(20_000, `such messages; log:\n${daemon.log()}`, waiting);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await daemon[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

Deno.test("the service is ready once, reloads, and stops, in messages that systemd waits for", async () => {
  await using service = await startService(idle);
  await service.until((all) => all.length === 1);
  assert(service.daemon.log().includes("Started"), "READY before the state was open");
  service.daemon.signal("SIGHUP");
  await service.until((all) => all.length === 3);
  assertEquals(await service.daemon.stop(), 0);
  assertEquals(await service.messages(), ["READY=1", "RELOADING=1", "READY=1", "STOPPING=1"]);
});

Deno.test("the service is ready again after a reload of a broken file", async () => {
  await using service = await startService(idle);
  await service.until((all) => all.length === 1);
  await Deno.writeTextFile(service.daemon.configPath, "queries: [");
  service.daemon.signal("SIGHUP");
  await service.until((all) => all.length === 3);
  await service.daemon.waitForLog("Not reloaded");
  assertEquals(await service.daemon.stop(), 0);
  assertEquals(await service.messages(), ["READY=1", "RELOADING=1", "READY=1", "STOPPING=1"]);
});

Deno.test("the service feeds the watchdog while polls go on, and no longer once it stops", async () => {
  await using service = await startService(idle, 400_000);
  await service.until((all) => all.filter((line) => line === "WATCHDOG=1").length >= 3);
  assertEquals(await service.daemon.stop(), 0);
  const all = await service.messages();
  assertEquals(all.filter((line) => line !== "WATCHDOG=1"), ["READY=1", "STOPPING=1"]);
});

Deno.test("the service asks for no watchdog that systemd did not ask for", async () => {
  await using service = await startService(idle);
  await service.until((all) => all.length === 1);
  assertEquals(await service.daemon.stop(), 0);
  assertEquals((await service.messages()).includes("WATCHDOG=1"), false);
});

Deno.test("the service ends in order at SIGINT, as at SIGTERM", async () => {
  await using service = await startService(idle);
  await service.until((all) => all.length === 1);
  service.daemon.signal("SIGINT");
  await service.daemon.waitForLog("Ended");
  assertEquals(await service.daemon.stop(), 0);
  assertEquals(await service.messages(), ["READY=1", "STOPPING=1"]);
});

Deno.test("the service waits at the first signal for the poll that is under way", async () => {
  await using ris = serveWorklist();
  ris.items.set("1", step("1"));
  const yaml = idle.replace("port: 104", `port: ${ris.port}`).replace("0 0 1 1 *", "every 200ms");
  await using service = await startService(yaml);
  await service.daemon.until((events) => events.length === 1);
  assertEquals(await service.daemon.stop(), 0);
  assert(service.daemon.log().includes("Ended"), service.daemon.log());
});

Deno.test("the service exits 1, and is never ready, if another process holds its state", async () => {
  await using service = await startService(idle);
  await service.until((all) => all.length === 1);
  const second = await worklistd(["run", "--config", service.daemon.configPath]);
  assertEquals(second.code, 1);
  assert(second.stderr.includes("Cannot start"), second.stderr);
  assertEquals(await service.daemon.stop(), 0);
  assertEquals(await service.messages(), ["READY=1", "STOPPING=1"]);
});

Deno.test("the service exits 78, and is never ready, with a broken configuration", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/worklistd.yaml`;
  await Deno.writeTextFile(path, "queries: {}\npeerz: {}\n");
  const { code, stderr } = await worklistd(["run", "--config", path]);
  assertEquals(code, 78);
  assert(stderr.includes("peerz"), stderr);
  await Deno.remove(folder, { recursive: true });
});

Deno.test({
  name: "a command of root says what to do where the account of the service has passed",
  ignore: Deno.uid() !== 0,
  async fn(): Promise<void> {
    const folder = await Deno.makeTempDir();
    try {
      // As systemd leaves it with DynamicUser=yes, once the service is stopped.
      await Deno.mkdir(`${folder}/private/worklistd`, { recursive: true });
      await Deno.chmod(`${folder}/private`, 0o700);
      await Deno.chown(`${folder}/private/worklistd`, 65_534, 65_534);
      await Deno.symlink("private/worklistd", `${folder}/worklistd`);
      const file = `${folder}/worklistd.yaml`;
      await Deno.writeTextFile(file, `state_dir: ${folder}/worklistd\n${idle}`);
      for (const words of [["poll", "ct"], ["approve", "ct", "--who", "anna"], ["run"]]) {
        const { code, stderr } = await worklistd([...words, "--config", file]);
        assertEquals(code, 1, stderr);
        assertMatch(stderr, /start the service, then run the command again/);
      }
      assertEquals([...Deno.readDirSync(`${folder}/private/worklistd`)], []);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
