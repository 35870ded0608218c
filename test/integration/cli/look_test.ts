import { assert, assertEquals } from "@std/assert";
import { serveWorklist } from "../../../src/serve/worklist_scp.ts";
import { step } from "../../support/daemon_config.ts";
import { serveOddWorklist } from "../../support/odd_worklist.ts";
import { startDaemon, worklistd } from "../../support/running_daemon.ts";

Deno.test("why, show, history and approve ask the running daemon, whatever the configuration file says", async () => {
  const folder = await Deno.makeTempDir();
  await using ris = serveWorklist();
  ris.items.set("1", step("1", { name: "KOWALSKI^JAN\x1b[2J", time: "093000" }));
  ris.items.set("2", step("2", { name: "DOE^JANE", time: "0800" }));
  const yaml = `state_dir: ./state
log: { level: debug, format: json }
peers: { ris: { host: 127.0.0.1, port: ${ris.port}, ae_title: RIS } }
queries: { ct: { peer: ris, schedule: every 500ms, sinks: [changes] } }
sinks: { changes: { type: ndjson, path: changes.ndjson } }
`;
  await using daemon = await startDaemon(folder, yaml);
  await daemon.until((events) => events.length === 2);
  // Nobody may read it: the daemon has to.
  await Deno.writeTextFile(daemon.configPath, "state_dir: ./state\nqueries: [nonsense\n");
  const env = { WORKLISTD_CONFIG: daemon.configPath, TZ: "UTC" };
  const run = (...args: string[]): ReturnType<typeof worklistd> => worklistd(args, { env });

  const why = await run("why", "Kowálski");
  assertEquals(why.code, 0, why.stderr);
  assert(/^KOWALSKI\^JAN␛\[2J, P1: on ct since [\d:]+, station CT1, /.test(why.stdout), why.stdout);
  assert(why.stderr.includes("has problems"), why.stderr);
  assert(/^ct: as of [\d:]+$/m.test(why.stderr), why.stderr);
  const json = JSON.parse((await run("why", "P2", "ct", "--format", "json")).stdout);
  assertEquals(json.found[0].whereabouts[0].isPresent, true);
  assertEquals(json.found[0].whereabouts[0].moments[0].kind, "added");

  const show = await run("show", "ct");
  const rows = show.stdout.split("\n");
  assertEquals(rows.map((row) => /DOE\^JANE|KOWALSKI/.exec(row)?.[0]), [
    undefined,
    "DOE^JANE",
    "KOWALSKI",
    undefined,
  ]);
  assert(rows[1]?.startsWith("2026-11-21"), show.stdout);
  assert(rows[1]?.includes("  08:00  "), show.stdout);
  assert(/ct: 2 items, as of [\d:]+ \(UTC\)\n$/.test(show.stderr), show.stderr);
  const found = await run("show", "ct", "--find", "kowalski", "--format", "ndjson");
  assertEquals(found.stdout.trim().split("\n").length, 1);
  assertEquals((await run("show", "nobody")).code, 2);

  const none = await run("history", "ct", "--key", "9.9.9");
  assertEquals([none.code, none.stdout, none.stderr.includes("ct has no event of 9.9.9")], [
    1,
    "",
    true,
  ]);
  const past = await run("history", "--find", "doe");
  assertEquals(past.stdout.trim().split("\n").length, 1);

  // An answer without a match: the brake holds both items.
  ris.items.clear();
  await daemon.until((events) => events.some(({ type }) => type === "dicom.poll.suspect"));
  const held = await run("why", "P1");
  assert(held.stdout.includes("its removal is held by the brake since"), held.stdout);
  const dry = await run("approve", "ct", "--dry-run");
  assertEquals(dry.code, 0, dry.stderr);
  assert(dry.stdout.includes("DOE, JANE"), dry.stdout);
  assert(dry.stderr.includes("ct: nothing was approved"), dry.stderr);
  await Deno.writeTextFile(daemon.configPath, yaml);
  const approved = await run("approve", "ct", "--who", "anna", "--why", "the RIS is empty");
  assertEquals(approved.code, 0, approved.stderr);
  await daemon.until((events) =>
    events.filter(({ type }) => type.endsWith("removed")).length === 2
  );
  const after = await run("history", "ct");
  assert(after.stdout.includes("approved     by anna: the RIS is empty"), after.stdout);
  const gone = await run("why", "P2");
  assert(gone.stdout.includes("a person approved the loss (anna), and removed at"), gone.stdout);
  await daemon.stop();

  // The files tell the same.
  assertEquals((await run("why", "P2")).stdout, gone.stdout);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("why names the key that keeps an item of the answer off the list", async () => {
  const folder = await Deno.makeTempDir();
  // A peer that ignores keys.
  await using ris = serveOddWorklist({ ignoresKeys: true });
  ris.items.set("1", step("1"));
  ris.items.set("2", step("2", { modality: "MR" }));
  await using daemon = await startDaemon(
    folder,
    `state_dir: ./state
log: { level: debug, format: json }
peers: { ris: { host: 127.0.0.1, port: ${ris.port}, ae_title: RIS } }
queries:
  ct:
    peer: ris
    schedule: every 500ms
    keys: { ScheduledProcedureStepSequence: { Modality: CT } }
    sinks: [changes]
sinks: { changes: { type: ndjson, path: changes.ndjson } }
`,
  );
  await daemon.until((events) => events.length === 1);
  await daemon.polls(1);
  const args = ["why", "s2", "--config", daemon.configPath];
  const why = await worklistd(args);
  assertEquals(
    [why.code, why.stdout],
    [
      0,
      "1.2.3.2 S2: the last complete answer of ris has it, outside the key " +
      "ScheduledProcedureStepSequence.Modality of ct: it was dropped\n",
    ],
    why.stderr,
  );
  const status = await worklistd(["status", "--config", daemon.configPath]);
  const note =
    "note: the peer ignores key ScheduledProcedureStepSequence.Modality: 1 match was dropped";
  assert(status.stdout.replaceAll(/\s+/g, " ").includes(note), status.stdout);
  await daemon.stop();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("show and why say unknown before the first complete answer, and since when the peer is unreachable", async () => {
  const folder = await Deno.makeTempDir();
  const ris = serveWorklist();
  const port = ris.port;
  await ris[Symbol.asyncDispose]();
  await using daemon = await startDaemon(
    folder,
    `state_dir: ./state
log: { level: debug, format: json }
peers: { ris: { host: 127.0.0.1, port: ${port}, ae_title: RIS } }
queries: { ct: { peer: ris, schedule: every 500ms, sinks: [changes] } }
sinks: { changes: { type: ndjson, path: changes.ndjson } }
`,
  );
  await daemon.until((events) => events.some(({ type }) => type === "dicom.poll.failed"));
  const env = { WORKLISTD_CONFIG: daemon.configPath, TZ: "UTC" };
  const show = await worklistd(["show", "ct", "--format", "json"], { env });
  assertEquals([show.code, show.stdout], [1, ""]);
  const text = /^ct: unknown: no complete answer yet; ris unreachable since [\d:]+ \(UTC\)$/m;
  assert(text.test(show.stderr), show.stderr);
  const why = await worklistd(["why", "doe"], { env });
  assertEquals([why.code, why.stdout], [1, ""]);
  assert(why.stderr.includes("ct: unknown: no complete answer yet; ris unreachable"), why.stderr);
  await daemon.stop();
  await Deno.remove(folder, { recursive: true });
});
