import { assertEquals, assertMatch } from "@std/assert";
import { demoWorklist } from "../../../src/serve/demo.ts";
import { serveWorklist } from "../../../src/serve/worklist_scp.ts";
import { worklistd } from "../../support/running_daemon.ts";

/** A worklist server, a configuration for it, and a way to run commands with that. */
async function withWorklist(
  test: (
    run: (...words: string[]) => ReturnType<typeof worklistd>,
    change: () => string,
    folder: string,
  ) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "worklistd-commands-" });
  try {
    await using ris = serveWorklist({ aeTitle: "RIS" });
    const worklist = demoWorklist(ris.items, "20261121");
    const config = `${folder}/worklistd.yaml`;
    await Deno.writeTextFile(
      config,
      `peers:
  ris: { host: 127.0.0.1, port: ${ris.port}, ae_title: RIS }
queries:
  steps: { peer: ris, model: worklist, schedule: every 1h, sinks: [changes] }
sinks:
  changes: { type: ndjson, path: changes.ndjson }
`,
    );
    const run = (...words: string[]): ReturnType<typeof worklistd> => {
      const [command = "", ...others] = words;
      return worklistd([command, "--config", config, ...others]);
    };
    await test(run, worklist.change, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("poll commits and prints changes, and with --dry-run commits nothing", () =>
  withWorklist(async (run, change, folder) => {
    const dry = await run("poll", "steps", "--dry-run");
    assertEquals(dry.code, 0, dry.stderr);
    assertEquals(dry.stdout.trimEnd().split("\n").length, 4);
    assertMatch(dry.stderr, /steps: 4 matches, 4 added, .*; nothing committed\n$/);
    assertEquals((await run("history")).stdout, "");
    const made = Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
    assertEquals(made, ["state", "worklistd.yaml"]);
    const first = await run("poll", "steps");
    assertMatch(first.stderr, /4 added, .*; committed\n$/);
    change();
    const second = await run("poll", "steps", "--format", "ndjson");
    const [event] = second.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    assertEquals([event.type, event.sequence], [
      "dicom.worklist.item.added",
      "0000000000000005",
    ]);
    assertMatch((await run("poll", "steps")).stderr, /0 added, 0 changed, 0 removed/);
  }));

Deno.test("show prints the stored worklist in each format, now and as it was", () =>
  withWorklist(async (run, change) => {
    const unknown = await run("show", "steps");
    assertEquals([unknown.code, unknown.stdout], [1, ""]);
    assertMatch(unknown.stderr, /steps: unknown: no complete answer yet \(.*\)\n$/);
    await run("poll", "steps");
    const before = Temporal.Now.instant().toString();
    change();
    await run("poll", "steps");
    const columns = ["--columns", "AccessionNumber,PatientName"];
    const csv = await run("show", "steps", "--format", "csv", ...columns);
    assertEquals(csv.stdout.split("\r\n").slice(0, 2), [
      "AccessionNumber,PatientName",
      "A0001,SAMPLE^BRUNO",
    ]);
    assertEquals(JSON.parse((await run("show", "steps", "--format", "json")).stdout).length, 5);
    const then = await run("show", "steps", "--format", "ndjson", "--at", before);
    assertEquals(then.stdout.trimEnd().split("\n").length, 4);
    const table = await run("show", "steps", ...columns);
    assertEquals(table.stdout.split("\n")[0], "AccessionNumber  PatientName");
    assertMatch(table.stderr, /^steps: 5 items, as of .*\n$/);
  }));

Deno.test("a name that the configuration does not have is a mistake in the command line", () =>
  withWorklist(async (run) => {
    const lines = [
      ["poll", "step"],
      ["approve", "step"],
      ["show", "step"],
      ["history", "step"],
      ["blame", "step", "SPS1"],
      ["replay", "changes", "--since", "1", "--query", "step"],
    ];
    for (const words of lines) {
      const { code, stdout, stderr } = await run(...words);
      assertEquals([code, stdout], [2, ""], stderr);
      assertMatch(stderr, /worklistd\.yaml has no query step; did you mean steps\?/);
    }
    for (const words of [["--since", "1"], ["--dead"], ["--dead", "--list"]]) {
      const { code, stderr } = await run("replay", "change", ...words);
      assertEquals(code, 2);
      assertMatch(stderr, /worklistd\.yaml has no sink change; did you mean changes\?/);
    }
    assertEquals((await run("history", "steps")).code, 0);
  }));

Deno.test("history and blame tell the past of an item", () =>
  withWorklist(async (run, change) => {
    await run("poll", "steps");
    change();
    change();
    await run("poll", "steps");
    const history = await run("history", "steps", "--key", "SPS1");
    assertEquals(history.stdout.trimEnd().split("\n").length, 2);
    assertMatch(
      history.stdout,
      /rescheduled {2}ScheduledProcedureStepStartTime: 08:20 → 09:05\n$/,
    );
    const blame = await run("blame", "steps", "SPS1", "--format", "json");
    const [{ attributes }] = JSON.parse(blame.stdout);
    const times = attributes.find(({ path }: { path: string }) => path.endsWith("StartTime"));
    assertEquals(times.events.map(({ after }: { after: string[] }) => after), [
      ["082000"],
      ["090500"],
    ]);
    assertEquals((await run("blame", "steps", "SPS99")).code, 1);
    assertEquals((await run("history", "steps", "--since", "1s")).code, 0);
  }));

Deno.test("replay delivers again under the same ids; approve and status tell how it stands", () =>
  withWorklist(async (run, _change, folder) => {
    await run("poll", "steps");
    const path = `${folder}/changes.ndjson`;
    const first = await Deno.readTextFile(path);
    await Deno.remove(path);
    const replay = await run("replay", "changes", "--since", "1");
    assertEquals([replay.code, replay.stderr], [0, "changes: 4 events to deliver again\n"]);
    assertEquals(await Deno.readTextFile(path), first);
    assertMatch((await run("approve", "steps")).stderr, /steps: nothing was held back\n$/);
    const status = await run("status", "--format", "json");
    assertEquals(status.code, 1);
    const { running, queries, sinks } = JSON.parse(status.stdout);
    assertEquals([running, queries[0].items], [false, 4]);
    assertEquals([sinks[0].state, sinks[0].backlog], ["idle", 0]);
    assertMatch((await run("status")).stdout, /\nsteps +complete +4 /);
  }));

Deno.test("check names all problems, what a change does, and who does not answer", () =>
  withWorklist(async (run, _change, folder) => {
    const well = await run("check", "--connect");
    assertEquals(well.code, 0, well.stdout);
    assertMatch(well.stdout, /1 peer, 1 query, 1 sink: no problems\npeer ris \(.*\): answered in/);
    await run("poll", "steps");
    const file = `${folder}/worklistd.yaml`;
    const text = await Deno.readTextFile(file);
    await Deno.writeTextFile(file, text.replace("every 1h,", "every 1h, keys: { PatientID: X },"));
    assertMatch((await run("check")).stdout, /steps: other keys: items that no longer match/);
    await Deno.writeTextFile(file, text.replace("steps:", "renamed:"));
    assertEquals((await run("check")).stdout.split("\n").slice(1), [
      "steps: no longer configured; its state is kept and not touched",
      "renamed: new; the items of its first complete poll are reported as added",
      "",
    ]);
    await Deno.writeTextFile(
      file,
      text.replace("schedule", "shedule").replace("ae_title", "title"),
    );
    const wrong = await run("check");
    assertEquals([wrong.code, wrong.stdout], [78, ""]);
    assertMatch(wrong.stderr, /worklistd\.yaml:2:\d+: peers\.ris.*title/);
    assertMatch(wrong.stderr, /worklistd\.yaml:4:\d+: queries\.steps.*shedule/);
  }));

Deno.test("demo shows every kind of change and ends by itself", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { code, stdout } = await worklistd(["demo", "--seconds", "27", "--folder", folder]);
    assertEquals(code, 0);
    assertMatch(stdout, /the server is stopped/);
    assertMatch(stdout, /the server is down; a station asks worklistd and gets its \d+ steps/);
    assertMatch(stdout, /\(LIST \d+ S OLD\)/);
    assertMatch(stdout, /^Status page: http:\/\/127\.0\.0\.1:\d+\/$/m);
    for (const kind of ["added", "rescheduled", "patient_identity", "station_moved", "removed"]) {
      assertMatch(stdout, new RegExp(kind));
    }
    const lines = (await Deno.readTextFile(`${folder}/changes.ndjson`)).trimEnd().split("\n");
    assertEquals(lines.length >= 8, true);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("find and echo reach a peer by its name in the configuration", () =>
  withWorklist(async (run) => {
    const found = await run("find", "ris", "-k", "PatientName", "--format", "ndjson");
    assertEquals([found.code, found.stdout.trimEnd().split("\n").length], [0, 4], found.stderr);
    assertMatch((await run("echo", "ris")).stdout, /^RIS at 127\.0\.0\.1:/);
    const mistyped = await run("find", "rsi", "-k", "PatientName");
    assertEquals([mistyped.code, mistyped.stdout], [2, ""]);
    assertMatch(mistyped.stderr, /worklistd\.yaml has no peer rsi; did you mean ris\?/);
  }));

Deno.test("status without a daemon tells of a query whose state is damaged", () =>
  withWorklist(async (run, _change, folder) => {
    await run("poll", "steps");
    await Deno.writeTextFile(`${folder}/state/queries/steps/snapshot.json`, "{");
    const { stdout } = await run("status", "--format", "json");
    const { queries: [query], sinks } = JSON.parse(stdout);
    assertEquals([query.state, sinks.length], ["failed", 1]);
    assertMatch(query.problem, /snapshot\.json: it is damaged/);
    const check = await run("check");
    assertEquals(check.code, 0, "it would keep the other queries' daemon from starting");
    assertMatch(check.stdout, /\nsteps: .*snapshot\.json: it is damaged/);
  }));

Deno.test("status without a daemon tells of the last poll that failed", () =>
  withWorklist(async (run, _change, folder) => {
    const config = `${folder}/worklistd.yaml`;
    const text = await Deno.readTextFile(config);
    await Deno.writeTextFile(config, text.replace(/port: \d+/, "port: 1"));
    assertEquals((await run("poll", "steps")).code, 1);
    const { code, stdout, stderr } = await run("status", "--format", "json");
    assertEquals(code, 1);
    assertEquals(stderr, "");
    const [query] = JSON.parse(stdout).queries;
    assertEquals([query.state, query.failures], ["incomplete", 1]);
    assertMatch(query.lastPoll.failure.words, /^Cannot connect to 127\.0\.0\.1:1/);
  }));
