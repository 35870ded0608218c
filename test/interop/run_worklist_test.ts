import { assertEquals } from "@std/assert";
import {
  dcmtk,
  type ForeignServer,
  interopTest,
  startOrthanc,
  startWlmscpfs,
} from "../support/foreign.ts";
import { type RunningDaemon, type SinkEvent, startDaemon } from "../support/running_daemon.ts";

const samples = "/usr/share/doc/dcmtk/examples/wlistdb/OFFIS";

interface WorklistServer {
  readonly name: string;
  readonly start: () => Promise<ForeignServer>;
  /** Where its worklist files are. */
  readonly folderOf: (server: ForeignServer) => string;
}

const servers: WorklistServer[] = [
  {
    name: "DCMTK's wlmscpfs",
    start: () => startWlmscpfs(),
    folderOf: (server) => `${server.folder}/${server.aeTitle}`,
  },
  {
    name: "Orthanc's worklist plugin",
    start: async () => {
      const server = await startOrthanc();
      for (let n = 1; n <= 10; n++) {
        const file = `${server.folder}/worklists/wklist${n}.wl`;
        await dcmtk("dump2dcm", "-q", "-g", `${samples}/wklist${n}.dump`, file);
      }
      return server;
    },
    folderOf: (server) => `${server.folder}/worklists`,
  },
];

for (const { name, start, folderOf } of servers) {
  interopTest(`run tells every file added, edited and deleted at ${name} once, and nothing else`, [
    "dcmtk",
    "dcmtk-samples",
    ...name.startsWith("Orthanc") ? ["orthanc" as const] : [],
  ], async () => {
    await using server = await start();
    const folder = await Deno.makeTempDir({ prefix: "worklistd-run-" });
    try {
      await using daemon = await startDaemon(folder, config(server));
      const first = await daemon.until((events) => events.length >= 10);
      assertEquals(tally(first), { added: 10 });

      const wl = folderOf(server);
      await Deno.utime(`${wl}/wklist2.wl`, new Date(), new Date());
      await daemon.polls(2);
      assertEquals(tally(await daemon.events()), { added: 10 }, "a touched file is no change");

      await edit(`${wl}/wklist1.wl`, "(0040,0100)[0].(0040,0003)=093000");
      const changed = (await daemon.until((events) => events.length >= 11)).at(-1);
      assertEquals(changed?.type, "dicom.worklist.item.changed");
      assertEquals(changed?.data.kinds, ["rescheduled"]);
      assertEquals(
        changed?.data.changes?.map(({ path, tag, before, after }) => ({
          path,
          tag,
          before,
          after,
        })),
        [{
          path: "ScheduledProcedureStepSequence.ScheduledProcedureStepStartTime",
          tag: "0040010000400003",
          before: ["085607"],
          after: ["093000"],
        }],
      );

      const stash = `${folder}/wklist3.wl`;
      await Deno.copyFile(`${wl}/wklist3.wl`, stash);
      await Deno.remove(`${wl}/wklist3.wl`);
      assertEquals(tally(await daemon.until((events) => events.length >= 12)), {
        added: 10,
        changed: 1,
        removed: 1,
      });

      await Deno.copyFile(stash, `${wl}/wklist3.wl.tmp`);
      await Deno.rename(`${wl}/wklist3.wl.tmp`, `${wl}/wklist3.wl`);
      assertEquals(tally(await daemon.until((events) => events.length >= 13)), {
        added: 11,
        changed: 1,
        removed: 1,
      });

      await server.stop();
      await daemon.until((events) => events.some((event) => event.type === "dicom.poll.failed"));
      await daemon.polls(3);
      await server.start();
      const after = await daemon.until((events) =>
        events.some((event) => event.type === "dicom.poll.recovered")
      );
      await daemon.polls(3);
      assertEquals(tally(after), { added: 11, changed: 1, removed: 1, failed: 1, recovered: 1 });
      assertEquals(tally(await daemon.events()), tally(after));
      assertEquals(await daemon.stop(), 0);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });

  interopTest(`run loses and invents nothing over kill -9 while ${name} changes`, [
    "dcmtk",
    "dcmtk-samples",
    ...name.startsWith("Orthanc") ? ["orthanc" as const] : [],
  ], async () => {
    await using server = await start();
    const folder = await Deno.makeTempDir({ prefix: "worklistd-kill-" });
    try {
      await using daemon = await startDaemon(folder, config(server));
      await daemon.until((events) => events.length >= 10);
      const wl = folderOf(server);
      const times: string[] = [];
      for (let round = 1; round <= 8; round++) {
        const time = `${String(round).padStart(2, "0")}0000`;
        await killDuring(daemon, async () => {
          await edit(`${wl}/wklist1.wl`, `(0040,0100)[0].(0040,0003)=${time}`);
          times.push(time);
        }, round);
        await daemon.until((events) => startTimes(events).at(-1) === time);
      }
      const events = await daemon.events();
      assertEquals(startTimes(events), times, "each edit is told once, in order");
      const ids = events.map((event) => event.id);
      assertEquals(new Set(ids).size, new Set(events.map((event) => event.sequence)).size);
      assertEquals(tally(distinct(events)).removed, undefined);
      assertEquals(tally(distinct(events)).added, 10);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

function config(server: ForeignServer): string {
  return `
ae_title: WORKLISTD
state_dir: ./state
log: { level: debug, format: json }
peers:
  ris: { host: ${server.host}, port: ${server.port}, ae_title: ${server.aeTitle} }
queries:
  all:
    peer: ris
    model: worklist
    schedule: every 1s
    sinks: [changes]
sinks:
  changes: { type: ndjson, path: ./changes.ndjson }
`;
}

/** Edits a copy of a worklist file and moves it into place, so that no server reads a half of it. */
async function edit(path: string, change: string): Promise<void> {
  const copy = `${path}.tmp`;
  await Deno.copyFile(path, copy);
  const output = await dcmtk("dcmodify", "-q", "-nb", "-i", change, copy);
  if (output.code !== 0) throw new Error(output.stderr);
  await Deno.rename(copy, path);
}

/** Kills the daemon a little before, during or after a change, by turns, and starts it again. */
async function killDuring(
  daemon: RunningDaemon,
  change: () => Promise<void>,
  round: number,
): Promise<void> {
  const changed = change();
  if (round % 3 === 0) await changed;
  if (round % 3 === 1) await daemon.polls(1);
  await daemon.kill();
  await changed;
  daemon.start();
}

function distinct(events: readonly SinkEvent[]): SinkEvent[] {
  return [...new Map(events.map((event) => [event.id, event])).values()];
}

function startTimes(events: readonly SinkEvent[]): unknown[] {
  return distinct(events)
    .filter((event) => event.type === "dicom.worklist.item.changed")
    .flatMap((event) => event.data.changes?.flatMap((change) => change.after) ?? []);
}

function tally(events: readonly SinkEvent[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const event of events) {
    const kind = event.type.split(".").at(-1) ?? "";
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
