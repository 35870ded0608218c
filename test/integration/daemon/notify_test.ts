import { assertEquals } from "@std/assert";
import { serviceManager } from "../../../src/daemon/notify.ts";

/** Puts a program in the place of `systemd-notify`. */
async function withNotify(script: string, test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const path = Deno.env.get("PATH") ?? "";
  await Deno.writeTextFile(`${folder}/systemd-notify`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  Deno.env.set("PATH", `${folder}:${path}`);
  try {
    await test(folder);
  } finally {
    Deno.env.set("PATH", path);
    await Deno.remove(folder, { recursive: true });
  }
}

const started = (name: string): string | undefined =>
  name === "NOTIFY_SOCKET" ? "/run/systemd/notify" : undefined;

Deno.test("serviceManager() tells systemd through its own program, for this process", () =>
  withNotify('echo "$@" >>"${0%/*}/told"', async (folder) => {
    const problems: string[] = [];
    const manager = serviceManager(started, (words) => problems.push(words));
    await manager.notify("READY=1");
    await manager.notify("STOPPING=1");
    assertEquals(
      await Deno.readTextFile(`${folder}/told`),
      `--pid=${Deno.pid} READY=1\n--pid=${Deno.pid} STOPPING=1\n`,
    );
    assertEquals(problems, []);
  }));

Deno.test("serviceManager() says once that systemd cannot be told", () =>
  withNotify("exit 1", async () => {
    const problems: string[] = [];
    const manager = serviceManager(started, (words) => problems.push(words));
    await manager.notify("READY=1");
    await manager.notify("WATCHDOG=1");
    assertEquals(problems, ["systemd-notify failed"]);
  }));

Deno.test("serviceManager() waits 5 s at most for a program that hangs", () =>
  withNotify("exec sleep 60", async () => {
    const problems: string[] = [];
    await serviceManager(started, (words) => problems.push(words)).notify("READY=1");
    assertEquals(problems, ["systemd-notify failed"]);
  }));
