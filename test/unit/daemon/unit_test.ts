import { assert, assertEquals } from "@std/assert";
import { type Config, parseConfig } from "../../../src/daemon/config.ts";
import { permissionsOf } from "../../../src/daemon/permissions.ts";
import { hiddenPaths } from "../../../src/daemon/service/places.ts";
import { packagedUnit, systemdUnit } from "../../../src/daemon/unit.ts";

const installed = { deno: "/usr/bin/deno", main: "/opt/w/main.ts" };

function parse(yaml: string): Promise<Config> {
  return parseConfig("/etc/worklistd/worklistd.yaml", yaml, {
    resolve: (path) => path.startsWith("/") ? path : `/etc/worklistd/${path}`,
    read: () => "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    readAll: () => [],
    environment: (name) =>
      ({
        STATE_DIRECTORY: "/var/lib/worklistd",
        CREDENTIALS_DIRECTORY: "/etc/worklistd/100% secret",
        RIS: "ris.example.org",
      })[name],
    timeZone: "UTC",
  });
}

const yaml = `peers:
  ris: { host: "\${env:RIS}", port: 104, ae_title: RIS }
  pacs: { host: "2001:db8::1", port: 11112, ae_title: PACS }
queries:
  ct: { peer: ris, schedule: every 30s, sinks: [changes, wl, hook] }
sinks:
  changes: { type: ndjson, path: /var/log/worklistd/changes.ndjson }
  wl: { type: worklist-folder, path: "/srv/wl/\${ScheduledStationAETitle}/x" }
  hook: { type: webhook, url: "https://h.example/x", secret_file: hook.key, proxy: { url: "http://p.example:3128" } }
`;

Deno.test("permissionsOf() lists what the configuration needs, and no more", async () => {
  const folders = "/var/lib/worklistd,/var/log/worklistd,/srv/wl";
  assertEquals(permissionsOf(await parse(yaml), "/opt/w"), [
    `--allow-read=/opt/w,/etc/worklistd/worklistd.yaml,/etc/worklistd/hook.key,${folders}`,
    `--allow-write=${folders}`,
    "--allow-net=ris.example.org:104,[2001:db8::1]:11112,h.example:443,p.example:3128," +
    "unix:/var/lib/worklistd/control.sock",
    "--allow-env=CREDENTIALS_DIRECTORY,JOURNAL_STREAM,NOTIFY_SOCKET,STATE_DIRECTORY,WATCHDOG_PID,WATCHDOG_USEC,RIS",
    "--ignore-env",
    "--allow-run=systemd-notify",
    "--allow-sys",
  ]);
});

Deno.test("permissionsOf() lets the daemon listen where the configuration says, and nowhere else", async () => {
  const http = (listen: string): string => `http: { listen: "${listen}" }\n${yaml}`;
  for (const listen of ["127.0.0.1:9180", "[::1]:9180", "localhost:9180"]) {
    const net = permissionsOf(await parse(http(listen)), "/opt/w")
      .find((option) => option.startsWith("--allow-net="));
    assert(net?.includes(`,${listen},`), net);
  }
});

Deno.test("permissionsOf() lets the authorities of Deno be read only if somebody is verified by them", async () => {
  const sysOf = async (sink: string): Promise<string | undefined> => {
    const config = await parse(
      `peers: { ris: { host: ris, port: 104, ae_title: RIS } }\nqueries: {}\nsinks: { hook: { type: webhook, ${sink} } }\n`,
    );
    return permissionsOf(config, "/opt/w").find((each) => each.startsWith("--allow-sys"));
  };
  const secret = "secret_file: hook.key";
  const [without, withThem] = ["--allow-sys=hostname,uid", "--allow-sys"];
  assertEquals(await sysOf(`url: "http://localhost/", ${secret}`), without);
  assertEquals(await sysOf(`url: "https://h/", ${secret}, tls: { verify: none }`), without);
  assertEquals(await sysOf(`url: "https://h/", ${secret}`), withThem);
  const proxy = 'proxy: { url: "https://p:3128" }';
  assertEquals(await sysOf(`url: "http://localhost/", ${secret}, ${proxy}`), withThem);
});

Deno.test("systemdUnit() gives each section its lines and explains them", async () => {
  const unit = systemdUnit(await parse(yaml), { deno: "/usr/bin/deno", main: "/opt/w/main.ts" });
  for (
    const line of [
      "Type=notify",
      "StateDirectory=worklistd",
      "LogsDirectory=worklistd",
      "ReadWritePaths=/srv/wl",
      "After=network-online.target nss-lookup.target time-sync.target",
      "User=worklistd",
      "RestartPreventExitStatus=78",
    ]
  ) assert(unit.includes(`\n${line}\n`), `${line} is missing in:\n${unit}`);
  assert(!unit.includes("\nMemoryDenyWriteExecute"), unit);
});

Deno.test("systemdUnit() quotes what systemd would read otherwise", async () => {
  const odd = yaml.replaceAll("/var/log/worklistd", "/var/log/my 100%");
  const unit = systemdUnit(await parse(odd), { deno: "/usr/bin/deno", main: "/opt/w/main.ts" });
  assert(unit.includes('ReadWritePaths="/var/log/my 100%%" /srv/wl'), unit);
});

Deno.test("systemdUnit() uses a passing account where the service owns nothing but its state", async () => {
  const config = await parse(
    yaml.replace(", sinks: [changes, wl, hook]", "").split("sinks:")[0] ?? "",
  );
  const unit = systemdUnit(config, { deno: "/usr/bin/deno", main: "/opt/w/main.ts" });
  assert(unit.includes("\nDynamicUser=yes\n") && !unit.includes("\nUser="), unit);
});

Deno.test("systemdUnit() hands secrets over as credentials where the configuration names them so", async () => {
  const config = await parse(
    yaml.replace("hook.key", '"${env:CREDENTIALS_DIRECTORY}/hook.key"'),
  );
  const credentials = "/etc/worklistd/100% secret";
  const unit = systemdUnit(config, { deno: "/d", main: "/opt/w/main.ts", credentials });
  assert(
    unit.includes('\nLoadCredential="hook.key:/etc/worklistd/100%% secret/hook.key"\n'),
    unit,
  );
  assertEquals(unit.match(/worklistd\.yaml,%d\/hook\.key,/g)?.length, 2);
  assertEquals(unit.match(/100%%/g)?.length, 1);
});

Deno.test("permissionsOf() permits the port of a webhook and no other", async () => {
  const config = await parse(yaml.replace(', proxy: { url: "http://p.example:3128" }', ""));
  const net = permissionsOf(config, "/opt/w").find((option) => option.startsWith("--allow-net="));
  assert(net?.split(",").includes("h.example:443"), net);
  assert(!net?.split(",").includes("h.example"), net);
});

Deno.test("systemdUnit() keeps a webhook from link-local and metadata addresses, whatever its name stands for", async () => {
  const unit = systemdUnit(await parse(yaml), installed);
  const [, ranges] = /\nIPAddressDeny=(.*)\n/.exec(unit) ?? [];
  assert(ranges?.split(" ").includes("link-local"), unit);
  assert(ranges?.split(" ").includes("100.100.100.200"), unit);
});

Deno.test("systemdUnit() lets only the addresses of the configuration through if no name is looked up", async () => {
  const config = await parse(`peers:
  ris: { host: 10.0.0.5, port: 104, ae_title: RIS }
queries:
  ct: { peer: ris, schedule: every 30s }
`);
  const unit = systemdUnit(config, installed);
  assert(unit.includes("\nIPAddressDeny=any\nIPAddressAllow=10.0.0.5\n"), unit);
});

Deno.test("systemdUnit() shuts no station out if the configuration names addresses only", async () => {
  const unit = async (listen: string): Promise<string> =>
    systemdUnit(
      await parse(`peers:
  ris: { host: 10.0.0.5, port: 104, ae_title: RIS }
queries:
  ct: { peer: ris, schedule: every 30s }
serve: { listen: "${listen}", worklists: { RAD: { queries: [ct], callers: { CT1: {} } } } }
`),
      installed,
    );
  assert(!(await unit("10.0.0.1:11112")).includes("IPAddressDeny=any"));
  assert(!(await unit("[::]:11112")).includes("IPAddressDeny=any"));
  // Only programs of this machine call these.
  for (const listen of ["127.0.0.1:11112", "127.0.0.2:11112", "[::1]:11112"]) {
    const text = await unit(listen);
    assert(text.includes("\nIPAddressDeny=any\nIPAddressAllow=10.0.0.5 localhost\n"), text);
  }
});

Deno.test("systemdUnit() permits the folder behind the link that a passing account has for its state", async () => {
  const config = await parse(`peers:
  ris: { host: ris, port: 104, ae_title: RIS }
queries:
  ct: { peer: ris, schedule: every 30s }
`);
  const unit = systemdUnit(config, installed);
  assert(unit.includes("--allow-write=/var/lib/worklistd,/var/lib/private/worklistd \\\n"), unit);
  assert(unit.includes("unix:/var/lib/private/worklistd/control.sock"), unit);
});

Deno.test("systemdUnit() has no start that a wrong configuration repeats for ever", async () => {
  const unit = systemdUnit(await parse(yaml), installed);
  // systemd heeds RestartPreventExitStatus= only for the main process.
  assert(!unit.includes("ExecStartPre="), unit);
  assert(unit.includes("\nRestartPreventExitStatus=78\n"), unit);
});

Deno.test("systemdUnit() lists the commands that make the account and the folders", async () => {
  const odd = yaml.replaceAll("/srv/wl", "/srv/it's");
  const unit = systemdUnit(await parse(odd), installed);
  const folder = "'/srv/it'\\''s'";
  assert(unit.includes("#   getent passwd worklistd >/dev/null || useradd --system"), unit);
  assert(
    unit.includes(
      `#   test -d ${folder} || install -d -o worklistd -g worklistd -m 2750 ${folder}\n`,
    ),
    unit,
  );
});

Deno.test("systemdUnit() fetches nothing where the libraries are beside the program", async () => {
  const unit = systemdUnit(await parse(yaml), { ...installed, isOffline: true });
  assert(unit.includes("--cached-only \\\n  --node-modules-dir=manual"), unit);
});

Deno.test("packagedUnit() leaves Deno's permissions to the launcher", () => {
  const unit = packagedUnit({
    launcher: "/usr/lib/worklistd/worklistd-service",
    program: "/usr/bin/worklistd",
    config: "/etc/worklistd/worklistd.yaml",
    documentation: "man:worklistd(1)",
  });
  assert(
    unit.includes(
      "\nExecStart=/usr/lib/worklistd/worklistd-service /etc/worklistd/worklistd.yaml\n",
    ),
    unit,
  );
  assert(!unit.includes("--allow-"), unit);
});

Deno.test("hiddenPaths() finds what ProtectHome= and PrivateTmp= hide", () => {
  const paths = ["/root/.npm/deno", "/home/a/main.ts", "/tmp/x", "/var/tmp/x", "/opt/w", "/homes"];
  assertEquals(hiddenPaths(paths), paths.slice(0, 4));
});

const serving = (port: number): string =>
  yaml.replace(
    "sinks:\n  changes",
    `serve: { listen: "0.0.0.0:${port}", worklists: { RAD: { queries: [ct], callers: { CT1: {} } } } }\nsinks:\n  changes`,
  );

Deno.test("permissionsOf() permits listening on exactly the address that stations call", async () => {
  const net = permissionsOf(await parse(serving(11112)), "/opt/w")
    .find((option) => option.startsWith("--allow-net="));
  assert(net?.slice("--allow-net=".length).split(",").includes("0.0.0.0:11112"), net);
});

Deno.test("systemdUnit() gives the capability for a status page on port 443, too", async () => {
  const unit = async (port: number): Promise<string> =>
    systemdUnit(await parse(`http: { listen: "127.0.0.1:${port}" }\n${yaml}`), {
      deno: "/usr/bin/deno",
      main: "/opt/w/main.ts",
    });
  const capability = "\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n";
  assert((await unit(443)).includes(capability));
  assert(!(await unit(9180)).includes(capability));
});

Deno.test("systemdUnit() gives the service the one capability that a port under 1024 needs", async () => {
  const unit = async (port: number): Promise<string> =>
    systemdUnit(await parse(serving(port)), { deno: "/d", main: "/opt/w/main.ts" });
  const high = await unit(11112);
  assert(high.includes("\nCapabilityBoundingSet=\n"), high);
  assert(high.includes("\nPrivateUsers=yes\n"), high);
  const low = await unit(104);
  assert(low.includes("\nAmbientCapabilities=CAP_NET_BIND_SERVICE\n"), low);
  assert(low.includes("\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE\n"), low);
  assert(!low.includes("\nPrivateUsers=yes"), low);
});
