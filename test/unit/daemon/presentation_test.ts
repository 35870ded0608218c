import { assertEquals } from "@std/assert";
import {
  counted,
  durationText,
  sayAll,
  sayEvidence,
  sayNotes,
  sayPeer,
  sayServe,
  saySink,
} from "../../../src/daemon/presentation.js";
import { heldStatus, presentMs } from "../../support/metric_source.ts";

Deno.test("a duration is said in one or two units", () => {
  const said = [
    -5,
    0,
    999,
    8_400,
    59_999,
    60_000,
    3_599_999,
    3_600_000,
    7_500_000,
    90_000_000,
    864e5,
  ];
  assertEquals(said.map(durationText), [
    "0 s",
    "0 s",
    "0 s",
    "8 s",
    "59 s",
    "1 min",
    "59 min",
    "1 h",
    "2 h 5 min",
    "1 d 1 h",
    "1 d",
  ]);
  assertEquals([counted(1, "query", "queries"), counted(0, "item")], ["1 query", "0 items"]);
});

Deno.test("a peer is said to answer, to fail since when and why, or not to have been asked", () => {
  const peer = { name: "ris", state: "answering", lastAnswer: "2026-11-27T08:57:08.000Z" } as const;
  assertEquals(sayPeer(peer, presentMs).sentence, "ris: answering, last 8 s ago");
  const failing = {
    name: "ris",
    state: "failing",
    failingSince: "2026-11-27T08:41:00.000Z",
    failure: "ris.example.org:104 refuses connections",
  } as const;
  assertEquals(sayPeer(failing, presentMs), {
    level: "red",
    sentence: "ris: failing for 16 min",
    reason: "ris.example.org:104 refuses connections",
  });
  assertEquals(sayPeer({ name: "ris", state: "unknown" }, presentMs).level, "amber");
});

Deno.test("a sink is green while it takes all, amber with dead letters, red when it fails", () => {
  const sink = { name: "hook", state: "running", backlog: 0, deadLetters: 0 } as const;
  assertEquals(saySink(sink, presentMs), {
    level: "green",
    sentence: "hook: nothing waits",
    reason: "",
  });
  assertEquals(saySink({ ...sink, deadLetters: 2 }, presentMs).level, "amber");
  assertEquals(saySink({ ...sink, state: "stopped", backlog: 1 }, presentMs), {
    level: "red",
    sentence: "hook: stopped, 1 event waits",
    reason: "",
  });
});

Deno.test("the whole is as its worst part, and lists what is not green, the worst first", () => {
  const { level, sentence, problems } = sayAll(heldStatus, presentMs);
  assertEquals(level, "red");
  assertEquals(sentence.startsWith("hook: failing"), true);
  assertEquals(problems.map((each) => each.level), ["red", "amber"]);
  const idle = { running: true, queries: [], peers: [], sinks: [] };
  assertEquals(sayAll(idle, presentMs).sentence, "0 queries: all is well");
});

Deno.test("evidence is said in words", () => {
  assertEquals(
    sayEvidence({
      reason: "missing",
      polls: 3,
      verified: { matches: 0, found: false },
      brake: "approved",
    }),
    "missing from 3 complete answers in a row; not found when asked for by its keys; " +
      "a person approved the loss",
  );
  assertEquals(
    sayEvidence({ reason: "window", polls: 1, unmatched: "ScheduledProcedureStepStartDate" }),
    "outside the keys of the query now (ScheduledProcedureStepStartDate)",
  );
  assertEquals(sayEvidence({ reason: "of-the-future", polls: 1 }), "of-the-future");
});

Deno.test("a removal of many items and what is odd about an answer are notes, whatever the colour", () => {
  const [query] = heldStatus.queries;
  assertEquals(query && sayNotes(query), []);
  const notes = query && sayNotes({
    ...query,
    massRemoval: { words: "9 of 12 items were removed at once" },
    lastPoll: { started: "2026-11-27T08:57:08.000Z", notes: ["a key is ignored"] },
  });
  assertEquals(notes, ["9 of 12 items were removed at once", "a key is ignored"]);
});

Deno.test("stations are said to have asked or not, and worklists to be fresh or stale", () => {
  assertEquals(sayServe(undefined, presentMs), []);
  const callers = [
    { aeTitle: "CT1", lastAsked: "2026-11-27T08:57:08.000Z", lastOutcome: "answered", matches: 12 },
    { aeTitle: "CT2", lastAsked: "2026-11-27T08:41:16.000Z", lastOutcome: "stale", matches: 0 },
    { aeTitle: "MR1" },
  ];
  const worklist = { name: "RAD", items: 12, ageMs: 8_000, whenStale: "serve", callers } as const;
  const said = (state: "fresh" | "stale" | "unknown" | "unavailable"): string[] =>
    sayServe(
      {
        listen: "0.0.0.0:11112",
        state: "listening",
        associations: 1,
        worklists: [{ ...worklist, state }],
      },
      presentMs,
    ).map(({ level, sentence, reason }) => `${level} ${sentence} ${reason}`.trim());
  assertEquals(said("fresh"), [
    "green 0.0.0.0:11112: 1 association open",
    "green RAD: fresh, 12 items, 8 s old",
    "green CT1: asked 8 s ago, 12 matches",
    "amber CT2: asked 16 min ago, 0 matches refused, because the worklist is stale",
    "amber MR1: has not asked since the start",
  ]);
  assertEquals(
    said("stale")[1],
    "amber RAD: stale, 12 items, 8 s old stations get the last believed items",
  );
  assertEquals(said("unavailable")[1]?.startsWith("red RAD: unavailable"), true);
  const failed = sayServe(
    {
      listen: ":104",
      state: "failed",
      problem: "permission denied",
      associations: 0,
      worklists: [],
    },
    presentMs,
  );
  assertEquals([failed[0]?.level, failed[0]?.reason], ["red", "permission denied"]);
});
