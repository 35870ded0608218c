import { assertEquals } from "@std/assert";
import {
  answering,
  having,
  QuirkBench,
  rawElement,
  rawSequence,
  serving,
  type Step,
  stepBytes,
} from "../../support/quirk_bench.ts";
import type { Script } from "../../support/scripted_acceptor.ts";

const s1: Step = { id: "S1" };
const s2: Step = { id: "S2" };

function manySteps(count: number): Step[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `S${index + 1}`,
    date: index % 2 === 0 ? "20261121" : "20261122",
    time: String(index % 24).padStart(2, "0") + "15",
  }));
}

Deno.test("quirk 1: a peer that cuts at 100 matches and calls the answer complete removes nothing", async () => {
  await using bench = new QuirkBench();
  const steps = manySteps(120);
  const first = await bench.poll(serving(steps, 100));
  assertEquals(first.length, 100);
  // Another order, so that other steps are cut off.
  const rotated = [...steps.slice(30), ...steps.slice(0, 30)];
  const second = await bench.poll(serving(rotated, 100));
  assertEquals(second.filter((event) => event.startsWith("added")).length, 20);
  assertEquals(second.at(-1), "suspect limit");
  await bench.quiet(5, serving(rotated, 100), serving(steps, 100));
  assertEquals(bench.store.worklist.size, 120);
});

Deno.test("quirk 1: a peer that returned 130 and begins to cut at 100 removes nothing; yesterday's items leave", async () => {
  await using bench = new QuirkBench({
    query:
      "keys: { ScheduledProcedureStepSequence: { ScheduledProcedureStepStartDate: today } }\n    removal: { confirm_polls: 1 }",
  });
  const steps = manySteps(260).filter(({ date }) => date === "20261121");
  assertEquals((await bench.poll(serving(steps))).length, 130);
  await bench.quiet(1, serving(steps, 100));
  assertEquals(await bench.poll(serving(steps, 100)), ["suspect limit"]);
  await bench.quiet(5, serving([...steps].reverse(), 100), serving(steps, 100));
  assertEquals(await bench.poll(serving(steps.slice(1))), ["removed S1"]);
  await bench.clock.advance(24 * 3_600_000);
  const next = manySteps(260).filter(({ date }) => date === "20261122");
  const events = await bench.poll(serving(next, 100));
  assertEquals(events.filter((event) => event.startsWith("left_window")).length, 129);
});

Deno.test("quirk 1: with split, a peer that cuts at 100 matches is asked for all of them, and believed", async () => {
  await using bench = new QuirkBench({
    query:
      `keys: { ScheduledProcedureStepSequence: { ScheduledProcedureStepStartDate: today..today+1 } }
    split: { by: date, min: 1h }`,
  });
  const steps = manySteps(240);
  assertEquals((await bench.poll(serving(steps, 100))).length, 100);
  assertEquals((await bench.poll(serving(steps, 100))).length, 140);
  await bench.quiet(3, serving(steps, 100));
  assertEquals((await bench.report(serving(steps, 100))).matches, 240);
  // What is cancelled behind the cut is seen, and told.
  const fewer = steps.slice(0, -1);
  await bench.quiet(1, serving(fewer, 100));
  assertEquals(await bench.poll(serving(fewer, 100)), ["removed S240"]);
  assertEquals(bench.store.worklist.size, 239);
});

Deno.test("limit: an item absent from an answer of exactly `limit` matches is not removed", async () => {
  await using bench = new QuirkBench({ query: "limit: 3" });
  const [s3, s4] = [{ id: "S3" }, { id: "S4" }];
  assertEquals(await bench.poll(having(s1, s2, s3)), ["added S1", "added S2", "added S3"]);
  assertEquals(await bench.poll(having(s2, s3, s4)), ["added S4", "suspect limit"]);
  await bench.quiet(4, having(s2, s3, s4));
  await bench.quiet(1, having(s3, s4));
  assertEquals(await bench.poll(having(s3, s4)), ["removed S1", "removed S2"]);
});

Deno.test("limit: more matches than the configured limit make the poll incomplete", async () => {
  await using bench = new QuirkBench({ query: "limit: 3" });
  assertEquals(await bench.poll(having(s1, s2)), ["added S1", "added S2"]);
  const cancelled: Script = async (peer) => {
    await peer.accept();
    const request = await peer.recvMessage();
    for (const id of ["S3", "S4", "S5", "S6", "S7"]) {
      await peer.respond(request, 0xFF00, stepBytes({ id }));
    }
    await peer.recvMessage();
    await peer.respond(request, 0xFE00);
    await peer.acceptRelease();
  };
  assertEquals(await bench.poll(cancelled), ["added S3", "added S4", "added S5", "failed limited"]);
  await bench.quiet(3, cancelled);
});

for (const status of [0xA700, 0xA900, 0x0122, 0x0110, 0xC000, 0xCFFF, 0xFE00]) {
  const text = status.toString(16).toUpperCase().padStart(4, "0");
  Deno.test(`quirk 2: ${text} after a match makes the answer incomplete`, async () => {
    await using bench = new QuirkBench();
    assertEquals(await bench.poll(having(s1, s2)), ["added S1", "added S2"]);
    const changed = { ...s1, time: "0930" };
    const failing = answering([stepBytes(changed)], { status });
    assertEquals(await bench.poll(failing), [
      "changed S1 ScheduledProcedureStepStartTime",
      "failed refused",
    ]);
    await bench.quiet(4, failing);
    const report = await bench.report(failing);
    assertEquals([report.complete, report.status, report.failure?.class], [false, text, "refused"]);
    assertEquals(await bench.poll(having(changed, s2)), ["recovered refused"]);
    await bench.quiet(1, having(changed));
    assertEquals(await bench.poll(having(changed)), ["removed S2"]);
  });
}

const hangs: Record<string, { script: Script; failure: string; words: RegExp }> = {
  "the association is never answered": {
    script: async (peer) => {
      await peer.recv("A-ASSOCIATE-RQ");
      await peer.untilTestEnds;
    },
    failure: "timed-out",
    words: /within 0.2 s/,
  },
  "the query is never answered": {
    script: async (peer) => {
      await peer.accept();
      await peer.recvMessage();
      await peer.untilTestEnds;
    },
    failure: "timed-out",
    words: /within 0.2 s/,
  },
  "nothing comes after the first match": {
    script: async (peer) => {
      await peer.accept();
      await peer.respond(await peer.recvMessage(), 0xFF00, stepBytes(s1));
      await peer.untilTestEnds;
    },
    failure: "timed-out",
    words: /within 0.2 s/,
  },
  "a PDU stops in its middle": {
    script: async (peer) => {
      await peer.accept();
      await peer.respond(await peer.recvMessage(), 0xFF00, stepBytes(s1));
      await peer.send(Uint8Array.of(4, 0, 0, 0, 1, 0, 0, 0));
      await peer.untilTestEnds;
    },
    failure: "timed-out",
    words: /within 0.2 s/,
  },
  "the connection is closed after the first match": {
    script: async (peer) => {
      await peer.accept();
      await peer.respond(await peer.recvMessage(), 0xFF00, stepBytes(s1));
      peer.close();
    },
    failure: "aborted",
    words: /closed/,
  },
};

for (const [what, { script, failure, words }] of Object.entries(hangs)) {
  Deno.test(`quirk 7: ${what}: the poll ends, and nothing is removed`, async () => {
    await using bench = new QuirkBench();
    assertEquals(await bench.poll(having(s1, s2)), ["added S1", "added S2"]);
    bench.patience = "200ms";
    assertEquals(await bench.poll(script), [`failed ${failure}`]);
    await bench.quiet(2, script);
    const report = await bench.report(script);
    assertEquals(words.test(report.failure?.words ?? ""), true, report.failure?.words);
    bench.patience = "10s";
    assertEquals(await bench.poll(having(s1, s2)), [`recovered ${failure}`]);
  });
}

Deno.test("quirk 7: a release that is never answered does not spoil a complete poll", async () => {
  await using bench = new QuirkBench();
  const hanging = (...steps: Step[]): Script => async (peer) => {
    await peer.accept();
    const request = await peer.recvMessage();
    for (const step of steps) await peer.respond(request, 0xFF00, stepBytes(step));
    await peer.respond(request, 0x0000);
    await peer.untilTestEnds;
  };
  assertEquals(await bench.poll(having(s1, s2)), ["added S1", "added S2"]);
  bench.patience = "300ms";
  assertEquals((await bench.report(hanging(s1))).complete, true);
  assertEquals(await bench.poll(hanging(s1)), ["removed S2"]);
});

Deno.test("quirk 11: one match that cannot be decoded makes the poll incomplete, and hides no other", async () => {
  await using bench = new QuirkBench();
  assertEquals(await bench.poll(having(s1, s2)), ["added S1", "added S2"]);
  const damaged = stepBytes(s2).slice(0, -3);
  const moved = stepBytes({ ...s1, time: "0930" });
  const script = answering([damaged, moved, stepBytes({ id: "S3" })]);
  assertEquals(await bench.poll(script), [
    "changed S1 ScheduledProcedureStepStartTime",
    "added S3",
    "failed undecodable",
  ]);
  await bench.quiet(4, script);
  const report = await bench.report(script);
  assertEquals(report.failure?.words.startsWith("1 of 3 matches: "), true, report.failure?.words);
});

for (
  const [result, isRetriable] of [[2, true], [1, false]] as const
) {
  Deno.test(`quirk 16: a ${isRetriable ? "transient" : "permanent"} rejection is reported once, and removes nothing`, async () => {
    await using bench = new QuirkBench();
    assertEquals(await bench.poll(having(s1)), ["added S1"]);
    const rejecting: Script = async (peer) => {
      await peer.recv("A-ASSOCIATE-RQ");
      const source = isRetriable ? 3 : 1;
      const reason = isRetriable ? 2 : 7;
      await peer.send(Uint8Array.of(3, 0, 0, 0, 0, 4, 0, result, source, reason));
      await peer.untilClosed();
    };
    assertEquals(await bench.poll(rejecting), ["failed rejected"]);
    await bench.quiet(3, rejecting);
    assertEquals((await bench.report(rejecting)).isRetriable, isRetriable);
    assertEquals(await bench.poll(having(s1)), ["recovered rejected"]);
  });
}

const saysNothing: [what: string, match: Uint8Array | undefined][] = [
  ["without an Identifier", undefined],
  ["with an empty Identifier", new Uint8Array(0)],
  ["with a character set and nothing else", rawElement(0x00080005, "CS", "ISO_IR 100")],
  [
    "with empty attributes only",
    Uint8Array.of(
      ...rawElement(0x00100010, "PN", ""),
      ...rawSequence(0x00400100, [rawElement(0x00400009, "SH", "")]),
    ),
  ],
];

for (const [what, match] of saysNothing) {
  Deno.test(`quirk 26: a Pending response ${what} is a match that could not be read`, async () => {
    await using bench = new QuirkBench({ query: "removal: { confirm_polls: 1 }" });
    const bad: Script = async (peer) => {
      await peer.accept();
      const request = await peer.recvMessage();
      await peer.respond(request, 0xFF00, stepBytes(s1));
      await peer.respond(request, 0xFF00, match);
      await peer.respond(request, 0x0000);
      await peer.acceptRelease();
    };
    assertEquals(await bench.poll(having(s1, s2)), ["added S1", "added S2"]);
    assertEquals(await bench.poll(bad), ["failed undecodable"]);
    await bench.quiet(3, bad);
    assertEquals(bench.store.worklist.size, 2);
    assertEquals(await bench.poll(having(s1)), ["removed S2", "recovered undecodable"]);
  });
}

Deno.test("quirk 26: a list that was never filled gets no item from a response that says nothing", async () => {
  for (const [, match] of saysNothing) {
    await using bench = new QuirkBench();
    assertEquals(await bench.poll(answering([match ?? new Uint8Array(0)])), ["failed undecodable"]);
    assertEquals(bench.store.worklist.size, 0);
  }
});
