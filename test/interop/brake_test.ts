import { assert, assertEquals } from "@std/assert";
import { DelayingProxy } from "../support/delaying_proxy.ts";
import {
  dcmtk,
  type ForeignServer,
  interopTest,
  startOrthanc,
  startWlmscpfs,
} from "../support/foreign.ts";
import {
  type RunningDaemon,
  type SinkEvent,
  startDaemon,
  worklistd,
} from "../support/running_daemon.ts";

const samples = "/usr/share/doc/dcmtk/examples/wlistdb/OFFIS";
const count = 10;

interface WorklistServer {
  readonly name: string;
  readonly start: () => Promise<ForeignServer>;
  readonly folderOf: (server: ForeignServer) => string;
}

const servers: readonly WorklistServer[] = [
  {
    name: "DCMTK's wlmscpfs",
    start: () => startWlmscpfs(),
    folderOf: (server) => `${server.folder}/${server.aeTitle}`,
  },
  {
    name: "Orthanc's worklist plugin",
    start: async () => {
      const server = await startOrthanc();
      for (let n = 1; n <= count; n++) {
        const file = `${server.folder}/worklists/wklist${n}.wl`;
        await dcmtk("dump2dcm", "-q", "-g", `${samples}/wklist${n}.dump`, file);
      }
      return server;
    },
    folderOf: (server) => `${server.folder}/worklists`,
  },
];

interface Scene {
  readonly server: ForeignServer;
  readonly proxy: DelayingProxy;
  readonly daemon: RunningDaemon;
  /** Where the server's worklist files are. */
  readonly files: string;
  /** Where a test puts them aside. */
  readonly stash: string;
}

for (const { name, start, folderOf } of servers) {
  const needs = ["dcmtk", "dcmtk-samples", ...name.startsWith("Orthanc") ? ["orthanc"] : []];
  const scene = (what: string, removal: string, play: (scene: Scene) => Promise<void>): void =>
    interopTest(`${name} ${what}`, needs as Parameters<typeof interopTest>[1], async () => {
      await using server = await start();
      await using proxy = new DelayingProxy(server);
      const folder = await Deno.makeTempDir({ prefix: "worklistd-brake-" });
      try {
        await using daemon = await startDaemon(folder, config(server, proxy, removal));
        await daemon.until((events) => events.length >= count);
        const stash = `${folder}/stash`;
        await Deno.mkdir(stash);
        await play({ server, proxy, daemon, files: folderOf(server), stash });
        assertEquals(await daemon.stop(), 0);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });

  scene(
    "restarted empty: the brake holds, and what comes back is no change",
    "brake_polls: 60, brake_hold: 0s",
    async (
      { server, daemon, files, stash },
    ) => {
      await server.stop();
      await move(files, stash, all);
      await server.start();
      await daemon.until((events) => tally(events).suspect === 1);
      await daemon.polls(4);
      await server.stop();
      await move(stash, files, all);
      await server.start();
      await recovered(daemon);
      const { failed = 0, recovered: again = 0, ...rest } = tally(await daemon.events());
      assertEquals(rest, { added: count, suspect: 1 });
      assertEquals(failed, again);

      // What is cancelled after that is told.
      await Deno.rename(`${files}/wklist3.wl`, `${stash}/wklist3.wl`);
      const events = await daemon.until((events) => tally(events).removed === 1);
      await daemon.polls(2);
      assertEquals(tally(await daemon.events()), tally(events));
    },
  );

  scene(
    "with less than half of its files: the brake holds, until a person says that it is so",
    "brake_polls: 60, brake_hold: 0s",
    async (
      { daemon, files, stash },
    ) => {
      await move(files, stash, (n) => n <= 6);
      await daemon.until((events) => tally(events).suspect === 1);
      await daemon.polls(3);
      assertEquals(tally(await daemon.events()), { added: count, suspect: 1 });
      const approval = await worklistd(["approve", "all", "--config", daemon.configPath]);
      assertEquals(approval.code, 0, approval.stderr);
      const events = await daemon.until((events) => tally(events).removed === 6);
      await daemon.polls(2);
      assertEquals(tally(await daemon.events()), { added: count, suspect: 1, removed: 6 });
      for (const { data } of events.filter(({ type }) => type.endsWith(".removed"))) {
        assertEquals((data as { evidence?: { brake?: string } }).evidence?.brake, "approved");
      }
    },
  );

  scene(
    "really emptied: so many complete polls agree, then all is removed",
    "brake_polls: 3, brake_hold: 0s",
    async (
      { daemon, files, stash },
    ) => {
      await move(files, stash, all);
      const events = await daemon.until((events) => tally(events).removed === count);
      assertEquals(tally(events), { added: count, suspect: 1, removed: count });
      for (const { data } of events.filter(({ type }) => type.endsWith(".removed"))) {
        const { evidence } = data as { evidence?: Record<string, unknown> };
        assertEquals(evidence, { reason: "missing", polls: 3, brake: "confirmed" });
      }
    },
  );

  scene(
    "without its folder: whatever it answers, nothing is removed",
    "brake_polls: 60, brake_hold: 0s",
    async (
      { daemon, files },
    ) => {
      await Deno.rename(files, `${files}.away`);
      await daemon.until((events) => {
        const { failed = 0, suspect = 0 } = tally(events);
        return failed + suspect > 0;
      });
      await daemon.polls(3);
      await Deno.rename(`${files}.away`, files);
      await daemon.polls(4);
      const { added, changed, removed, left_window: left } = tally(await daemon.events());
      assertEquals({ added, changed, removed, left }, {
        added: count,
        changed: undefined,
        removed: undefined,
        left: undefined,
      });
    },
  );

  scene(
    "behind a slow line: slow is no failure, too slow is one, and nothing is removed",
    "brake_polls: 3, brake_hold: 0s",
    async (
      { proxy, daemon },
    ) => {
      proxy.delayMs = 20;
      proxy.pieceBytes = 400;
      await daemon.polls(3);
      assertEquals(tally(await daemon.events()), { added: count });
      proxy.delayMs = 3_000;
      await daemon.until((events) => tally(events).failed === 1);
      await daemon.polls(3);
      proxy.delayMs = 0;
      await recovered(daemon);
      await daemon.polls(3);
      const events = await daemon.events();
      assertEquals(tally(events), { added: count, failed: 1, recovered: 1 });
      const failed = events.find(({ type }) => type === "dicom.poll.failed");
      assert((failed?.data as { reason?: string } | undefined)?.reason === "timed-out");
    },
  );

  scene("stopped, for many polls: nothing is removed", "brake_polls: 3, brake_hold: 0s", async (
    { server, daemon },
  ) => {
    await server.stop();
    await daemon.until((events) => tally(events).failed === 1);
    await daemon.polls(5);
    await server.start();
    await recovered(daemon);
    await daemon.polls(3);
    assertEquals(tally(await daemon.events()), { added: count, failed: 1, recovered: 1 });
  });
}

function config(server: ForeignServer, proxy: DelayingProxy, removal: string): string {
  return `
ae_title: WORKLISTD
state_dir: ./state
log: { level: debug, format: json }
peers:
  ris:
    host: ${proxy.host}
    port: ${proxy.port}
    ae_title: ${server.aeTitle}
    timeouts: { associate: 2s, response: 2s, release: 1s }
queries:
  all:
    peer: ris
    schedule: every 1s
    removal: { ${removal} }
    sinks: [changes]
sinks:
  changes: { type: ndjson, path: ./changes.ndjson }
`;
}

/** Waits until complete polls, which change nothing more, have followed one another. */
async function recovered(daemon: RunningDaemon): Promise<void> {
  await daemon.until((events) => {
    const last = events.findLast(({ type }) => /poll\.(failed|recovered)$/.test(type));
    return last === undefined || last.type.endsWith("recovered");
  });
  await daemon.polls(3);
}

async function move(
  from: string,
  to: string,
  which: (n: number) => boolean,
): Promise<void> {
  for (let n = 1; n <= count; n++) {
    if (which(n)) await Deno.rename(`${from}/wklist${n}.wl`, `${to}/wklist${n}.wl`);
  }
}

function all(): boolean {
  return true;
}

function tally(events: readonly SinkEvent[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const event of events) {
    const kind = event.type.split(".").at(-1) ?? "";
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
