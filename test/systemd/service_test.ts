/**
 * The Debian package on a booted Debian without a network: installed, started, reloaded, killed, restarted, removed.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { canBoot, Machine, makeRoot } from "./machine.ts";
import { debianArchitecture, packages, version } from "./packages.ts";

const config = `ae_title: WORKLISTD
state_dir: /var/lib/worklistd
peers:
  ris: { host: 127.0.0.1, port: 11112, ae_title: RIS }
queries:
  ct: { peer: ris, schedule: every 500ms, sinks: [changes] }
sinks:
  changes: { type: ndjson, path: /var/log/worklistd/changes.ndjson }
`;
const file = "/etc/worklistd/worklistd.yaml";
const changes = "/var/log/worklistd/changes.ndjson";
const program = "/usr/lib/worklistd";
const deno = `${program}/deno run --quiet --no-prompt --cached-only --config ${program}/deno.json`;

/** Waits until a file has the additions of all steps up to `count`, each once. */
async function untilAdded(machine: Machine, count: number, path = changes): Promise<void> {
  await machine.until(`test "$(grep -c item.added ${path})" -ge ${count}`, 60_000);
  const ids = await machine.sh(
    `sed -n 's/^{"specversion":"1.0","id":"\\([^"]*\\)".*/\\1/p' ${path} | sort`,
  );
  const studies = await machine.sh(
    `grep item.added ${path} | grep -o '"StudyInstanceUID":"[^"]*"' | sort`,
  );
  assertEquals(studies.split("\n").length, count);
  assertEquals(new Set(studies.split("\n")).size, count, "an item was added twice");
  assertEquals(new Set(ids.split("\n")).size, ids.split("\n").length, "an id was used twice");
}

/** Starts the RIS and the webhook receiver of the tests. */
async function startPeer(machine: Machine): Promise<void> {
  await machine.sh(
    `systemctl stop peer 2>/dev/null; systemctl reset-failed peer 2>/dev/null; ` +
      `systemd-run --quiet --unit=peer ${deno} --allow-all ${program}/test/systemd/peer.ts`,
  );
  await machine.until("grep -q ':2B68 ' /proc/net/tcp && grep -q ':1F90 ' /proc/net/tcp");
}

/** Sets how many steps the RIS has. */
function setSteps(machine: Machine, count: number): Promise<void> {
  return machine.write("/root/steps", `${count}`);
}

async function exposure(machine: Machine): Promise<number> {
  const { output } = await machine.try("systemd-analyze security worklistd --no-pager");
  return Number(/exposure level for worklistd.service: ([\d.]+)/.exec(output)?.[1]);
}

Deno.test({
  name: "the Debian package on a machine without a network",
  ignore: !canBoot,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(t): Promise<void> {
    const folder = await Deno.makeTempDir({ prefix: "worklistd-machine-" });
    const root = `${folder}/root`;
    const [made] = await Promise.all([packages(), makeRoot(root)]);
    const deb = `worklistd_${version}_${debianArchitecture}.deb`;
    await Deno.copyFile(`${made}/${deb}`, `${root}/root/${deb}`);
    const machine = await Machine.boot(root);
    const step = async (name: string, work: () => Promise<void>): Promise<void> => {
      if (!await t.step(name, work)) throw new Error(`failed: ${name}`);
    };
    try {
      await step("installs without a network", async () => {
        await machine.sh(`dpkg -i /root/${deb}`);
        assertEquals(await machine.sh("worklistd --version"), `worklistd ${version}`);
        assertEquals(
          await machine.sh("stat -c '%U %G %a' /var/lib/worklistd"),
          "worklistd worklistd 750",
        );
        assertEquals(await machine.sh(`stat -c '%U %G %a' ${file}`), "root worklistd 640");
        await Deno.mkdir(`${root}${program}/test/systemd`, { recursive: true });
        const peer = new URL("peer.ts", import.meta.url);
        await Deno.copyFile(peer, `${root}${program}/test/systemd/peer.ts`);
        await startPeer(machine);
      });

      await step(
        "starts at the first `systemctl start`, with nothing but one edited file",
        async () => {
          await setSteps(machine, 3);
          await machine.write(file, config, 0o640);
          await machine.sh("systemctl start worklistd");
          assertEquals(await machine.sh("systemctl show worklistd -P NRestarts"), "0");
          assertMatch(
            await machine.sh("systemctl show worklistd -P StatusText"),
            /^1 query, \d+ items?\b/,
          );
          await untilAdded(machine, 3);
          assert((await machine.sh("worklistd status --config " + file)).includes("ct"));
          assert(
            (await machine.sh(`worklistd check --config ${file} --connect`)).includes("peer ris"),
          );
        },
      );

      await step("is not ready while another process holds its state", async () => {
        await machine.sh("systemctl stop worklistd");
        await machine.sh(
          "systemd-run --quiet --unit=holder flock /var/lib/worklistd/lock sleep 600",
        );
        await machine.until("! flock --nonblock /var/lib/worklistd/lock true");
        const { code } = await machine.try("systemctl start worklistd");
        assert(code !== 0, "it said READY without its state");
        assert(await machine.sh("journalctl -u worklistd --no-pager | grep 'is held by'"));
        await machine.sh("systemctl stop worklistd holder; systemctl start worklistd");
      });

      await step("exits 78 once if its file is wrong, and is not started again", async () => {
        await machine.write(file, config.replace("peer: ris", "peer: riss"), 0o640);
        const { code } = await machine.try("systemctl restart worklistd");
        assert(code !== 0);
        assertEquals(await machine.sh("systemctl show worklistd -P ExecMainStatus"), "78");
        assertEquals(await machine.sh("systemctl show worklistd -P ActiveState"), "failed");
        assertEquals(await machine.sh("systemctl show worklistd -P NRestarts"), "0");
        assert(await machine.sh("journalctl -u worklistd --no-pager | grep 'worklistd.yaml:6:'"));
        await machine.write(file, config, 0o640);
        await machine.sh("systemctl start worklistd");
      });

      await step("reloads, and fails loudly if it cannot", async () => {
        const pid = await machine.sh("systemctl show worklistd -P MainPID");
        await machine.write(file, config.replace("peer: ris", "peer: riss"), 0o640);
        const broken = await machine.try("systemctl reload worklistd");
        assert(broken.code !== 0, "a reload with a broken file succeeded");
        assert(await machine.sh("journalctl -u worklistd --no-pager | grep riss"));

        await machine.write(file, config.replace("11112", "11113"), 0o640);
        const unpermitted = await machine.try(`worklistd reload --config ${file}`);
        assertEquals(unpermitted.code, 1);
        assertMatch(unpermitted.output, /may not connect to 127\.0\.0\.1:11113\. Restart it/);

        await machine.write(
          file,
          config.replace("  ct:", "  ct2: { peer: ris, schedule: every 1h }\n  ct:"),
          0o640,
        );
        await machine.sh("systemctl reload worklistd");
        assertMatch(await machine.sh("systemctl show worklistd -P StatusText"), /^2 queries, /);
        assert(
          await machine.sh(
            "journalctl -u worklistd --no-pager | grep '^.*Reloaded worklistd.service'",
          ),
        );
        assertEquals(await machine.sh("systemctl show worklistd -P MainPID"), pid);
      });

      await step("is restarted by the watchdog when it hangs", async () => {
        await machine.sh("mkdir -p /etc/systemd/system/worklistd.service.d");
        await machine.write(
          "/etc/systemd/system/worklistd.service.d/watchdog.conf",
          "[Service]\nWatchdogSec=4s\nRestartSec=1s\n",
        );
        await machine.sh("systemctl daemon-reload; systemctl restart worklistd");
        // Two periods pass, and it lives.
        await machine.sh("sleep 9; test $(systemctl show worklistd -P NRestarts) = 0");
        await machine.sh("systemctl kill --kill-whom=main --signal=STOP worklistd");
        await machine.until("test $(systemctl show worklistd -P NRestarts) = 1");
        await machine.until("systemctl is-active worklistd");
        await machine.sh("rm -r /etc/systemd/system/worklistd.service.d; systemctl daemon-reload");
      });

      await step(
        "loses nothing and repeats nothing over kill -9, power cuts and stops",
        async () => {
          await machine.sh("systemctl enable --quiet worklistd; systemctl restart worklistd");
          let count = 3;
          for (let round = 0; round < 3; round++) {
            await setSteps(machine, count += 5);
            await machine.sh(`sleep 0.${3 + 2 * round}; systemctl kill --signal=KILL worklistd`);
            await setSteps(machine, count += 5);
            await machine.until("systemctl is-active worklistd");
          }
          await untilAdded(machine, count);
          await setSteps(machine, count += 5);
          await machine.cutPower();
          await startPeer(machine);
          await machine.until("systemctl is-active worklistd");
          await setSteps(machine, count += 5);
          await untilAdded(machine, count);
          const start = Date.now();
          await machine.sh("systemctl stop worklistd");
          assert(Date.now() - start < 25_000, "it did not stop in time");
          assertEquals(await machine.sh("systemctl show worklistd -P Result"), "success");
          assertEquals(await machine.sh("systemctl show worklistd -P ExecMainStatus"), "0");
        },
      );

      await step("commands of root leave nothing of root's in the state", async () => {
        await machine.sh("systemctl stop worklistd");
        await setSteps(machine, 50);
        await machine.sh(`worklistd poll ct --config ${file} | grep -q added`);
        await machine.sh(`worklistd replay changes --since 1 --config ${file}`);
        assertEquals(await machine.sh("find /var/lib/worklistd /var/log/worklistd -user root"), "");
        const run = await machine.try(`worklistd run --config ${file}`);
        assertEquals(run.code, 1);
        assertMatch(run.output, /runuser -u worklistd -- worklistd/);
      });

      await step(
        "names wrong owners after a restored backup, and the command that mends them",
        async () => {
          await machine.sh("chown -R root: /var/lib/worklistd/queries/ct");
          assert((await machine.try("systemctl start worklistd")).code !== 0);
          const said = await machine.sh(
            "journalctl -u worklistd --no-pager -o cat | grep 'Cannot start' | tail -1",
          );
          assertMatch(said, /queries\/ct (and \d+ more belong|belongs) to another account/);
          const remedy = /as root: ([^)]*)/.exec(said)?.[1] ?? "";
          await machine.sh(remedy);
          await machine.sh("systemctl restart worklistd");
          assertEquals(await machine.sh("find /var/lib/worklistd -user root"), "");
        },
      );

      await step("a backup of root is restored by root, and the service goes on", async () => {
        const backup = "/root/backup";
        await machine.sh(`worklistd state backup ${backup} --config ${file}`);
        const running = await machine.try(`worklistd state restore ${backup} --config ${file}`);
        assertMatch(running.output, /held by process/);
        await machine.sh(
          `systemctl stop worklistd; worklistd state restore ${backup} --config ${file}; ` +
            "systemctl start worklistd",
        );
        assertEquals(await machine.sh("find /var/lib/worklistd -user root"), "");
        assertMatch(await machine.sh(`worklistd state verify --config ${file}`), /generation: 1/);
      });

      await step("is sandboxed: what is needed is permitted, all else is denied", async () => {
        const denials = await machine.try(
          `journalctl -u worklistd --no-pager | grep -E 'has no [a-z]+ access|Requires .* access|EPERM'`,
        );
        assertEquals(denials.output, "", "the service was denied something that it needs");
        assert(await exposure(machine) <= 1.3, `exposure ${await exposure(machine)}`);
        await machine.write(
          "/opt/probe.ts",
          `const attempts = {
             host: async () => await Deno.connect({ hostname: "127.0.0.1", port: 8080 }),
             path: async () => await Deno.readTextFile("/etc/shadow"),
             program: async () => await new Deno.Command("/bin/sh").output(),
             write: async () => await Deno.writeTextFile("/etc/worklistd/x", ""),
             environment: async () => await Promise.reject(Deno.env.get("PATH") === undefined ? new Deno.errors.NotCapable() : new Error("readable")),
           };
           for (const [name, attempt] of Object.entries(attempts)) {
             console.log(name, await attempt().then(() => "done", (error) => error.name));
           }`,
        );
        const probed = await machine.sh(
          `${deno} $(worklistd unit --permissions --config ${file}) /opt/probe.ts`,
        );
        assertEquals(
          probed.split("\n"),
          ["host", "path", "program", "write", "environment"].map((name) => `${name} NotCapable`),
        );
        // The same unit with a shell in the daemon's place: what systemd denies whoever runs in it.
        await machine.sh(
          "install -d -m 0755 /srv/other; echo x > /home/secret; echo x > /tmp/secret",
        );
        await machine.write(
          "/opt/probe.sh",
          `for attempt in "touch /usr/x" "touch /srv/other/x" "cat /home/secret" "cat /tmp/secret" ` +
            `"cat /etc/shadow" "cat /dev/vda" "mount -t tmpfs x /mnt" "unshare -n true" "chroot / true" ` +
            `"touch /var/lib/worklistd/own"; do\n` +
            `  if sh -c "$attempt" >/dev/null 2>&1; then echo "done: $attempt"; else echo "denied: $attempt"; fi\n` +
            `done > /var/log/worklistd/probe\n`,
        );
        await machine.sh(
          `sed -e 's|^ExecStart=.*|ExecStart=/bin/sh /opt/probe.sh|' -e 's|^Type=.*|Type=oneshot|' ` +
            `-e '/^Restart=/d' -e '/^WatchdogSec=/d' /usr/lib/systemd/system/worklistd.service ` +
            `> /etc/systemd/system/probe.service; systemctl daemon-reload; systemctl start probe`,
        );
        const lines = (await machine.sh("cat /var/log/worklistd/probe")).split("\n");
        assertEquals(lines.filter((line) => line.startsWith("done:")), [
          "done: touch /var/lib/worklistd/own",
        ]);
        assertEquals(lines.length, 10);
        await machine.sh("rm /var/lib/worklistd/own");
      });

      await step(
        "`unit` writes one that starts: an account of its own, folders, credentials",
        async () => {
          await machine.write(
            "/etc/worklistd/hook.key",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n",
            0o600,
          );
          await machine.sh("chown root:root /etc/worklistd/hook.key; rm -f /root/received.ndjson");
          const more = config.replace("[changes]", "[changes, current, hook]") +
            "  current: { type: snapshot, path: /srv/worklists/ct.json }\n" +
            '  hook: { type: webhook, url: "http://127.0.0.1:8080/", secret_file: "${env:CREDENTIALS_DIRECTORY}/hook.key" }\n';
          await machine.write(file, more, 0o640);
          // The unit of the package does not fit any more, and `check` says so.
          const check = await machine.sh(`worklistd check --config ${file}`);
          assertMatch(check, /the service may not write in \/srv\/worklists/);
          assertMatch(check, /it lacks LoadCredential=hook\.key:\/etc\/worklistd\/hook\.key/);
          const remedy = /write the unit again, as root: (.*)/.exec(check)?.[1] ?? "";
          const unit = "/etc/systemd/system/worklistd.service";
          await machine.sh(remedy.replace(/ && systemctl restart .*/, ""));
          const steps = (await machine.sh(`sed -n 's/^#   //p' ${unit}`)).trim();
          assertMatch(steps, /install -d .*\/srv\/worklists/);
          await machine.sh(steps);
          await machine.sh("systemctl restart worklistd");
          assertEquals(
            await machine.sh(`worklistd check --config ${file} | grep -c ${unit} || true`),
            "0",
          );
          await setSteps(machine, 60);
          await machine.until(
            "test -s /root/received.ndjson && grep -q 1.2.3.60 /srv/worklists/ct.json",
          );
          assertMatch(await machine.sh("head -1 /root/received.ndjson"), /"signature":"v1,/);
          assert(await exposure(machine) <= 1.3, `exposure ${await exposure(machine)}`);
          assertEquals(
            (await machine.try("journalctl -u worklistd -b --no-pager | grep 'has no .* access'"))
              .output,
            "",
          );
        },
      );

      await step("a station asks port 104 of this service, and of no other", async () => {
        const plain = await machine.sh(`cat ${file}`);
        const serve = 'serve: { listen: "0.0.0.0:104", worklists: { RAD: { queries: [ct], ' +
          "callers: { CT1: {} } } } }\n";
        await machine.write(file, `${plain}\n${serve}`, 0o640);
        // The unit so far may not listen there, and `check` says so.
        const check = await machine.sh(`worklistd check --config ${file}`);
        assertMatch(check, /may not listen on a port under 1024: it lacks CAP_NET_BIND_SERVICE/);
        const remedy = /write the unit again, as root: (.*)/.exec(check)?.[1] ?? "";
        await machine.sh(remedy);
        await machine.until("worklistd echo -aet CT1 RAD@127.0.0.1:104");
        const found = await machine.sh("worklistd find -W -aet CT1 RAD@127.0.0.1:104");
        assertMatch(found, /1\.2\.3\.60/);
        assert((await machine.try("worklistd echo -aet CT2 RAD@127.0.0.1:104")).code !== 0);
        const capabilities = await machine.sh(
          "grep CapEff /proc/$(systemctl show worklistd -P MainPID)/status",
        );
        assertMatch(capabilities, /\b0000000000000400$/);
        assertEquals(
          (await machine.try("journalctl -u worklistd -b --no-pager | grep 'has no .* access'"))
            .output,
          "",
        );
        await machine.write(file, plain, 0o640);
      });

      await step("a renewed secret signs without a reload", async () => {
        await machine.write(
          "/etc/worklistd/hook.key",
          "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n",
          0o600,
        );
        const plain = (await machine.sh(`cat ${file}`)).replace(
          "${env:CREDENTIALS_DIRECTORY}",
          "/etc/worklistd",
        );
        await machine.write(file, plain, 0o640);
        await machine.sh(
          "chown root:worklistd /etc/worklistd/hook.key; chmod 640 /etc/worklistd/hook.key",
        );
        await machine.sh(
          `worklistd unit --config ${file} 2>/dev/null > /etc/systemd/system/worklistd.service; ` +
            "systemctl daemon-reload; systemctl restart worklistd",
        );
        await machine.write("/etc/worklistd/hook.key", "whsec_AAKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n");
        await machine.until(
          "journalctl -u worklistd --no-pager -n 20 | grep -q 'was renewed'",
          40_000,
        );
        await machine.until("journalctl -u worklistd --no-pager -n 5 | grep -q 'Reloaded'");
      });

      await step(
        "`unit` writes one that starts with an account that passes (DynamicUser)",
        async () => {
          await machine.sh(
            "systemctl stop worklistd; rm -r /var/lib/worklistd /var/cache/worklistd",
          );
          await machine.write(
            file,
            config.replace(", sinks: [changes]", "").replace(/sinks:\n.*\n/, ""),
            0o644,
          );
          await machine.sh("chmod 755 /etc/worklistd");
          await machine.sh(
            `worklistd unit --config ${file} > /etc/systemd/system/worklistd.service`,
          );
          assert(
            (await machine.sh("cat /etc/systemd/system/worklistd.service")).includes(
              "\nDynamicUser=yes\n",
            ),
          );
          await machine.sh("systemctl daemon-reload; systemctl start worklistd");
          await machine.until(
            `worklistd show ct --config ${file} --format ndjson | grep -q 1.2.3.60`,
          );
          await machine.sh("systemctl restart worklistd");
          await machine.until(
            `worklistd history ct --config ${file} --format ndjson | grep -q 1.2.3.60`,
          );
          assert(await exposure(machine) <= 1.3, `exposure ${await exposure(machine)}`);
          // Without the service there is no account that root could act as.
          await machine.sh("systemctl stop worklistd");
          const alone = await machine.try(`worklistd poll ct --config ${file}`);
          assertEquals(alone.code, 1);
          assertMatch(alone.output, /start the service, then run the command again/);
          await machine.sh(`systemctl start worklistd; worklistd poll ct --config ${file}`);
          assertEquals(
            (await machine.try("journalctl -u worklistd -b --no-pager | grep 'has no .* access'"))
              .output,
            "",
          );
          await machine.sh("systemctl stop worklistd; rm /etc/systemd/system/worklistd.service");
        },
      );

      await step("is removed with its state kept, and deleted when that is asked for", async () => {
        await machine.sh(
          "systemctl daemon-reload; mkdir -p /var/lib/worklistd; touch /var/lib/worklistd/kept",
        );
        const { output } = await machine.try("dpkg --purge worklistd");
        assertMatch(output, /kept \/var\/lib\/worklistd/);
        await machine.sh(
          "test -e /var/lib/worklistd/kept && test ! -e /usr/bin/worklistd && getent passwd worklistd",
        );
        await machine.sh(`dpkg -i /root/${deb} && WORKLISTD_PURGE=state dpkg --purge worklistd`);
        await machine.sh("test ! -e /var/lib/worklistd && ! getent passwd worklistd");
      });
    } finally {
      await machine[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    }
  },
});
