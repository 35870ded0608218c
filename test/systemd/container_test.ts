/**
 * The container: built by the Containerfile on a Debian that is made here, and run as it asks to be run: not as root, on a
 * root that cannot be written to.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { canBoot, makeRoot } from "./machine.ts";
import { architecture, packages, version } from "./packages.ts";

const containerfile = new URL("../../packaging/Containerfile", import.meta.url).pathname;

function has(program: string): boolean {
  return new Deno.Command("sh", { args: ["-c", `command -v ${program}`] }).outputSync().success;
}

async function sh(script: string): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", script],
    signal: AbortSignal.timeout(300_000),
  }).output();
  const text = new TextDecoder();
  assertEquals(code, 0, `${script}\n${text.decode(stderr)}`);
  return text.decode(stdout).trim();
}

/** What an image asks for. */
interface ImageConfig {
  readonly User: string;
  readonly Entrypoint: readonly string[];
  readonly Env: readonly string[];
  readonly Volumes: Readonly<Record<string, unknown>>;
  readonly StopSignal: string;
  readonly Healthcheck: { readonly Test: readonly string[] };
}

Deno.test({
  name:
    "the container is built, runs without root on a read-only root, is healthy, and ends in order",
  ignore: !canBoot || !has("buildah"),
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(): Promise<void> {
    const folder = await Deno.makeTempDir({ prefix: "worklistd-container-" });
    const buildah = `buildah --root ${folder}/store --runroot ${folder}/run --storage-driver vfs`;
    let running: Deno.ChildProcess | undefined;
    try {
      await makeRoot(`${folder}/base`);
      const scratch = await sh(`${buildah} from scratch`);
      await sh(`${buildah} add -q ${scratch} ${folder}/base /`);
      await sh(`${buildah} commit -q ${scratch} localhost/base`);
      const archive = `worklistd-${version}-linux-${architecture}.tar.gz`;
      await sh(
        `${buildah} build -q --isolation chroot --format docker --pull-never --tag localhost/worklistd ` +
          `--build-arg BASE=localhost/base --build-arg ARCHIVE=${archive} -f ${containerfile} ${await packages()}`,
      );
      const inspected: { Docker: { config: ImageConfig } } = JSON.parse(
        await sh(`${buildah} inspect --type image localhost/worklistd`),
      );
      const { User, Entrypoint, Env, Volumes, StopSignal, Healthcheck } = inspected.Docker.config;
      assertEquals(User, "10001:10001");
      assertEquals(StopSignal, "SIGTERM");
      assertEquals(Object.keys(Volumes), ["/var/lib/worklistd"]);

      const container = await sh(`${buildah} from --pull-never localhost/worklistd`);
      const root = await sh(`${buildah} mount ${container}`);
      await sh(`install -d -o 10001 -g 10001 -m 0700 ${folder}/state`);
      await Deno.writeTextFile(
        `${folder}/worklistd.yaml`,
        "peers:\n  ris: { host: 127.0.0.1, port: 11112, ae_title: RIS }\n" +
          "queries:\n  ct: { peer: ris, schedule: every 1s }\n",
      );
      await Deno.writeTextFile(`${root}/etc/worklistd/worklistd.yaml`, "");
      const environment = Env.map((each) => `'${each}'`).join(" ");
      const inside = `chroot --userspec=${User} ${root} env -i ${environment}`;
      running = new Deno.Command("unshare", {
        args: [
          ...["--mount", "--net", "--pid", "--fork", "--kill-child", "sh", "-ec"],
          `mount --bind ${root} ${root}
           mount --bind ${folder}/state ${root}/var/lib/worklistd
           mount --bind ${folder}/worklistd.yaml ${root}/etc/worklistd/worklistd.yaml
           mount -t tmpfs tmpfs ${root}/tmp
           mount -o remount,bind,ro ${root}
           mount -t proc proc ${root}/proc
           mount --bind /dev/null ${root}/dev/null 2>/dev/null || true
           ip link set lo up
           exec ${inside} ${Entrypoint.join(" ")}`,
        ],
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const output = new Response(running.stderr).text();
      const stdout = new Response(running.stdout).text();
      const end = Date.now() + 30_000;
      let daemon = 0;
      while (daemon === 0) {
        assert(Date.now() < end, "no daemon within 30 s");
        await new Promise((resolve) => setTimeout(resolve, 200));
        if (!await exists(`${folder}/state/control.sock`)) continue;
        daemon = Number(
          (await Deno.readTextFile(`/proc/${running.pid}/task/${running.pid}/children`)).trim(),
        );
      }
      const enter =
        `nsenter -t ${daemon} -m -n -p chroot --userspec=${User} ${root} env -i ${environment}`;
      const [kind, ...health] = Healthcheck.Test;
      assertEquals(kind, "CMD");
      await sh(`${enter} ${health.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ")}`);
      assertEquals(await sh(`${enter} id -u`), "10001");
      assertMatch(await sh(`${enter} sh -c 'touch /opt/x /x 2>&1 || true'`), /Read-only/);
      Deno.kill(daemon, "SIGTERM");
      assertEquals((await running.status).code, 0, await output);
      running = undefined;
      assertMatch(await output + await stdout, /Ended/);
    } finally {
      running?.kill("SIGKILL");
      await new Deno.Command("sh", {
        args: ["-c", `${buildah} umount -a; ${buildah} rm -a; rm -rf ${folder}`],
      })
        .output();
    }
  },
});

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch {
    return false;
  }
}
