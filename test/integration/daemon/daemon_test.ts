import { assert, assertEquals, assertRejects } from "@std/assert";
import { eventLines } from "../../../src/daemon/poll/poll_report.ts";
import { Daemon } from "../../../src/daemon/daemon.ts";
import { serveWorklist } from "../../../src/serve/worklist_scp.ts";
import { StoreError } from "../../../src/worklist/journal/store_error.ts";
import { DaemonBench as Bench } from "../../support/daemon_bench.ts";
import { settle } from "../../support/fake_clock.ts";
import { configIn, step } from "../../support/daemon_config.ts";
import { serveOddWorklist } from "../../support/odd_worklist.ts";
import { type Script, ScriptedAcceptor } from "../../support/scripted_acceptor.ts";
import { HttpReceiver } from "../../support/http_receiver.ts";

Deno.test("Daemon tells what was added, changed and removed, and nothing else", async () => {
  await using bench = await Bench.make();
  const { items } = bench.ris;
  items.set("1", step("1")).set("2", step("2"));
  const daemon = await bench.open();
  await daemon.poll("ct");
  await daemon.poll("ct");
  items.set("1", step("1", { time: "093000" }));
  items.delete("2");
  await daemon.poll("ct");
  assertEquals(await bench.events(), [
    "worklist.item.added S1",
    "worklist.item.added S2",
    "worklist.item.changed S1",
  ]);
  await daemon.poll("ct");
  assertEquals((await bench.events()).at(-1), "worklist.item.removed S2");
  await daemon.poll("ct");
  assertEquals((await bench.events()).length, 4);
});

Deno.test("Daemon goes on where it was after a restart", async () => {
  await using bench = await Bench.make();
  bench.ris.items.set("1", step("1"));
  let daemon = await bench.open();
  await daemon.poll("ct");
  await bench.events();
  await daemon.close(AbortSignal.timeout(5_000));
  bench.ris.items.set("2", step("2"));
  daemon = await bench.open();
  await daemon.poll("ct");
  assertEquals(await bench.events(), ["worklist.item.added S1", "worklist.item.added S2"]);
});

Deno.test("Daemon removes nothing while its peer is away, and says so once", async () => {
  await using bench = await Bench.make();
  bench.ris.items.set("1", step("1"));
  const daemon = await bench.open();
  await daemon.poll("ct");
  const { port } = bench.ris;
  await bench.ris[Symbol.asyncDispose]();
  for (let n = 0; n < 3; n++) {
    const report = await daemon.poll("ct");
    assertEquals(report?.failure?.class, "unreachable");
    assertEquals(report?.isRetriable, true);
  }
  bench.ris = serveWorklist({ port });
  bench.ris.items.set("1", step("1"));
  await daemon.poll("ct");
  assertEquals(await bench.events(), [
    "worklist.item.added S1",
    "poll.failed unreachable",
    "poll.recovered unreachable",
  ]);
});

Deno.test("Daemon.poll() as a dry run shows the changes and commits nothing", async () => {
  await using bench = await Bench.make();
  bench.ris.items.set("1", step("1"));
  const daemon = await bench.open();
  const report = await daemon.poll("ct", true);
  const [event] = report === undefined ? [] : eventLines(report.changes);
  assertEquals(JSON.parse(event ?? "{}").id, "ct.0000000000000001");
  assertEquals(daemon.store("ct").lastSequence, 0);
  assertEquals(await bench.events(), []);
  await daemon.poll("ct");
  assertEquals(await bench.events(), ["worklist.item.added S1"]);
});

Deno.test("Daemon.poll() never polls a query beside itself, dry runs included", async () => {
  await using bench = await Bench.make();
  for (let n = 0; n < 20; n++) bench.ris.items.set(`${n}`, step(`${n}`));
  const daemon = await bench.open();
  await daemon.poll("ct");
  for (let round = 0; round < 5; round++) {
    const reports = await Promise.all(
      [false, true, false, true].map((dry) => daemon.poll("ct", dry)),
    );
    for (const report of reports) assertEquals(report?.counts.missing, 0);
  }
  assertEquals((await bench.events()).length, 20);
});

Deno.test("Daemon polls the other queries where the state of one is damaged", async () => {
  await using bench = await Bench.make();
  bench.ris.items.set("1", step("1"));
  const more = `  other:
    peer: ris
    schedule: every 30s
    sinks: [changes]`;
  const folder = `${bench.folder}/state/queries/other`;
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${folder}/snapshot.json`, "damaged");
  const daemon = await bench.open(await bench.config("", more));
  assertEquals(bench.errors.length, 1);
  await daemon.poll("ct");
  assertEquals(await bench.events(), ["worklist.item.added S1"]);
  await assertRejects(() => daemon.poll("other"), StoreError);
  assert(daemon.problemOf("other")?.includes("snapshot.json"), daemon.problemOf("other"));
});

Deno.test("Daemon gives no event of a journal begun anew the id of one that sinks had", async () => {
  await using bench = await Bench.make();
  bench.ris.items.set("1", step("1")).set("2", step("2"));
  let daemon = await bench.open();
  await daemon.poll("ct");
  await bench.events();
  await daemon.close(AbortSignal.timeout(5_000));
  await Deno.remove(`${bench.folder}/state/queries/ct`, { recursive: true });
  daemon = await bench.open();
  await daemon.poll("ct");
  assertEquals((await bench.events()).length, 4);
  const lines = (await Deno.readTextFile(`${bench.folder}/changes.ndjson`)).trim().split("\n");
  assertEquals(lines.map((line) => Number(JSON.parse(line).sequence)), [1, 2, 3, 4]);
});

Deno.test("Daemon.open() refuses a state folder that another process or daemon holds", async () => {
  await using bench = await Bench.make();
  await bench.open();
  const config = await bench.config();
  const error = await assertRejects(() => Daemon.open(config, bench.context()), StoreError);
  assert(error.message.includes(`process ${Deno.pid}`), error.message);
});

Deno.test("Daemon drops what does not match the keys of a peer that ignores them", async () => {
  await using bench = await Bench.make();
  await using odd = serveOddWorklist({ ignoresKeys: true });
  odd.items.set("1", step("1")).set("2", step("2", { modality: "MR" }));
  const daemon = await bench.open(await bench.config("", "", odd.port));
  const report = await daemon.poll("ct");
  assertEquals(report?.rejected, { "ScheduledProcedureStepSequence.Modality": 1 });
  assertEquals(await bench.events(), ["worklist.item.added S1"]);
});

Deno.test("Daemon asks in parts a peer that cuts its answers, and loses nothing", async () => {
  await using bench = await Bench.make();
  await using odd = serveOddWorklist({ cutsAt: 100 });
  for (let n = 0; n < 230; n++) {
    const time = `${String(n % 24).padStart(2, "0")}0000`;
    odd.items.set(`${n}`, step(`${n}`, { time }));
  }
  const config = await configIn(
    bench.folder,
    `peers:
  ris: { host: 127.0.0.1, port: ${odd.port}, ae_title: RIS }
queries:
  ct:
    peer: ris
    schedule: every 30s
    keys: { ScheduledProcedureStepSequence: { ScheduledProcedureStepStartDate: "20261121" } }
    split: { by: date, min: 1h }
    limit: 1000
`,
  );
  const daemon = await bench.open(config);
  assertEquals((await daemon.poll("ct"))?.counts.added, 100);
  const second = await daemon.poll("ct");
  assertEquals(bench.errors, []);
  assertEquals([second?.complete, second?.counts.added], [true, 130]);
  for (let n = 0; n < 3; n++) {
    const { counts, complete } = await daemon.poll("ct") ?? {};
    assertEquals([complete, counts?.added, counts?.removed, counts?.missing], [true, 0, 0, 0]);
  }
  odd.items.delete("229");
  await daemon.poll("ct");
  assertEquals((await daemon.poll("ct"))?.counts.removed, 1);
});

Deno.test("Daemon shares an association among queries due together, where it may", async () => {
  await using bench = await Bench.make();
  await using odd = serveOddWorklist({});
  odd.items.set("1", step("1"));
  const more = `  mr:
    peer: ris
    schedule: every 30s
    return: [PatientID]
    keys: { ScheduledProcedureStepSequence: { Modality: MR } }
  study:
    peer: ris
    model: study
    return: [PatientID]
    schedule: every 30s`;
  const config = await bench.config("", more, odd.port);
  const ris = config.peers.get("ris");
  assert(ris);
  const shared = { ...config, peers: new Map([["ris", { ...ris, findsPerAssociation: 3 }]]) };
  const done = Promise.withResolvers<void>();
  let polls = 0;
  bench.onReport = () => {
    if (++polls === 3) done.resolve();
  };
  const daemon = await bench.open(shared);
  daemon.start();
  await done.promise;
  assertEquals([odd.requests(), odd.associations()], [3, 1]);
});

Deno.test("Daemon asks again where a peer closes a shared association after each C-FIND", async () => {
  await using bench = await Bench.make();
  const answersOnce: Script = async (peer) => {
    await peer.accept();
    await peer.respond(await peer.recvMessage(), 0x0000);
  };
  await using ris = new ScriptedAcceptor(answersOnce);
  const more = `  mr: { peer: ris, schedule: every 30s, return: [PatientID] }
  us: { peer: ris, schedule: every 30s, return: [PatientID] }`;
  const config = await bench.config("return: [PatientID]", more, ris.port);
  const peer = config.peers.get("ris");
  assert(peer);
  const polled: string[] = [];
  const done = Promise.withResolvers<void>();
  bench.onReport = ({ query, complete }) => {
    polled.push(`${query} ${complete}`);
    if (polled.length === 3) done.resolve();
  };
  const daemon = await bench.open({
    ...config,
    peers: new Map([["ris", { ...peer, findsPerAssociation: 3 }]]),
  });
  daemon.start();
  await done.promise;
  assertEquals(polled, ["ct true", "mr true", "us true"]);
  assertEquals(ris.connections, 3);
});

Deno.test("Daemon asks by unique keys before it believes a removal", async () => {
  await using bench = await Bench.make();
  const { items } = bench.ris;
  items.set("1", step("1")).set("2", step("2")).set("3", step("3"));
  const removal = "removal: { verify: true, confirm_polls: 1 }";
  const daemon = await bench.open(await bench.config(removal));
  await daemon.poll("ct");
  items.set("1", step("1", { modality: "MR" }));
  items.delete("2");
  await daemon.poll("ct");
  assertEquals((await bench.events()).slice(3).sort(), [
    "worklist.item.changed S1",
    "worklist.item.left_window S1",
    "worklist.item.removed S2",
  ]);
});

Deno.test("Daemon.reload() lets go of the state of a query that is no more", async () => {
  await using bench = await Bench.make();
  const more = "  mr: { peer: ris, schedule: every 30s }";
  const daemon = await bench.open(await bench.config("", more));
  bench.ris.items.set("1", step("1"));
  await daemon.poll("mr");
  assertEquals(daemon.store("mr").lastSequence, 1);
  await daemon.reload(await bench.config());
  await Deno.rename(`${bench.folder}/state/queries/mr`, `${bench.folder}/old`);
  await daemon.reload(await bench.config("", more));
  assertEquals(daemon.store("mr").lastSequence, 0);
  await daemon.poll("mr");
  assertEquals(daemon.store("mr").lastSequence, 1);
  assertEquals(bench.errors, []);
});

Deno.test("Daemon.reload() takes over queries and sinks and keeps what stays", async () => {
  await using bench = await Bench.make();
  bench.ris.items.set("1", step("1")).set("2", step("2", { modality: "MR" }));
  const daemon = await bench.open();
  await daemon.poll("ct");
  const more = `  mr:
    peer: ris
    schedule: every 30s
    keys: { ScheduledProcedureStepSequence: { Modality: MR } }
    sinks: [changes]`;
  await daemon.reload(await bench.config("", more));
  await daemon.poll("mr");
  await daemon.poll("ct");
  assertEquals(await bench.events(), ["worklist.item.added S1", "worklist.item.added S2"]);
  await daemon.reload(await bench.config());
  await assertRejects(() => daemon.poll("mr"), RangeError, 'There is no query "mr"');
});

Deno.test("Daemon.start() polls on schedule, by the clock that it is given", async () => {
  await using bench = await Bench.make();
  bench.ris.items.set("1", step("1"));
  const daemon = await bench.open();
  const polled: string[] = [];
  let next = Promise.withResolvers<void>();
  bench.daemon = daemon;
  await daemon.close(AbortSignal.timeout(5_000));
  bench.onReport = ({ started }) => {
    polled.push(started.slice(11, 19));
    next.resolve();
  };
  await bench.open();
  bench.daemon.start();
  await next.promise;
  for (let n = 0; n < 2; n++) {
    next = Promise.withResolvers();
    await bench.clock.advance(30_000);
    await next.promise;
  }
  assertEquals(polled, ["12:00:00", "12:00:30", "12:01:00"]);
});

Deno.test("Daemon.close() gives up what does not end in time, and commits nothing of it", async () => {
  await using bench = await Bench.make();
  const silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = silent.accept();
  const config = await configIn(
    bench.folder,
    `peers:
  ris: { host: 127.0.0.1, port: ${(silent.addr as Deno.NetAddr).port}, ae_title: RIS }
queries:
  ct: { peer: ris, schedule: every 30s }
`,
  );
  const daemon = await bench.open(config);
  daemon.start();
  await bench.clock.advance(0);
  const connection = await accepted;
  const deadline = new AbortController();
  const closing = daemon.close(deadline.signal);
  deadline.abort(new Error("too long"));
  await closing;
  bench.daemon = undefined;
  assertEquals(bench.errors, []);
  connection.close();
  silent.close();
});

Deno.test("Daemon.close() gives a delivery under way 5 s, and the next daemon repeats it", async () => {
  await using bench = await Bench.make();
  await using receiver = new HttpReceiver();
  bench.ris.items.set("1", step("1"));
  await Deno.writeTextFile(`${bench.folder}/hook.key`, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  const config = await configIn(
    bench.folder,
    `peers:
  ris: { host: 127.0.0.1, port: ${bench.ris.port}, ae_title: RIS }
queries:
  ct: { peer: ris, schedule: every 30s, sinks: [hook] }
sinks:
  hook: { type: webhook, url: "${receiver.url}", secret_file: hook.key, timeout: 1h }
`,
  );
  receiver.answer = () => receiver.stall();
  const daemon = await bench.open(config);
  await daemon.poll("ct");
  await receiver.received(1);
  let isClosed = false;
  const closing = daemon.close(new AbortController().signal).then(() => isClosed = true);
  await bench.clock.advance(4_000);
  assertEquals(isClosed, false);
  await bench.clock.advance(1_000);
  await closing;
  receiver.answer = () => new Response(null, { status: 204 });
  await bench.open(config);
  await receiver.received(2);
  assertEquals(receiver.ids[0], receiver.ids[1]);
});

Deno.test("Daemon goes on from what is there when another hand removed a journal", async () => {
  await using bench = await Bench.make();
  bench.ris.items.set("1", step("1"));
  const reopened = Promise.withResolvers<void>();
  bench.onNote = (message) => {
    if (message.includes("opened again")) reopened.resolve();
  };
  const daemon = await bench.open();
  await daemon.poll("ct");
  await bench.events();
  await Deno.remove(`${bench.folder}/state/queries/ct/journal.ndjson`);
  bench.ris.items.set("2", step("2"));
  assertEquals(await daemon.poll("ct"), undefined);
  assert(
    bench.errors[0]?.includes(
      "it was removed, replaced, cut or written to by another process meanwhile",
    ),
    bench.errors[0],
  );
  await reopened.promise;
  assertEquals(bench.notes, ["ct: opened again, with 0 items"]);
  assertEquals((await daemon.poll("ct"))?.counts.added, 2);
  const lines = (await bench.events(), await Deno.readTextFile(`${bench.folder}/changes.ndjson`));
  const ids = lines.trimEnd().split("\n").map((line) => Number(JSON.parse(line).sequence));
  assertEquals(ids, [1, 2, 3]);
});

Deno.test("Daemon tells of a query whose state is damaged while it runs, and polls the others", async () => {
  await using bench = await Bench.make();
  bench.ris.items.set("1", step("1"));
  const failed = Promise.withResolvers<void>();
  const more = "  other: { peer: ris, schedule: every 30s, sinks: [changes] }";
  bench.onError = () => {
    if (bench.errors.length === 2) failed.resolve();
  };
  const daemon = await bench.open(await bench.config("", more));
  await daemon.poll("ct");
  await bench.events();
  await Deno.remove(`${bench.folder}/state/queries/ct/journal.ndjson`);
  await Deno.writeTextFile(`${bench.folder}/state/queries/ct/snapshot.json`, "{");
  bench.ris.items.set("2", step("2"));
  assertEquals(await daemon.poll("ct"), undefined);
  await failed.promise;
  assert(daemon.problemOf("ct")?.includes("snapshot.json: it is damaged"), daemon.problemOf("ct"));
  assertEquals((await daemon.poll("other"))?.counts.added, 2);
});

Deno.test("Daemon starts and reloads where sinks cannot keep how far they are, as on a full disk", async () => {
  await using bench = await Bench.make();
  bench.ris.items.set("1", step("1"));
  const config = await bench.config();
  const first = await bench.open(config);
  await first.poll("ct");
  await bench.events();
  await first.close(AbortSignal.timeout(5_000));
  const { rename } = Deno;
  using _full = {
    [Symbol.dispose]: () => void (Deno.rename = rename),
  };
  Deno.rename = (from, to) =>
    String(to).endsWith("sinks/changes.json")
      ? Promise.reject(new Error("No space left on device"))
      : rename(from, to);
  const daemon = await bench.open(config);
  bench.ris.items.set("2", step("2"));
  await daemon.poll("ct");
  await daemon.reload(config);
  bench.ris.items.set("3", step("3"));
  await daemon.poll("ct");
  assertEquals(await bench.events(), [1, 2, 3].map((n) => `worklist.item.added S${n}`));
  assert(bench.notes.some((words) => words.startsWith("sinks are opened again: ")), "no note");
});

Deno.test("Daemon polls on while another configuration is being taken over", async () => {
  await using bench = await Bench.make();
  bench.ris.items.set("1", step("1"));
  const config = await bench.config();
  const daemon = await bench.open(config);
  daemon.start();
  // Queries are opened one after the other before the new configuration is in force: here is one between both.
  daemon.config = { ...config, peers: new Map() };
  assertEquals((await daemon.poll("ct"))?.complete, true);
  assertEquals((await daemon.poll("ct"))?.complete, true);
  assertEquals(await bench.events(), ["worklist.item.added S1"]);
});

Deno.test("Daemon leaves its peer alone in a blackout that it starts in, and polls where somebody asks for it", async () => {
  await using bench = await Bench.make("2026-11-21T12:05:00Z");
  const reports: string[] = [];
  bench.onReport = ({ started }) => reports.push(started.slice(11, 19));
  const daemon = await bench.open(await bench.config('blackout: ["12:00-12:20"]'));
  daemon.start();
  await bench.clock.advance(14 * 60_000);
  assertEquals(reports, []);
  assertEquals(String(daemon.nextPoll("ct")), "2026-11-21T12:20:00Z");
  assertEquals((await daemon.poll("ct"))?.complete, true);
  assertEquals(reports, ["12:19:00"]);
});

Deno.test("Daemon.poll() waits for its turn where the peer bears one association", async () => {
  await using bench = await Bench.make();
  const reported = Promise.withResolvers<void>();
  let open = 0;
  let most = 0;
  const held = Promise.withResolvers<void>();
  const accepted = Promise.withResolvers<void>();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const connection of listener) {
      most = Math.max(most, ++open);
      accepted.resolve();
      void held.promise.then(() => {
        open--;
        connection.close();
      });
    }
  })();
  const config = await bench.config(
    "",
    "  mr: { peer: ris, schedule: 0 0 1 1 * }",
    portOf(listener),
  );
  bench.onReport = () => reported.resolve();
  const daemon = await bench.open(config);
  daemon.start();
  await accepted.promise;
  const asked = daemon.poll("mr");
  for (let turn = 0; turn < 20; turn++) await settle();
  assertEquals(most, 1);
  held.resolve();
  await reported.promise;
  assertEquals((await asked)?.failure?.class, "aborted");
  listener.close();
  await serving;
});

Deno.test("Daemon.reload() leaves a period its place in time", async () => {
  await using bench = await Bench.make();
  const daemon = await bench.open();
  daemon.start();
  await daemon.poll("ct");
  await bench.clock.advance(20_000);
  await daemon.reload(await bench.config());
  assertEquals(String(daemon.nextPoll("ct")), "2026-11-21T12:00:30Z");
});

function portOf(listener: Deno.Listener): number {
  return (listener.addr as Deno.NetAddr).port;
}
