import { assert, assertEquals, assertRejects } from "@std/assert";
import { Tag } from "../../../src/dicom/tag.ts";
import { AssociationRejectedError, DimseStatusError } from "../../../src/network/errors.ts";
import { find } from "../../../src/query/find.ts";
import { plannedSteps } from "../../support/served_items.ts";
import { ServingBench } from "../../support/serving_bench.ts";

const open = '{ listen: "127.0.0.1:0", worklists: { RAD: { queries: [ct] } } }';

Deno.test("a station gets what was committed, also after a restart and before the first poll", async () => {
  await using bench = await ServingBench.make();
  bench.items.set("1", plannedSteps({ id: "1" })).set("2", plannedSteps({ id: "2" }));
  const daemon = await bench.start(open);
  await daemon.poll("ct");
  assertEquals(await bench.accessions(), ["A1", "A2"]);
  bench.items.set("3", plannedSteps({ id: "3" }));
  // Not polled yet: not on disk.
  assertEquals(await bench.accessions(), ["A1", "A2"]);
  await daemon.poll("ct");
  assertEquals(await bench.accessions(), ["A1", "A2", "A3"]);
  await bench.stop();
  await bench.stopRis();
  for (let start = 1; start <= 2; start++) {
    await bench.clock.advance(60_000);
    const restarted = await bench.start(open);
    assertEquals(await bench.accessions(), ["A1", "A2", "A3"]);
    // A failed poll is committed, and says nothing of how old the list is.
    assertEquals((await restarted.poll("ct"))?.complete, false);
    assertEquals(await bench.accessions(), ["A1", "A2", "A3"]);
    assertEquals(restarted.serveStatus()?.worklists[0]?.ageMs, start * 60_000);
    await bench.stop();
  }
});

Deno.test("a removed step is answered no longer, and a missing one until its removal is proven", async () => {
  await using bench = await ServingBench.make();
  for (const id of ["1", "2", "3"]) bench.items.set(id, plannedSteps({ id }));
  const daemon = await bench.start(open);
  await daemon.poll("ct");
  bench.items.delete("2");
  await daemon.poll("ct");
  assertEquals(await bench.accessions(), ["A1", "A2", "A3"]);
  await daemon.poll("ct");
  assertEquals(await bench.accessions(), ["A1", "A3"]);
});

Deno.test("the list stays while the RIS is dead for eight hours, and when it restarts empty", async () => {
  await using bench = await ServingBench.make();
  for (let id = 1; id <= 12; id++) bench.items.set(`${id}`, plannedSteps({ id: `${id}` }));
  const daemon = await bench.start(
    '{ listen: "127.0.0.1:0", worklists: { RAD: { queries: [ct], max_age: 15m, stale_note: RequestedProcedureComments } } }',
  );
  await daemon.poll("ct");
  const before = await bench.accessions();
  assertEquals(before.length, 12);
  await bench.stopRis();
  const hourMs = 3_600_000;
  for (let hour = 1; hour <= 8; hour++) {
    await bench.clock.advance(hourMs - 60_000);
    await daemon.poll("ct");
    await bench.clock.advance(60_000);
    assertEquals(await bench.accessions(), before, `after ${hour} hours`);
  }
  const [worklist] = daemon.serveStatus()?.worklists ?? [];
  assertEquals(worklist?.state, "stale");
  assert((worklist?.ageMs ?? 0) >= 8 * hourMs, `${worklist?.ageMs}`);
  const [match] = await bench.ask({ RequestedProcedureComments: null });
  assertEquals(match?.string(0x00401400), "LIST 8 H OLD");

  bench.startRis();
  await daemon.poll("ct");
  assertEquals(await bench.accessions(), before);
  await daemon.poll("ct");
  assertEquals(await bench.accessions(), before);
  // An empty answer that is not believed makes no list fresh.
  assertEquals(daemon.serveStatus()?.worklists[0]?.state, "stale");
});

Deno.test("a stale list is refused if that is configured, and nothing is said of its content", async () => {
  await using bench = await ServingBench.make();
  bench.items.set("1", plannedSteps({ id: "1" }));
  const daemon = await bench.start(
    '{ listen: "127.0.0.1:0", worklists: { RAD: { queries: [ct], max_age: 15m, when_stale: refuse } } }',
  );
  // Nothing is known before the first answer: an empty list would say that there is no patient.
  const unknown = await assertRejects(() => bench.ask(), DimseStatusError);
  assertEquals([unknown.status, unknown.errorComment], [
    0xA700,
    "nothing is known yet. Ask again",
  ]);
  await daemon.poll("ct");
  assertEquals(await bench.accessions(), ["A1"]);
  await bench.stopRis();
  await bench.clock.advance(16 * 60_000);
  const stale = await assertRejects(() => bench.ask(), DimseStatusError);
  assertEquals([stale.status, stale.errorComment], [0xA700, "the worklist is 16 min old"]);
  const [worklist] = daemon.serveStatus()?.worklists ?? [];
  assertEquals(
    worklist?.callers.map(({ aeTitle, lastOutcome, answers }) => [
      aeTitle,
      lastOutcome,
      answers,
    ]),
    [["CT1", "stale", 3]],
  );
});

Deno.test("an unknown caller, address or title is rejected with the reason of the standard", async () => {
  await using bench = await ServingBench.make();
  const daemon = await bench.start(`{ listen: "127.0.0.1:0", worklists: {
    RAD: { queries: [ct], callers: { CT1: { from: 127.0.0.0/8 }, CT2: { from: 10.1.0.0/16 }, constructor: {} } } } }`);
  await daemon.poll("ct");
  assertEquals(await bench.ask({}, { calling: "CT1" }), []);
  const rows: [string, string, number][] = [
    ["RAD", "CT9", 3],
    ["RAD", "ct1", 3],
    ["RAD", "CT2", 3],
    ["RAD", "toString", 3],
    ["rad", "CT1", 7],
    ["NOWHERE", "CT9", 7],
  ];
  for (const [called, calling, reason] of rows) {
    const error = await assertRejects(
      () => bench.ask({}, { called, calling }),
      AssociationRejectedError,
    );
    assertEquals(
      [error.result, error.source, error.reason],
      [1, 1, reason],
      `${called} ${calling}`,
    );
  }
  assertEquals(bench.reports.flatMap((one) => one.kind === "rejected" ? [one.rejection.why] : []), [
    "calling title",
    "calling title",
    "address",
    "calling title",
    "called title",
    "called title",
  ]);
  assertEquals(daemon.serveStatus()?.rejections, 6);
});

Deno.test("a caller sees only what its keys let it see, today's for today", async () => {
  await using bench = await ServingBench.make();
  bench.items.set("1", plannedSteps({ id: "1", station: "CT1", date: "20261127" }));
  bench.items.set("2", plannedSteps({ id: "2", station: "CT2", date: "20261127" }));
  bench.items.set("3", plannedSteps({ id: "3", station: "CT1", date: "20261128" }));
  const daemon = await bench.start(
    `{ listen: "127.0.0.1:0", worklists: { RAD: { queries: [ct], callers: {
    CT1: { keys: { ScheduledProcedureStepSequence: { ScheduledStationAETitle: CT1, ScheduledProcedureStepStartDate: today } } },
    ALL: {} } } } }`,
  );
  await daemon.poll("ct");
  assertEquals(await bench.accessions({}, { calling: "CT1" }), ["A1"]);
  const other = { ScheduledProcedureStepSequence: { ScheduledStationAETitle: "CT2" } };
  assertEquals(await bench.accessions(other, { calling: "CT1" }), []);
  assertEquals(await bench.accessions({}, { calling: "ALL" }), ["A1", "A2", "A3"]);
  await bench.clock.set("2026-11-28T08:00:00Z");
  assertEquals(await bench.accessions({}, { calling: "CT1" }), ["A3"]);
});

Deno.test("a worklist is as old as the query of its that was not answered for longest", async () => {
  await using bench = await ServingBench.make();
  bench.items.set("1", plannedSteps({ id: "1" }));
  const two = `  other: { peer: ris, schedule: every 30s, keys: { PatientID: P1 } }`;
  const both = open.replace("[ct]", "[ct, other]");
  const daemon = await bench.start(both, two);
  await daemon.poll("ct");
  const age = (): unknown => {
    const { ageMs, state } = daemon.serveStatus()?.worklists[0] ?? {};
    return [ageMs, state];
  };
  // The clock stands still: the schedule has not polled `other` yet.
  await daemon.poll("other");
  assertEquals(age(), [0, "fresh"]);
  assertEquals(await bench.accessions(), ["A1"]);
  await bench.stopRis();
  await bench.clock.advance(20_000);
  assertEquals(age(), [20_000, "fresh"]);
});

Deno.test("an answer under way goes on with its items while a poll commits", async () => {
  await using bench = await ServingBench.make();
  for (let id = 1; id <= 1000; id++) bench.items.set(`${id}`, plannedSteps({ id: `${id}` }));
  const daemon = await bench.start(open);
  await daemon.poll("ct");
  const answering = bench.ask({ PatientName: null });
  for (let id = 1; id <= 1000; id++) {
    bench.items.set(`${id}`, plannedSteps({ id: `${id}`, name: "Later^Name" }));
  }
  const polling = daemon.poll("ct");
  const names = new Set((await answering).map((match) => match.string(Tag.PatientName)));
  await polling;
  assertEquals(names.size, 1, "an answer has items of two sequences");
  assertEquals((await bench.ask({ PatientName: null }))[0]?.string(Tag.PatientName), "Later^Name");
});

Deno.test("a listener that cannot be opened is tried again, and polls go on meanwhile", async () => {
  await using bench = await ServingBench.make();
  bench.items.set("1", plannedSteps({ id: "1" }));
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  const daemon = await bench.start(
    `{ listen: "127.0.0.1:${port}", worklists: { RAD: { queries: [ct] } } }`,
  );
  const status = daemon.serveStatus();
  assertEquals(status?.state, "failed");
  assertEquals(
    status?.problem,
    `Cannot listen on 127.0.0.1:${port}: another program listens there; stop it or choose another port`,
  );
  assertEquals((await daemon.poll("ct"))?.complete, true);
  taken.close();
  await bench.clock.advance(5_000);
  await daemon.listening();
  assertEquals(daemon.serveStatus()?.state, "listening");
  assertEquals(await bench.accessions(), ["A1"]);
});

Deno.test("a reload changes worklists and callers without a new listener, and moves the listener if told to", async () => {
  await using bench = await ServingBench.make();
  bench.items.set("1", plannedSteps({ id: "1" }));
  const daemon = await bench.start(open);
  await daemon.poll("ct");
  const { port } = bench;
  await daemon.reload(
    await bench.config(
      '{ listen: "127.0.0.1:0", worklists: { NEW: { queries: [ct], callers: { MR1: {} } } } }',
    ),
  );
  assertEquals(bench.port, port);
  assertEquals(await bench.accessions({}, { called: "NEW", calling: "MR1" }), ["A1"]);
  await assertRejects(() => bench.ask(), AssociationRejectedError);
  await daemon.reload(
    await bench.config(
      '{ listen: "127.0.0.1:0", max_associations: 5, worklists: { RAD: { queries: [ct] } } }',
    ),
  );
  assert(bench.port !== port);
  assertEquals(await bench.accessions(), ["A1"]);
});

Deno.test("a caller with `pending: ff00` gets FF00 also for a key that is not supported", async () => {
  await using bench = await ServingBench.make();
  for (const id of ["1", "2"]) bench.items.set(id, plannedSteps({ id }));
  const daemon = await bench.start(
    '{ listen: "127.0.0.1:0", worklists: { RAD: { queries: [ct], callers: { CT1: { pending: ff00 }, CT2: {} } } } }',
  );
  await daemon.poll("ct");
  for (const [calling, hasFF01] of [["CT1", false], ["CT2", true]] as const) {
    const peer = {
      ...{ host: "127.0.0.1", port: bench.port, aeTitle: "RAD", timeZone: "UTC" },
      callingAeTitle: calling,
    };
    const matches = find(peer, { model: "worklist", keys: { PatientID: null, EthnicGroup: null } });
    let next = await matches.next();
    while (!next.done) next = await matches.next();
    assertEquals([next.value.matches, next.value.ignoredKeys], [2, hasFF01], calling);
  }
});
