import { assertEquals } from "@std/assert";
import { parseConfig } from "../../../../src/daemon/config.ts";
import {
  configOfUnit,
  programOfUnit,
  unitMisfits,
} from "../../../../src/daemon/service/unit_fit.ts";
import { packagedUnit, systemdUnit } from "../../../../src/daemon/unit.ts";

async function unitOf(yaml: string): Promise<string> {
  const config = await parseConfig("/etc/worklistd/worklistd.yaml", yaml, {
    resolve: (path) => path,
    read: () => "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    readAll: () => [],
    environment: (name) => name === "CREDENTIALS_DIRECTORY" ? "/etc/worklistd/." : undefined,
    timeZone: "UTC",
  });
  return systemdUnit(config, {
    deno: "/usr/bin/deno",
    main: "/opt/w/main.ts",
    credentials: "/etc/worklistd/.",
  });
}

const one = `state_dir: /var/lib/worklistd
peers:
  ris: { host: ris, port: 104, ae_title: RIS }
queries:
  ct: { peer: ris, schedule: every 30s, sinks: [changes] }
sinks:
  changes: { type: ndjson, path: "/var/log/worklistd/my 100%/changes.ndjson" }
`;

const packaged = packagedUnit({
  launcher: "/usr/lib/worklistd/worklistd-service",
  program: "/usr/bin/worklistd",
  config: "/etc/worklistd/worklistd.yaml",
  documentation: "man:worklistd(1)",
});

Deno.test("unitMisfits() finds nothing in the unit of the same configuration", async () => {
  assertEquals(unitMisfits(await unitOf(one), await unitOf(one)), []);
});

Deno.test("unitMisfits() names a peer that the installed unit does not permit, and one that is gone", async () => {
  const moved = one.replace("host: ris, port: 104", "host: new, port: 11112");
  assertEquals(unitMisfits(await unitOf(one), await unitOf(moved)), [
    "it lacks --allow-net=new:11112",
    "it no longer needs --allow-net=ris:104",
  ]);
});

Deno.test("unitMisfits() names folders and credentials that a package's unit does not have", async () => {
  const more = one.replace("sinks: [changes]", "sinks: [changes, wl, hook]") +
    "  wl: { type: worklist-folder, path: /srv/wl }\n" +
    '  hook: { type: webhook, url: "https://h.example/x", secret_file: "${env:CREDENTIALS_DIRECTORY}/hook.key" }\n';
  assertEquals(unitMisfits(packaged, await unitOf(one)), []);
  assertEquals(unitMisfits(packaged, await unitOf(more)), [
    "the service may not write in /srv/wl",
    "it lacks LoadCredential=hook.key:/etc/worklistd/hook.key",
  ]);
  const dropIn = "[Service]\nReadWritePaths=/srv\n" +
    "LoadCredential=hook.key:/etc/worklistd/hook.key\n";
  assertEquals(unitMisfits(`${packaged}\n${dropIn}`, await unitOf(more)), []);
});

Deno.test("unitMisfits() says that a package's unit may not listen on port 104", async () => {
  const onPort = (port: number): Promise<string> =>
    unitOf(
      one + `serve: { listen: "10.0.0.1:${port}", worklists: { RAD: ` +
        "{ queries: [ct], callers: { CT1: {} } } } }\n",
    );
  assertEquals(unitMisfits(packaged, await onPort(11112)), []);
  assertEquals(unitMisfits(packaged, await onPort(104)), [
    "the service may not listen on a port under 1024: it lacks CAP_NET_BIND_SERVICE",
  ]);
  // As docs/stations.md has it.
  const dropIn = "[Service]\nPrivateUsers=no\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE\n" +
    "AmbientCapabilities=CAP_NET_BIND_SERVICE\n";
  assertEquals(unitMisfits(`${packaged}\n${dropIn}`, await onPort(104)), []);
});

Deno.test("configOfUnit() and programOfUnit() read either kind of start command", async () => {
  const unit = await unitOf(one);
  assertEquals(configOfUnit(unit), "/etc/worklistd/worklistd.yaml");
  assertEquals(programOfUnit(unit), { deno: "/usr/bin/deno", main: "/opt/w/main.ts" });
  assertEquals(configOfUnit(packaged), "/etc/worklistd/worklistd.yaml");
  assertEquals(programOfUnit(packaged), undefined);
  assertEquals(configOfUnit("[Service]\nExecStart=/usr/bin/other --x\n"), undefined);
});
