import { assert, assertEquals, assertThrows } from "@std/assert";
import { DataSet, element } from "../../../../src/dicom/data_set.ts";
import { DicomDecodeError } from "../../../../src/dicom/errors.ts";
import { encodeJson } from "../../../../src/dicom/json/json.ts";
import { Tag } from "../../../../src/dicom/tag.ts";
import { TransferSyntax } from "../../../../src/dicom/uid.ts";
import type { Verification } from "../../../../src/worklist/judge/verification.ts";
import type { PollEnd } from "../../../../src/worklist/judge/reconciliation.ts";
import {
  dataSetOf,
  matchOf,
  plainConfiguration,
  PolledWorklist,
  type PollOptions,
  readable,
  type Step,
} from "../../../support/polled_worklist.ts";

function step(number: number, more: Step = {}): Step {
  return {
    study: `1.2.${number}`,
    step: `SPS${number}`,
    patient: `P${number}`,
    name: "DOE^JANE",
    date: "20261121",
    time: "0800",
    station: "CT1",
    ...more,
  };
}

function steps(count: number, more: Step = {}): Step[] {
  return Array.from({ length: count }, (_, index) => step(index + 1, more));
}

function keysOf(station: string | undefined, date?: string): DataSet {
  const keys = [
    ...(station ? [element(Tag.ScheduledStationAETitle, [station])] : []),
    ...(date ? [element(Tag.ScheduledProcedureStepStartDate, [date])] : []),
  ];
  return new DataSet([element(Tag.ScheduledProcedureStepSequence, [new DataSet(keys)])]);
}

const inParts: PollEnd = { ending: "complete", status: 0, parts: 2 };

const aborted: PollEnd = {
  ending: "failed",
  failure: { class: "aborted", words: "the peer aborted" },
};

Deno.test("reconcile() reports added items, changed items and, once confirmed, removed items", () => {
  const polled = new PolledWorklist();
  polled.poll(steps(3));
  const { taken } = polled.poll([step(1), step(2, { time: "0930" }), step(3)]);
  assertEquals(taken, []);
  polled.poll([step(1), step(2, { time: "0930" })]);
  assertEquals(polled.takeEvents(), ["added SPS1", "added SPS2", "added SPS3", "changed SPS2"]);
  const { events, verify } = polled.poll([step(1), step(2, { time: "0930" })]);
  const [event] = events;
  assert(event?.kind === "removed");
  assertEquals(event.evidence, { reason: "missing", polls: 2 });
  assertEquals(verify, []);
});

Deno.test("reconcile() waits for as many polls as are configured, however many", () => {
  const polled = new PolledWorklist();
  const rules = { confirmPolls: 5 };
  polled.poll(steps(2), { rules });
  polled.takeEvents();
  for (let round = 0; round < 4; round++) {
    assertEquals(polled.poll(steps(1), { rules }).counts.missing, 1);
  }
  assertEquals(polled.takeEvents(), []);
  assertEquals(polled.poll(steps(1), { rules }).counts.missing, 0);
  assertEquals(polled.takeEvents(), ["removed SPS2"]);
});

Deno.test("reconcile() reports no change for another order, padding, transfer syntax or duplicates", () => {
  const polled = new PolledWorklist();
  polled.poll(steps(5));
  polled.takeEvents();
  assertEquals(polled.poll([...steps(5).reverse(), ...steps(5)]).counts.duplicates, 5);
  polled.poll(steps(5, { name: "DOE^JANE^^^ " }));
  polled.pollMatches(
    steps(5).map((one) => matchOf(dataSetOf(one), TransferSyntax.ExplicitVrBigEndian)),
  );
  const { counts } = polled.poll([...steps(5), ...steps(5), ...steps(5, { name: "DOE^JANE^" })]);
  assertEquals(polled.takeEvents(), []);
  assertEquals(counts.duplicates, 10);
  assertEquals(counts.collisions, []);
});

Deno.test("reconcile() takes over another encoding at no cost, and recognises it from then on", () => {
  const polled = new PolledWorklist();
  polled.poll(steps(1));
  polled.takeEvents();
  const padded = matchOf(dataSetOf(step(1, { name: "DOE^JANE^^^" })));
  assertEquals(polled.pollMatches([padded]).taken, []);
  const decode = (): DataSet => {
    throw new Error("decoded again");
  };
  polled.pollMatches([{ ...padded, decode }]);
  assertEquals(polled.takeEvents(), []);
});

Deno.test("reconcile() takes a match that differs only in ignored attributes for a duplicate", () => {
  const polled = new PolledWorklist();
  const configuration = { ...plainConfiguration, ignore: ["AccessionNumber"] };
  polled.poll([step(1, { accession: "A1" })], { configuration });
  const after = step(1, { accession: "A2" });
  polled.poll([after], { configuration });
  assertEquals(polled.takeEvents(), ["added SPS1"]);
  const { counts } = polled.poll([after, { ...after, name: "DOE^JANE^^" }], { configuration });
  assertEquals(polled.takeEvents(), []);
  assertEquals(counts.duplicates, 1);
});

Deno.test("reconcile() reports a value that comes back", () => {
  const polled = new PolledWorklist();
  for (const time of ["0800", "0930", "0800", "0930"]) polled.poll([step(1, { time })]);
  assertEquals(polled.takeEvents(), ["added SPS1", "changed SPS1", "changed SPS1", "changed SPS1"]);
});

Deno.test("reconcile() does not take the same bytes in another transfer syntax for the same", () => {
  const polled = new PolledWorklist();
  const match = matchOf(dataSetOf(step(1)));
  polled.pollMatches([match]);
  const other = matchOf(dataSetOf(step(2)), TransferSyntax.ExplicitVrLittleEndian);
  polled.pollMatches([{ ...other, bytes: match.bytes, decode: other.decode }]);
  assertEquals(polled.takeEvents(), ["added SPS1", "added SPS2", "suspect brake"]);
});

Deno.test("reconcile() counts the misses of an item again from 0 after it was seen", () => {
  const polled = new PolledWorklist();
  polled.poll(steps(2));
  for (let round = 0; round < 3; round++) {
    polled.poll(steps(1));
    polled.poll(steps(2));
  }
  polled.poll(steps(1));
  polled.poll(steps(2), { end: aborted });
  polled.poll(steps(1));
  assertEquals(polled.takeEvents().filter((one) => one.startsWith("removed")), []);
});

Deno.test("reconcile() adds and changes by an incomplete answer, and never removes", () => {
  const polled = new PolledWorklist();
  polled.poll(steps(3));
  polled.takeEvents();
  for (let round = 0; round < 10; round++) {
    polled.poll([step(1, { time: "0930" }), step(4)], { end: aborted });
  }
  assertEquals(polled.takeEvents(), ["changed SPS1", "added SPS4", "failed aborted"]);
  polled.poll(steps(1, { time: "0930" }));
  assertEquals(polled.takeEvents(), ["recovered aborted"]);
});

Deno.test("reconcile() makes an answer with an undecodable match incomplete", () => {
  const polled = new PolledWorklist();
  polled.poll(steps(3));
  polled.takeEvents();
  for (let round = 0; round < 3; round++) {
    const { poll, counts } = polled.pollMatches([matchOf(dataSetOf(step(1))), undecodable()]);
    assertEquals([poll.complete, poll.failure?.class, counts.undecodable], [
      false,
      "undecodable",
      1,
    ]);
  }
  assertEquals(polled.takeEvents(), ["failed undecodable"]);
});

Deno.test("reconcile() distinguishes items that no longer match the keys from missing ones", () => {
  const polled = new PolledWorklist();
  polled.poll([step(1), step(2, { date: "20261122" })], {
    keys: keysOf("CT1", "20261121-20261122"),
  });
  polled.takeEvents();
  const { events } = polled.poll([step(2, { date: "20261122" })], {
    keys: keysOf("CT1", "20261122-20261123"),
  });
  const [event] = events;
  assert(event?.kind === "left_window");
  assertEquals(event.evidence, {
    reason: "window",
    polls: 1,
    unmatched: "ScheduledProcedureStepSequence.ScheduledProcedureStepStartDate",
  });
  assertEquals(events.length, 1);
});

Deno.test("reconcile() misses nothing that comes as it was when the window moves on, and reads it once", () => {
  const polled = new PolledWorklist();
  const rules = { confirmPolls: 1 };
  const match = matchOf(dataSetOf(step(1)));
  let decoded = 0;
  const decode = (): DataSet => {
    decoded++;
    return match.decode();
  };
  const keys = keysOf("CT1", "20261121-20261122");
  polled.pollMatches([match], { keys: keysOf("CT1", "20261120-20261121") });
  polled.takeEvents();
  for (let round = 0; round < 3; round++) {
    const { counts } = polled.pollMatches([{ ...match, decode }], { keys, rules });
    assertEquals([counts.missing, counts.removed, counts.rejected], [0, 0, 0]);
  }
  assertEquals([polled.takeEvents(), decoded], [[], 1]);
});

Deno.test("reconcile() lets nothing leave that it cannot decode when the window moves on", () => {
  const polled = new PolledWorklist();
  const match = matchOf(dataSetOf(step(1)));
  polled.pollMatches([match], { keys: keysOf("CT1", "20261121") });
  polled.takeEvents();
  const { decode } = undecodable();
  const keys = keysOf("CT1", "20261122");
  const { counts } = polled.pollMatches([{ ...match, decode }], { keys });
  assertEquals([counts.undecodable, polled.takeEvents()], [1, ["failed undecodable"]]);
});

Deno.test("reconcile() takes no fault of our own for one of the peer", () => {
  const decode = (): DataSet => {
    throw new TypeError("a fault of our own");
  };
  const polled = new PolledWorklist();
  assertThrows(() => polled.pollMatches([{ ...undecodable(), decode }]), TypeError);
});

Deno.test("reconcile() counts the changes of a poll", () => {
  const polled = new PolledWorklist();
  const rules = { confirmPolls: 1 };
  const names = (count: number): Step[] => steps(count, { name: "ROE^JOHN" });
  polled.poll([...steps(4), step(8, { date: "20261122" })], {
    keys: keysOf("CT1", "20261121-20261122"),
  });
  const { counts } = polled.poll(
    [...names(2), step(3), step(5), step(6), step(6, { patient: "P7" }), step(7)],
    { keys: keysOf("CT1", "20261121"), rules },
  );
  assertEquals([counts.added, counts.changed, counts.removed, counts.leftWindow], [4, 2, 1, 1]);
  assertEquals([counts.taken, counts.collisions.length], [0, 1]);
  const others = new PolledWorklist().poll(steps(3), { keys: keysOf("CT2") });
  assertEquals([others.counts.added, others.counts.rejected], [0, 3]);
  const silent = new PolledWorklist().poll(steps(3), { initial: "silent" });
  assertEquals([silent.counts.added, silent.counts.taken], [0, 3]);
});

Deno.test("reconcile() keeps the counts it knows over an answer in parts that was not cut", () => {
  const polled = new PolledWorklist();
  polled.worklist.setPollState({ ...polled.worklist.pollState, counts: { limits: [100] } });
  polled.poll(steps(3), { end: inParts });
  assertEquals(polled.worklist.pollState.counts, { limits: [100] });
});

Deno.test("reconcile() distinguishes yesterday's items from missing ones without recheck", () => {
  const polled = new PolledWorklist();
  polled.poll([step(1), step(2)], { keys: keysOf("CT1", "20261121"), recheck: false });
  polled.takeEvents();
  const tomorrow = { keys: keysOf("CT1", "20261122"), recheck: false };
  polled.poll([], tomorrow);
  assertEquals(polled.takeEvents(), []);
  polled.poll([], tomorrow);
  assertEquals(polled.takeEvents(), ["left_window SPS1", "left_window SPS2"]);
});

Deno.test("reconcile() knows dates, times and moments that move on, wherever they stand", () => {
  const yesterday: [tag: number, value: string, key: string][] = [
    [0x0008_0020, "20261121", "20261122"], // Study Date
    [0x0008_0030, "0800", "090000-"], // Study Time
    [0x0040_4005, "20261121080000", "20261122"], // Scheduled Procedure Step Start DateTime
  ];
  for (const [tag, value, key] of yesterday) {
    const polled = new PolledWorklist();
    const study = new DataSet([element(tag, [value]), element(Tag.StudyInstanceUID, ["1.2"])]);
    polled.pollMatches([matchOf(study)], { recheck: false });
    const later = { keys: new DataSet([element(tag, [key])]), recheck: false };
    for (let round = 0; round < 2; round++) polled.poll([], later);
    assertEquals(polled.takeEvents().map((one) => one.split(" ")[0]), ["added", "left_window"]);
  }
});

Deno.test("reconcile() removes an item that a peer returned outside the window, and then no longer", () => {
  const polled = new PolledWorklist();
  const options = { keys: keysOf(undefined, "20261120"), recheck: false };
  for (const count of [2, 1, 1]) polled.poll(steps(count), options);
  assertEquals(polled.takeEvents(), ["added SPS1", "added SPS2", "removed SPS2"]);
});

Deno.test("reconcile() does not take an item's leaving of the window from an incomplete answer", () => {
  const polled = new PolledWorklist();
  polled.poll(steps(1), { keys: keysOf("CT1", "20261121") });
  polled.takeEvents();
  polled.poll([], { keys: keysOf("CT1", "20261122"), end: aborted });
  assertEquals(polled.takeEvents(), ["failed aborted"]);
  // The step was moved to the new day while answers were incomplete.
  polled.poll([step(1, { date: "20261122" })], { keys: keysOf("CT1", "20261122") });
  assertEquals(polled.takeEvents(), ["changed SPS1", "recovered aborted"]);
});

Deno.test("reconcile() drops matches that do not match the keys, once and again", () => {
  const polled = new PolledWorklist();
  const keys = keysOf("CT1");
  const answer = [step(1), step(2, { station: "CT2" })];
  const first = polled.poll(answer, { keys });
  const second = polled.poll(answer, { keys });
  assertEquals([first.counts.rejected, second.counts.rejected], [1, 1]);
  assertEquals(polled.takeEvents(), ["added SPS1"]);
  polled.poll(answer, { keys, recheck: false });
  assertEquals(polled.takeEvents(), ["added SPS2"]);
});

Deno.test("reconcile() reports the move of an item that a peer that ignores keys still returns", () => {
  const polled = new PolledWorklist();
  const keys = keysOf("CT1");
  polled.poll(steps(2), { keys });
  polled.takeEvents();
  const moved = [step(1), step(2, { station: "CT2" })];
  const { events } = polled.poll(moved, { keys });
  assertEquals(polled.takeEvents(), ["changed SPS2", "left_window SPS2"]);
  const left = events[1];
  assert(left?.kind === "left_window");
  assertEquals(left.evidence, {
    reason: "found-elsewhere",
    polls: 1,
    unmatched: "ScheduledProcedureStepSequence.ScheduledStationAETitle",
  });
  polled.poll(moved, { keys });
  polled.poll(steps(2), { keys });
  assertEquals(polled.takeEvents(), ["added SPS2"]);
});

Deno.test("reconcile() does not take an item that left as it was for another of the same identity", () => {
  const polled = new PolledWorklist();
  const jane = step(1, { patient: "4711", name: "DOE^JANE", date: "20261121" });
  const john = step(1, { patient: "4712", name: "ROE^JOHN", date: "20261122" });
  polled.poll([jane, john], { keys: keysOf("CT1", "20261121") });
  assertEquals(polled.takeEvents(), ["added SPS1"]);
  polled.poll([jane, john], { keys: keysOf("CT1", "20261122") });
  assertEquals(polled.takeEvents(), ["added SPS1#2", "left_window SPS1"]);
});

Deno.test("reconcile() does not add another patient's step of a known identity that was not asked for", () => {
  const polled = new PolledWorklist();
  const jane = step(1, { patient: "4711", name: "DOE^JANE" });
  const john = step(1, { patient: "4712", name: "ROE^JOHN", station: "CT2" });
  for (const answer of [[jane], [jane, john], [john, jane]]) {
    polled.poll(answer, { keys: keysOf("CT1") });
  }
  assertEquals(polled.takeEvents(), ["added SPS1"]);
});

Deno.test("reconcile() remembers rejected matches, over incomplete answers too", () => {
  const polled = new PolledWorklist();
  const options = { keys: keysOf("CT1") };
  const elsewhere = matchOf(dataSetOf(step(2, { station: "CT2" })));
  polled.pollMatches([elsewhere], options);
  const decode = (): DataSet => {
    throw new Error("decoded again");
  };
  polled.pollMatches([], { ...options, end: aborted });
  const { counts } = polled.pollMatches([{ ...elsewhere, decode }], options);
  assertEquals(counts.rejected, 1);
});

Deno.test("reconcile() keeps an item that moved away in an incomplete answer until a complete one", () => {
  const polled = new PolledWorklist();
  const keys = keysOf("CT1");
  polled.poll(steps(2), { keys });
  polled.takeEvents();
  const moved = [step(1), step(2, { station: "CT2" })];
  polled.poll(moved, { keys, end: aborted });
  assertEquals(polled.takeEvents(), ["changed SPS2", "failed aborted"]);
  polled.poll(moved, { keys });
  assertEquals(polled.takeEvents(), ["left_window SPS2", "recovered aborted"]);
});

/** Removals of steps, in the order of the worklist. */
function removals(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => `removed SPS${first + index}`);
}

Deno.test("reconcile() holds the loss of more than the brake allows until enough polls agree", () => {
  const polled = new PolledWorklist();
  polled.poll(steps(12));
  polled.takeEvents();
  const held = polled.poll([]);
  assertEquals(held.suspect?.reason, "brake");
  assertEquals(
    held.suspect?.words,
    "12 of 12 items are missing at once: nothing is removed until 3 complete polls agree " +
      "(1 so far, for 0s) or the loss is approved",
  );
  polled.poll([]);
  assertEquals(polled.takeEvents(), ["suspect brake"]);
  const { events } = polled.poll([]);
  assertEquals(events.length, 12);
  const [event] = events;
  assert(event?.kind === "removed");
  assertEquals(event.evidence, { reason: "missing", polls: 3, brake: "confirmed" });
});

Deno.test("reconcile() waits long for the items still missing after most of a great loss came back", () => {
  const polled = new PolledWorklist();
  polled.poll(steps(12));
  polled.takeEvents();
  polled.poll([]);
  polled.poll([]);
  // A third is still missing: the peer may be starting.
  for (let round = 0; round < 29; round++) polled.poll(steps(8));
  assertEquals(polled.takeEvents(), ["suspect brake"]);
  polled.poll(steps(8));
  assertEquals(polled.takeEvents(), removals(9, 12));
});

/** One poll per word: `all`, the first so many of them, or `fail:N` for N matches and then a failure. */
function outage(items: number, words: string, options: PollOptions = {}): string[] {
  const polled = new PolledWorklist();
  for (const word of words.split(" ")) {
    const count = word === "all" ? items : Number(word.replace("fail:", ""));
    polled.poll(steps(count), word.startsWith("fail:") ? { ...options, end: aborted } : options);
  }
  return polled.takeEvents().filter((one) => /^(removed|left)/.test(one));
}

Deno.test("reconcile() removes no item that a peer returns again after an outage", () => {
  for (const brakeHoldMs of [0, 900_000]) {
    const options = { rules: { brakeHoldMs } };
    for (
      const words of [
        "all 0 0 23 0 all",
        "all 0 0 50 50 50 50 0 all",
        "all 0 0 fail:50 fail:50 0 all",
        "all 0 0 fail:50 0 0 all",
        "all 0 0 23 0 0 all",
        "all 0 9 21 all",
        "all 25 35 35 0 35 35 all",
        "all 40 fail:50 40 all",
      ]
    ) assertEquals(outage(60, words, options), [], words);
    assertEquals(outage(9, "all 0 0 all", options), []);
    assertEquals(outage(1, "all 0 0 all", options), []);
  }
});

Deno.test("reconcile() holds the loss of all items for as long as brake_hold says, by the monotonic clock", () => {
  const polled = new PolledWorklist();
  const rules = { brakeHoldMs: 900_000 };
  const minutes = (count: number): PollOptions => ({ rules, monotonicMs: 1000 + count * 60_000 });
  polled.poll(steps(9), minutes(0));
  polled.takeEvents();
  for (const minute of [1, 2, 3, 15]) polled.poll([], minutes(minute));
  assertEquals(polled.takeEvents(), ["suspect brake"]);
  polled.poll([], minutes(16));
  assertEquals(polled.takeEvents(), removals(1, 9));
  assertEquals(polled.worklist.pollState.massRemoval, {
    time: "2026-11-21T12:00:01.000Z",
    removed: 9,
    items: 9,
    cause: "confirmed",
    polls: 3,
    heldMs: 900_000,
  });
});

Deno.test("reconcile() lets a clock that is set ahead shorten no hold", () => {
  const polled = new PolledWorklist();
  const rules = { brakeHoldMs: 900_000 };
  polled.poll(steps(9), { rules });
  for (let poll = 1; poll <= 5; poll++) {
    polled.poll([], { rules, monotonicMs: poll * 1000, started: `2026-11-2${poll}T18:00:00.000Z` });
  }
  assertEquals(polled.worklist.size, 9);
});

Deno.test("reconcile() removes under the brake only items that all agreeing polls missed", () => {
  const polled = new PolledWorklist();
  polled.poll(steps(12));
  polled.poll(steps(2));
  polled.poll(steps(2));
  polled.takeEvents();
  polled.poll(steps(1));
  assertEquals(polled.takeEvents().length, 10);
  assertEquals(polled.worklist.size, 2);
});

Deno.test("reconcile() brakes again at a great loss right after one that was believed", () => {
  const polled = new PolledWorklist();
  polled.poll(steps(40));
  for (let round = 0; round < 3; round++) polled.poll(steps(15));
  assertEquals(polled.takeEvents().slice(40), ["suspect brake", ...removals(16, 40)]);
  for (let round = 0; round < 2; round++) polled.poll(steps(2));
  assertEquals(polled.takeEvents(), ["suspect brake"]);
  polled.poll(steps(2));
  assertEquals(polled.takeEvents(), removals(3, 15));
});

Deno.test("reconcile() uses an approval up with the loss it was given for", () => {
  const polled = new PolledWorklist();
  polled.poll(steps(40));
  polled.poll(steps(15));
  const { pollState } = polled.worklist;
  polled.worklist.setPollState({
    ...pollState,
    brake: { polls: 1, loss: 25, heldMs: 0, approved: true },
  });
  const { events: [event] } = polled.poll(steps(2));
  assert(event?.kind === "removed");
  assertEquals(event.evidence, { reason: "missing", polls: 2, brake: "approved" });
  assertEquals(polled.takeEvents().slice(40), ["suspect brake", ...removals(16, 40)]);
  polled.poll(steps(2));
  assertEquals(polled.takeEvents(), ["suspect brake"]);
});

Deno.test("reconcile() does not count incomplete polls for the brake", () => {
  const polled = new PolledWorklist();
  polled.poll(steps(12));
  polled.poll([]);
  polled.takeEvents();
  for (let round = 0; round < 5; round++) polled.poll([], { end: aborted });
  polled.poll([]);
  assertEquals(polled.takeEvents(), ["failed aborted", "recovered aborted"]);
  polled.poll([]);
  assertEquals(polled.takeEvents().length, 12);
});

Deno.test("reconcile() has no brake for windows that move on, nor for short worklists", () => {
  const polled = new PolledWorklist();
  polled.poll(steps(20), { keys: keysOf("CT1", "20261121") });
  polled.takeEvents();
  for (let round = 0; round < 2; round++) polled.poll([], { keys: keysOf("CT1", "20261122") });
  assertEquals(
    new Set(polled.takeEvents().map((one) => one.split(" ")[0])),
    new Set(["left_window"]),
  );
  polled.poll(steps(9));
  polled.poll(steps(1));
  polled.takeEvents();
  polled.poll(steps(1));
  assertEquals(polled.takeEvents(), removals(2, 9));
});

Deno.test("reconcile() brakes by the items that are still asked for, not by those that left", () => {
  const polled = new PolledWorklist();
  const tomorrow = steps(22).slice(11).map((one) => ({ ...one, date: "20261122" }));
  const both = { keys: keysOf("CT1", "20261121-20261122") };
  const next = { keys: keysOf("CT1", "20261122") };
  polled.poll([...steps(11), ...tomorrow], both);
  polled.takeEvents();
  // Of eleven that are still asked for, six are missing.
  polled.poll(tomorrow.slice(6), next);
  const first = polled.takeEvents();
  assertEquals(first.filter((one) => one.startsWith("left_window")).length, 11);
  assertEquals(first.at(-1), "suspect brake");
  polled.poll(tomorrow.slice(6), next);
  assertEquals(polled.takeEvents(), []);
});

Deno.test("reconcile() brakes by the items that can be known again, not by those that are dropped", () => {
  const polled = new PolledWorklist();
  const by = (identity: string): typeof plainConfiguration => ({
    ...plainConfiguration,
    requested: [identity, "PatientName"],
    identity: [identity],
  });
  polled.poll(steps(20, { patient: "" }), { configuration: by("StudyInstanceUID") });
  const patients = steps(12, { study: "" });
  const configuration = by("PatientID");
  polled.poll(patients, { configuration, end: aborted });
  polled.takeEvents();
  polled.poll(patients.slice(7), { configuration });
  assertEquals(polled.takeEvents(), ["recovered aborted", "suspect brake"]);
  assertEquals(polled.worklist.size, 12);
});

Deno.test("reconcile() removes nothing when the count repeats a round number", () => {
  const polled = new PolledWorklist();
  polled.poll(steps(99));
  polled.poll(steps(100));
  polled.takeEvents();
  const capped = [...steps(99), step(200)];
  polled.poll(capped);
  assertEquals(polled.takeEvents(), ["added SPS200", "suspect limit"]);
  for (let round = 0; round < 5; round++) polled.poll(capped);
  assertEquals(polled.takeEvents(), []);
  // With another number the answer is believed again.
  polled.poll([...capped, step(201)]);
  assertEquals(polled.takeEvents(), ["added SPS201"]);
  polled.poll([...capped, step(201), step(202)]);
  assertEquals(polled.takeEvents(), ["added SPS202", "removed SPS100"]);
});

Deno.test("reconcile() removes nothing when a peer that sent more begins to cut", () => {
  for (const confirmPolls of [1, 2]) {
    const polled = new PolledWorklist();
    const rules = { confirmPolls };
    polled.poll(steps(130), { rules });
    polled.takeEvents();
    polled.poll(steps(100), { rules });
    assertEquals(polled.takeEvents(), []);
    for (let round = 0; round < 5; round++) polled.poll(steps(100), { rules });
    assertEquals(polled.takeEvents(), ["suspect limit"]);
    polled.poll(steps(130), { rules });
    assertEquals(polled.takeEvents(), []);
    polled.poll(steps(100), { rules });
    assertEquals(polled.takeEvents(), []);
    for (let round = 0; round < confirmPolls; round++) polled.poll(steps(129), { rules });
    assertEquals(polled.takeEvents(), ["removed SPS130"]);
  }
});

Deno.test("reconcile() does not suspect the count of an answer that is incomplete anyway", () => {
  const polled = new PolledWorklist();
  for (let round = 0; round < 2; round++) polled.poll(steps(100));
  polled.takeEvents();
  assertEquals(polled.poll(steps(100), { end: aborted }).suspect, undefined);
  assertEquals(polled.takeEvents(), ["failed aborted"]);
});

Deno.test("reconcile() removes nothing when the count repeats the limit of the query", () => {
  const polled = new PolledWorklist();
  polled.poll(steps(14));
  polled.takeEvents();
  for (let round = 0; round < 5; round++) polled.poll(steps(12), { limit: 12 });
  assertEquals(polled.takeEvents(), ["suspect limit"]);
});

Deno.test("reconcile() brakes at once when a great loss leaves a round number of items", () => {
  const polled = new PolledWorklist();
  polled.poll(steps(300));
  polled.takeEvents();
  polled.poll(steps(100));
  assertEquals(polled.takeEvents(), ["suspect brake"]);
  const brake = { polls: 0, loss: 200, heldMs: 0 };
  assertEquals(polled.worklist.pollState.brake, brake);
  for (let round = 0; round < 5; round++) polled.poll(steps(100));
  assertEquals(polled.takeEvents(), ["suspect limit"]);
  // What a limit may have cut neither agrees that they are gone nor says that they are there.
  assertEquals(polled.worklist.pollState.brake, brake);
});

Deno.test("reconcile() lets items outside the keys leave although a limit may have cut", () => {
  const polled = new PolledWorklist();
  const today = { keys: keysOf("CT1", "20261121") };
  const tomorrow = { keys: keysOf("CT1", "20261122") };
  const next = steps(100).map((step) => ({ ...step, study: "2.9", date: "20261122" }));
  for (let round = 0; round < 2; round++) polled.poll(steps(100), today);
  polled.takeEvents();
  polled.poll(next, tomorrow);
  const left = polled.takeEvents().filter((one) => one.startsWith("left_window"));
  assertEquals(left.length, 100);
  assertEquals(polled.worklist.size, 100);
});

Deno.test("reconcile() remembers the count at which a peer cut an answer that parts complete", () => {
  const polled = new PolledWorklist();
  for (let round = 0; round < 2; round++) polled.poll(steps(100));
  polled.poll(steps(240), { end: { ...inParts, cutAt: 100 } });
  polled.poll(steps(90));
  assertEquals(polled.worklist.pollState.counts.limits, [100]);
  const { suspect } = polled.poll(steps(100));
  assertEquals(suspect?.reason, "limit");
});

Deno.test("reconcile() believes a round count that is put together of whole parts", () => {
  const polled = new PolledWorklist();
  for (let round = 0; round < 3; round++) polled.poll(steps(100), { end: inParts });
  const { suspect } = polled.poll(steps(100), { end: inParts });
  assertEquals(suspect, undefined);
});

Deno.test("reconcile() counts the overlap of parts once, and not as duplicates", () => {
  const polled = new PolledWorklist();
  const twice = [...steps(3), ...steps(2)];
  const inOne = polled.decide(twice.map((step) => matchOf(dataSetOf(step))));
  assertEquals([inOne.poll.matches, inOne.counts.duplicates], [5, 2]);
  const merged = polled.poll(twice, { end: inParts });
  assertEquals([merged.poll.matches, merged.counts.duplicates], [3, 0]);
});

Deno.test("reconcile() removes items that whole parts lack, even at a count at which the peer cuts", () => {
  const polled = new PolledWorklist();
  const end = { ...inParts, cutAt: 100 };
  polled.poll(steps(101), { end });
  polled.takeEvents();
  for (let round = 0; round < 2; round++) polled.poll(steps(100), { end });
  assertEquals(polled.takeEvents(), ["removed SPS101"]);
});

Deno.test("reconcile() asks for missing items first if that is configured", () => {
  const polled = new PolledWorklist();
  const rules = { verify: true };
  polled.poll(steps(2));
  polled.poll(steps(1), { rules });
  const { verify } = polled.poll(steps(1), { rules });
  assertEquals(verify.map(({ key }) => key["ScheduledProcedureStepID"]), ["SPS2"]);
  const busy = { answered: false, why: "the peer is busy" } as const;
  const { unverified } = polled.poll(steps(1), { rules, verify: () => busy });
  assertEquals(unverified, "1 missing item stays, unverified: the peer is busy");
  polled.takeEvents();
  const { events } = polled.poll(steps(1), {
    rules,
    verify: () => ({
      answered: true,
      keys: ["StudyInstanceUID"],
      matches: [matchOf(dataSetOf(step(7)))],
    }),
  });
  const [event] = events;
  assert(event?.kind === "removed");
  assertEquals(event.evidence.verified, { keys: ["StudyInstanceUID"], matches: 1, found: false });
});

Deno.test("reconcile() asks for all missing items at each poll, beginning with another one", () => {
  const polled = new PolledWorklist();
  const options = { rules: { verify: true, confirmPolls: 1 } };
  const firsts = new Set<string | undefined>();
  polled.poll(steps(5));
  for (let poll = 0; poll < 4; poll++) {
    const { verify } = polled.poll(steps(1), options);
    assertEquals(new Set(verify.map(({ id }) => id)).size, 4);
    firsts.add(verify[0]?.id);
  }
  assertEquals(firsts.size, 4);
});

Deno.test("reconcile() changes nothing while nobody answers for a missing item", () => {
  const polled = new PolledWorklist();
  const unanswered: PollOptions = {
    rules: { verify: true },
    verify: () => ({ answered: false, why: "down" }),
  };
  polled.poll(steps(12));
  for (let round = 0; round < 3; round++) polled.poll(steps(11), unanswered);
  polled.takeEvents();
  const { missed, counts } = polled.poll(steps(11), unanswered);
  assertEquals([missed.size, counts.missing], [0, 1]);
  // The brake holds it too, however often it was missed before.
  polled.poll([]);
  assertEquals(polled.takeEvents(), ["suspect brake"]);
  assertEquals(polled.worklist.size, 12);
});

Deno.test("reconcile() keeps items whose targeted answer cannot be decoded, and says so", () => {
  const polled = new PolledWorklist();
  const rules = { verify: true, confirmPolls: 1 };
  const verify = (): Verification => ({ answered: true, keys: [], matches: [undecodable()] });
  polled.poll(steps(3));
  polled.takeEvents();
  const { counts, unverified } = polled.poll(steps(1), { rules, verify });
  assertEquals([polled.takeEvents(), counts.missing], [[], 2]);
  assertEquals(unverified, "2 missing items stay, unverified: the answer cannot be decoded");
  const decode = (): DataSet => {
    throw new TypeError("a fault of our own");
  };
  const broken = { ...undecodable(), decode };
  assertThrows(
    () =>
      polled.poll(steps(1), {
        rules,
        verify: () => ({ answered: true, keys: [], matches: [broken] }),
      }),
    TypeError,
  );
});

Deno.test("reconcile() does not brake again for items of a believed loss that wait to be verified", () => {
  const polled = new PolledWorklist();
  const rules = { verify: true };
  const gone: Verification = { answered: true, keys: [], matches: [] };
  const down: Verification = { answered: false, why: "down" };
  let answers = 0;
  const verify = (): Verification => answers++ < 5 ? gone : down;
  polled.poll(steps(20));
  for (let round = 0; round < 3; round++) {
    answers = 0;
    polled.poll([], { rules, verify });
  }
  assertEquals(polled.takeEvents()[20], "suspect brake");
  assertEquals(polled.worklist.size, 15);
  assertEquals(polled.poll([], { rules, verify: () => gone }).counts.removed, 15);
  assertEquals(polled.takeEvents().includes("suspect brake"), false);
});

Deno.test("reconcile() does not brake again for items that it could not ask for in one poll", () => {
  const polled = new PolledWorklist();
  const options: PollOptions = {
    rules: { verify: true },
    verify: () => ({ answered: true, keys: [], matches: [] }),
  };
  polled.poll(steps(150));
  for (let round = 0; round < 3; round++) polled.poll([], options);
  const counts = [polled.worklist.size, polled.poll([], options).counts.removed];
  assertEquals(counts, [50, 50]);
  assertEquals(polled.takeEvents().filter((one) => one.startsWith("suspect")).length, 1);
});

Deno.test("reconcile() counts the misses of an item from 0 after a targeted question found it", () => {
  const polled = new PolledWorklist();
  const rules = { verify: true };
  const [here, there] = [matchOf(dataSetOf(step(1))), matchOf(dataSetOf(step(2)))];
  const verify = (): Verification => ({ answered: true, keys: [], matches: [there] });
  polled.poll(steps(2));
  polled.takeEvents();
  const asked: number[] = [];
  for (let round = 0; round < 4; round++) {
    asked.push(polled.decide([here], { rules }).verify.length);
    const { observations } = polled.pollMatches([here], { rules, verify });
    assertEquals(observations.encodings, []);
  }
  assertEquals(asked, [0, 1, 0, 1]);
  assertEquals(polled.takeEvents(), []);
});

Deno.test("reconcile() reports an item that a targeted question found elsewhere", () => {
  const polled = new PolledWorklist();
  const keys = keysOf("CT1", "20261121");
  const rules = { verify: true, confirmPolls: 1 };
  polled.poll(steps(2), { keys });
  polled.takeEvents();
  const moved = matchOf(dataSetOf(step(2, { date: "20261128", time: "1100" })));
  const { events } = polled.poll(steps(1), {
    keys,
    rules,
    verify: () => ({ answered: true, keys: [], matches: [moved] }),
  });
  assertEquals(events.map(readable), ["changed SPS2", "left_window SPS2"]);
  const [changed, left] = events;
  assert(changed?.kind === "changed" && left?.kind === "left_window");
  assertEquals(changed.kinds, ["rescheduled"]);
  assertEquals(left.before, changed.after);
  assertEquals(left.evidence, {
    reason: "found-elsewhere",
    polls: 1,
    unmatched: "ScheduledProcedureStepSequence.ScheduledProcedureStepStartDate",
    verified: { keys: [], matches: 1, found: true },
  });
  assertEquals(polled.worklist.size, 1);
});

Deno.test("reconcile() does not take another item of the same identity for the one asked for", () => {
  const polled = new PolledWorklist();
  const rules = { verify: true, confirmPolls: 1 };
  const jane = step(1, { patient: "4711", name: "DOE^JANE" });
  const john = step(1, { patient: "4712", name: "ROE^JOHN" });
  polled.poll([jane, john]);
  polled.takeEvents();
  const renamed = { ...john, name: "ROE^JOHN^A" };
  const matches = [matchOf(dataSetOf(renamed))];
  const { events } = polled.poll([renamed], {
    rules,
    verify: () => ({ answered: true, keys: [], matches }),
  });
  assertEquals(events.map(({ kind }) => kind), ["changed", "removed"]);
  const [, removed] = events;
  assert(removed?.kind === "removed");
  assertEquals(removed.before.json, encodeJson(dataSetOf(jane)));
});

Deno.test("reconcile() distinguishes an item it asks for from another that changed in this poll", () => {
  const polled = new PolledWorklist();
  const rules = { verify: true, confirmPolls: 1 };
  const missing = step(1, { accession: "A1" });
  const other = step(1, { accession: "A2", name: "DOE^J", time: "1000", station: "CT2" });
  polled.poll([missing, other]);
  polled.takeEvents();
  const moved = { ...other, station: "CT1" };
  const renamed = matchOf(dataSetOf({ ...moved, name: "DOE^JANE" }));
  const { events } = polled.poll([moved], {
    rules,
    verify: () => ({ answered: true, keys: [], matches: [renamed] }),
  });
  assertEquals(events.map(({ kind }) => kind), ["changed", "removed"]);
  const [, removed] = events;
  assert(removed?.kind === "removed");
  assertEquals(removed.before.json, encodeJson(dataSetOf(missing)));
});

Deno.test("reconcile() keeps an item that a targeted question found where it was", () => {
  const polled = new PolledWorklist();
  const rules = { verify: true, confirmPolls: 1 };
  polled.poll(steps(2));
  polled.takeEvents();
  const there = matchOf(dataSetOf(step(2, { time: "0930" })));
  polled.poll(steps(1), { rules, verify: () => ({ answered: true, keys: [], matches: [there] }) });
  assertEquals(polled.takeEvents(), ["changed SPS2"]);
  polled.poll([step(1), step(2, { time: "0930" })]);
  assertEquals(polled.takeEvents(), []);
});

Deno.test("reconcile() takes over the items of the first complete poll silently if configured", () => {
  const polled = new PolledWorklist();
  polled.poll(steps(1), { initial: "silent", end: aborted });
  polled.poll(steps(3), { initial: "silent" });
  polled.poll(steps(4), { initial: "silent" });
  assertEquals(polled.takeEvents(), ["failed aborted", "recovered aborted", "added SPS4"]);
  polled.poll([], { initial: "silent", end: aborted });
  polled.poll(steps(5), { initial: "silent" });
  assertEquals(polled.takeEvents(), ["failed aborted", "added SPS5", "recovered aborted"]);
});

Deno.test("reconcile() records the end and the counts of a poll", () => {
  const polled = new PolledWorklist();
  const started = "2026-11-21T12:00:00.000Z";
  const whole = polled.poll(steps(2));
  assertEquals(whole.poll, { id: "p1", started, matches: 2, complete: true, status: "0000" });
  assertEquals(whole.counts.duplicates, 0);
  const failure = { class: "refused", words: "out of resources" } as const;
  const refused = polled.poll([], { end: { ending: "failed", status: 0xA700, failure } });
  assertEquals(refused.poll, {
    id: "p2",
    started,
    matches: 0,
    complete: false,
    status: "A700",
    failure,
  });
  const broken = polled.pollMatches([undecodable()]);
  assertEquals(broken.poll, {
    id: "p3",
    started,
    matches: 1,
    complete: false,
    status: "0000",
    failure: {
      class: "undecodable",
      words: `1 of 1 matches: ${decodeError.message}`,
    },
  });
});

Deno.test("reconcile() reports polls only when their state changes", () => {
  const polled = new PolledWorklist();
  const refused: PollEnd = {
    ending: "failed",
    status: 0xA700,
    failure: { class: "refused", words: "out of resources" },
  };
  for (const end of [aborted, aborted, refused, aborted]) polled.poll([], { end });
  polled.poll([]);
  polled.poll([]);
  assertEquals(polled.takeEvents(), ["failed aborted", "failed refused", "recovered refused"]);
});

Deno.test("reconcile() changes nothing until it is committed, and can be asked again", () => {
  const polled = new PolledWorklist();
  polled.poll(steps(2));
  const before = JSON.stringify([...polled.worklist.entries()].map(({ item }) => item));
  const input = polled.inputFor([matchOf(dataSetOf(step(1, { time: "0930" })))]);
  const decided = polled.decide([matchOf(dataSetOf(step(1, { time: "0930" })))]);
  assertEquals(decided.events.map(readable), ["changed SPS1"]);
  assertEquals(input.worklist.size, 2);
  assertEquals(JSON.stringify([...polled.worklist.entries()].map(({ item }) => item)), before);
});

const decodeError = new DicomDecodeError("data set", "the length is beyond the end", { offset: 4 });

function undecodable(): ReturnType<typeof matchOf> {
  const bytes = Uint8Array.of(0x10, 0x00, 0x20, 0x00, 0xFF, 0xFF, 0x00, 0x00);
  return {
    bytes,
    transferSyntaxUid: TransferSyntax.ImplicitVrLittleEndian,
    decode(): DataSet {
      throw decodeError;
    },
  };
}

Deno.test("reconcile() adds nothing aloud while items are known by an identity that nobody can link", () => {
  const polled = new PolledWorklist();
  const by = (...identity: string[]): typeof plainConfiguration => ({
    ...plainConfiguration,
    requested: [...identity, "PatientName"],
    identity,
  });
  const studies = steps(3, { patient: "" });
  polled.poll(studies, { configuration: by("StudyInstanceUID") });
  polled.takeEvents();
  const configuration = by("PatientID");
  const patients = steps(3, { study: "" });
  polled.poll(patients.slice(0, 1), { configuration, end: aborted });
  polled.poll(patients, { configuration });
  assertEquals(polled.takeEvents(), ["failed aborted", "recovered aborted"]);
  assertEquals(polled.worklist.size, 3);
});

Deno.test("reconcile() does not explain a loss by keys that did not hold the items off before", () => {
  const polled = new PolledWorklist();
  const first = { keys: keysOf("CT2", "20261121"), recheck: false };
  polled.poll(steps(20), first);
  polled.takeEvents();
  const next = { keys: keysOf("CT2", "20261121-20261122"), recheck: false };
  polled.poll(steps(20), next);
  assertEquals(polled.takeEvents(), []);
  polled.poll([], next);
  assertEquals(polled.takeEvents(), ["suspect brake"]);
});

Deno.test("reconcile() does not explain a loss by keys without dates, not even after a start", () => {
  const polled = new PolledWorklist();
  const first = { keys: keysOf("CT2", "20261121"), recheck: false };
  polled.poll(steps(20), first);
  polled.takeEvents();
  polled.poll([], { ...first, keys: keysOf("CT2", "20261121-20261122") });
  assertEquals(polled.takeEvents(), ["suspect brake"]);
});

Deno.test("reconcile() asks for other missing items each time if too many wait for an answer", () => {
  const polled = new PolledWorklist();
  const options = { rules: { verify: true, confirmPolls: 1, brakePolls: 1 } };
  polled.poll(steps(151), options);
  const asked = new Set<string>();
  for (let poll = 0; poll < 3; poll++) {
    const { verify } = polled.poll(steps(1), options);
    assertEquals(verify.length, 100);
    for (const { id } of verify) asked.add(id);
  }
  assertEquals(asked.size, 150);
});

Deno.test("reconcile() does not believe an answer that repeats matches while items are missing", () => {
  const polled = new PolledWorklist();
  polled.poll(steps(10));
  polled.takeEvents();
  assertEquals(polled.worklist.pollState.held, undefined);
  const overwritten = [...steps(7), step(7), step(7), step(7)];
  for (let round = 0; round < 20; round++) polled.poll(overwritten);
  assertEquals(polled.worklist.pollState.held, 3);
  assertEquals(polled.takeEvents(), ["suspect duplicates"]);
  polled.poll(steps(10));
  for (let round = 0; round < 2; round++) polled.poll(steps(9));
  assertEquals(polled.takeEvents(), ["removed SPS10"]);
});

Deno.test("reconcile() removes missing items of a peer that always repeats the same matches, over restarts too", () => {
  const polled = new PolledWorklist();
  polled.poll([...steps(10), step(1), step(1)]);
  polled.takeEvents();
  for (let round = 0; round < 2; round++) polled.poll([...steps(9), step(1), step(1)]);
  assertEquals(polled.takeEvents(), ["removed SPS10"]);
  const twice = new PolledWorklist();
  twice.poll([...steps(10), ...steps(10)]);
  twice.takeEvents();
  const next = [...steps(9), step(11), step(12)];
  for (let round = 0; round < 2; round++) {
    twice.poll([...next, ...next], { verify: () => ({ answered: true, keys: [], matches: [] }) });
  }
  assertEquals(twice.takeEvents(), ["added SPS11", "added SPS12", "removed SPS10"]);
});

Deno.test("reconcile() removes items that single questions prove missing from an answer with repetitions", () => {
  const polled = new PolledWorklist();
  const rules = { verify: true };
  polled.poll(steps(4));
  polled.takeEvents();
  const there = matchOf(dataSetOf(step(4)));
  const verify = (
    { ScheduledProcedureStepID: id }: Readonly<Record<string, string>>,
  ): Verification => ({
    answered: true,
    keys: [],
    matches: id === "SPS4" ? [there] : [],
  });
  for (let round = 0; round < 2; round++) {
    polled.poll([...steps(2), step(2), step(2)], { rules, verify });
  }
  assertEquals(polled.takeEvents(), ["suspect duplicates", "removed SPS3"]);
});

Deno.test("reconcile() takes no count for a limit because repetitions took the place of items", () => {
  const polled = new PolledWorklist();
  const rules = { verify: true };
  polled.poll(steps(12));
  polled.takeEvents();
  let gone = "";
  const verify = (
    { ScheduledProcedureStepID: id }: Readonly<Record<string, string>>,
  ): Verification => ({
    answered: true,
    keys: [],
    matches: id === gone ? [] : [matchOf(dataSetOf(step(Number(id?.slice(3)))))],
  });
  // 12 matches as before: one came, and two stand in the place of others.
  const overwritten = [...steps(9), step(13), step(9), step(9)];
  for (let round = 0; round < 2; round++) polled.poll(overwritten, { rules, verify });
  gone = "SPS10";
  const honest = [...steps(9), step(11), step(12), step(13)];
  for (let round = 0; round < 2; round++) polled.poll(honest, { rules, verify });
  assertEquals(polled.takeEvents().filter((one) => !one.startsWith("suspect")), [
    "added SPS13",
    "removed SPS10",
  ]);
});

Deno.test("reconcile() lets nothing leave the window by a clock that is doubted", () => {
  const today = { keys: keysOf("CT1", "20261121") };
  for (const [started, date] of [["2099-01-01", "20990101"], ["1970-01-01", "19700101"]] as const) {
    const wrong = { keys: keysOf("CT1", date), started: `${started}T00:00:00.000Z` };
    // Peers that heed the keys, and peers that do not.
    for (const answer of [[], steps(20)]) {
      const polled = new PolledWorklist();
      polled.poll(steps(20), today);
      polled.takeEvents();
      for (let round = 0; round < 5; round++) polled.poll(answer, wrong);
      assertEquals(polled.takeEvents(), ["suspect clock"]);
      polled.poll(steps(20), today);
      polled.poll(steps(19), today);
      polled.poll(steps(19), today);
      assertEquals(polled.takeEvents(), ["removed SPS20"]);
    }
  }
});

Deno.test("reconcile() removes missing items under a doubted clock if no date explains them", () => {
  const polled = new PolledWorklist();
  polled.poll(steps(20));
  polled.takeEvents();
  const wrong = { started: "2099-01-01T00:00:00.000Z" };
  for (let round = 0; round < 2; round++) polled.poll(steps(19), wrong);
  assertEquals(polled.takeEvents(), ["removed SPS20"]);
});

/** Orders whose Study Instance UIDs the peer makes anew for each answer. */
function renewed(count: number, answer: number, more: Step = {}): Step[] {
  return steps(count, more).map((one, index) => ({
    ...one,
    study: `2.25.${answer}.${index}`,
    accession: `A${index}`,
  }));
}

Deno.test("reconcile() adds no copies for Study Instance UIDs that are new in each answer", () => {
  const polled = new PolledWorklist();
  polled.poll(renewed(30, 0));
  polled.takeEvents();
  const held = polled.poll(renewed(30, 1), {
    configuration: { ...plainConfiguration, ignore: ["RetrieveAETitle", "OtherPatientIDs"] },
  });
  assertEquals(
    held.suspect?.words,
    "30 of 30 matches are known items with another StudyInstanceUID, which the peer seems to generate for each " +
      "answer: they are not added, and nothing is removed. If that goes on, put two lines into the query: " +
      '"identity: [AccessionNumber, ScheduledProcedureStepSequence.ScheduledProcedureStepID]" and ' +
      '"ignore: [OtherPatientIDs, StudyInstanceUID]". If they are really new, approve them',
  );
  for (let answer = 2; answer < 8; answer++) polled.poll(renewed(30 - answer, answer));
  assertEquals([polled.takeEvents(), polled.worklist.size], [["suspect identity"], 30]);
  // One that was rescheduled meanwhile is no copy either.
  const [first, ...others] = renewed(30, 9);
  polled.poll([{ ...first, time: "1015" }, ...others]);
  assertEquals([polled.takeEvents(), polled.worklist.size], [[], 30]);
  // The two lines cure it.
  const configuration = {
    ...plainConfiguration,
    identity: ["AccessionNumber", "ScheduledProcedureStepSequence.ScheduledProcedureStepID"],
    ignore: ["StudyInstanceUID"],
  };
  for (let answer = 10; answer < 14; answer++) {
    polled.poll(renewed(29, answer), { configuration });
  }
  assertEquals([polled.takeEvents(), polled.worklist.size], [["removed SPS30"], 29]);
});

Deno.test("reconcile() adds items that come again under the same new Study Instance UID", () => {
  const polled = new PolledWorklist();
  polled.poll(renewed(3, 0));
  polled.takeEvents();
  for (let round = 0; round < 2; round++) {
    polled.poll([...renewed(2, 0), ...renewed(3, 1).slice(2)]);
  }
  assertEquals(polled.takeEvents(), ["suspect identity", "added SPS3"]);
});

Deno.test("reconcile() hints at an attribute that changes in every item at every poll", () => {
  const polled = new PolledWorklist();
  const at = (hour: number): Step[] => steps(5, { time: `1${hour}00` });
  const hints = [0, 1, 2, 3, 4].map((hour) => polled.poll(at(hour)).hint);
  const path = "ScheduledProcedureStepSequence.ScheduledProcedureStepStartTime";
  const words =
    `${path} changes in every item at every poll: if that says nothing about the items, ` +
    `put into the query: "ignore: [${path}]"`;
  assertEquals(hints, [undefined, undefined, undefined, words, words]);
  assertEquals(polled.takeEvents().filter((one) => one.startsWith("suspect")), [
    "suspect identity",
  ]);
  assertEquals(polled.poll(at(4)).hint, undefined);
});

/** The first so many of the steps from a number on: what a peer returns that always cuts there. */
function cut(first: number, count: number): Step[] {
  return Array.from({ length: count }, (_, index) => step(first + index));
}

Deno.test("reconcile() removes nothing that a constant cut at an odd number pushed off the end", () => {
  const polled = new PolledWorklist();
  const world = new Map(cut(1, 100).map((one) => [one.step, one]));
  const verify = (
    { ScheduledProcedureStepID: id = "" }: Readonly<Record<string, string>>,
  ): Verification => ({
    answered: true,
    keys: [],
    matches: [world.get(id)].flatMap((one) => one ? [matchOf(dataSetOf(one))] : []),
  });
  polled.poll(cut(60, 40), { verify });
  polled.takeEvents();
  // One comes at the front, one is pushed off at the end; nothing changes; and so on.
  for (const first of [59, 59, 58, 57, 57, 57, 56, 55]) polled.poll(cut(first, 40), { verify });
  assertEquals(polled.takeEvents().filter((one) => !one.startsWith("added")), ["suspect limit"]);
  assertEquals(polled.worklist.pollState.counts.limits, [40]);
});

Deno.test("reconcile() holds removals without the proof of a single question while a count stays the same", () => {
  const polled = new PolledWorklist();
  const ignoresKeys = (): Verification => ({
    answered: true,
    keys: [],
    matches: [matchOf(dataSetOf(step(1)))],
  });
  polled.poll(cut(60, 40), { verify: ignoresKeys });
  polled.takeEvents();
  for (const first of [59, 58, 57]) polled.poll(cut(first, 40), { verify: ignoresKeys });
  assertEquals(polled.takeEvents().filter((one) => !one.startsWith("added")), ["suspect limit"]);
});

Deno.test("reconcile() removes the step that another replaced once a single question does not find it", () => {
  const polled = new PolledWorklist();
  const verify = (): Verification => ({ answered: true, keys: ["StudyInstanceUID"], matches: [] });
  polled.poll(steps(20));
  polled.takeEvents();
  const next = [...steps(19), step(21)];
  for (let round = 0; round < 2; round++) polled.poll(next, { verify });
  assertEquals(polled.takeEvents(), ["added SPS21", "removed SPS20"]);
});

Deno.test("reconcile() knows the cut that parts showed although asking in parts did not help", () => {
  const polled = new PolledWorklist();
  polled.poll(steps(11));
  polled.takeEvents();
  const failure = { class: "limited", words: "even the shortest part has 11 matches" } as const;
  polled.poll(steps(30), { end: { ending: "failed", failure, cutAt: 11 } });
  for (let round = 0; round < 5; round++) polled.poll(steps(11));
  assertEquals(polled.worklist.size, 30);
  assertEquals(polled.takeEvents().filter((one) => !one.startsWith("added")), [
    "failed limited",
    "recovered limited",
    "suspect limit",
  ]);
});
