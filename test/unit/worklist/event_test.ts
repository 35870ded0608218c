import { assert, assertEquals } from "@std/assert";
import {
  cutAfter,
  cutBefore,
  eventWriter,
  type PendingEvent,
  sequenceOf,
} from "../../../src/worklist/event.ts";
import { queryFolder, queryOfFolder } from "../../../src/worklist/journal/state_folder.ts";
import { itemOf } from "../../support/memory_journal.ts";

const poll = {
  id: "p1",
  started: "2026-11-21T20:15:30.000Z",
  matches: 57,
  complete: true,
  status: "0000",
} as const;
const time = "2026-11-21T20:15:30.123Z";
const source = {
  query: "ct-today",
  peer: "ris",
  model: "worklist",
  noun: "worklist.item",
} as const;
const write = eventWriter(source, poll, time);

Deno.test("eventWriter() writes CloudEvents with the attributes in the order of the design", () => {
  const before = itemOf(1);
  const after = itemOf(1, { "00400002": { vr: "DA", Value: ["20261122"] } });
  const change = { path: "X", tag: "00400002", vr: "DA", before: [], after: ["20261122"] };
  const event: PendingEvent = {
    kind: "changed",
    before,
    after,
    changes: [change],
    kinds: ["rescheduled"],
  };
  const parsed = JSON.parse(write(event, 1234));
  assertEquals(Object.keys(parsed), [
    "specversion",
    "id",
    "source",
    "type",
    "time",
    "subject",
    "datacontenttype",
    "sequence",
    "data",
  ]);
  const { data, ...attributes } = parsed;
  assertEquals(attributes, {
    specversion: "1.0",
    id: "ct-today.0000000000001234",
    source: "/worklistd/ris/ct-today",
    type: "dicom.worklist.item.changed",
    time,
    subject: before.subject,
    datacontenttype: "application/json",
    sequence: "0000000000001234",
  });
  assertEquals(data, {
    query: "ct-today",
    peer: "ris",
    model: "worklist",
    key: after.key,
    poll,
    kinds: ["rescheduled"],
    changes: [change],
    before: JSON.parse(before.json),
    after: JSON.parse(after.json),
  });
});

Deno.test("eventWriter() writes events about polls without a subject", () => {
  const parsed = JSON.parse(write({ kind: "failed", reason: "rejected", words: "no" }, 1));
  assertEquals([parsed.type, parsed.subject], ["dicom.poll.failed", undefined]);
  assertEquals(parsed.data, {
    query: "ct-today",
    peer: "ris",
    model: "worklist",
    poll,
    reason: "rejected",
    words: "no",
  });
});

Deno.test("eventWriter() makes a URI reference of any names, and sequenceOf() reads any of its lines", () => {
  for (const query of ["ct-today[CT1]", 'a"b\\c', "CT Ä/1"]) {
    const line = eventWriter({ ...source, query, peer: "ris 1" }, poll, time)(
      { kind: "added", after: itemOf(1) },
      42,
    );
    const { id, source: uri } = JSON.parse(line);
    assertEquals(id, `${query}.0000000000000042`);
    assert(/^[\w\-.~%/]+$/.test(uri), uri);
    assertEquals(new URL(uri, "x:/").pathname, uri);
    assertEquals(sequenceOf(line, query), 42);
    assertEquals(sequenceOf(line, `${query}x`), undefined);
  }
  const line = write({ kind: "added", after: itemOf(1) }, 42);
  assertEquals([sequenceOf(line, "ct-today"), sequenceOf(line, "mr-today")], [42, undefined]);
  assertEquals(sequenceOf(line.replace("ct-today.00", "ct-today.x0"), "ct-today"), undefined);
  assertEquals(sequenceOf('{"commit":"0000000000000042"}', "ct-today"), undefined);
});

Deno.test("cutAfter() and cutBefore() cut data sets out of a line, whatever stands in them", () => {
  const hostile = ',"after":{ ,"before":{ ,"dataSet":{ }}}';
  const before = itemOf(1, { "00100020": { vr: "LO", Value: [hostile] } });
  const after = itemOf(1, { "00321060": { vr: "LO", Value: [hostile] } });
  const change = {
    path: hostile,
    tag: "00100020",
    vr: "SQ",
    before: [JSON.parse(after.json)],
    after: [hostile],
  };
  const changed = write({ kind: "changed", before, after, changes: [change], kinds: ["other"] }, 1);
  const cut = cutAfter(changed);
  assertEquals(cut?.json, after.json);
  assertEquals(JSON.parse(cut?.rest ?? "").data.key, after.key);
  assertEquals(cutBefore(changed), before.json);
  const removed = write({ kind: "removed", before, evidence: { reason: "missing", polls: 2 } }, 1);
  assertEquals([cutAfter(removed), cutBefore(removed)], [undefined, before.json]);
  const added = write({ kind: "added", after }, 1);
  assertEquals([cutAfter(added)?.json, cutBefore(added)], [after.json, undefined]);
});

Deno.test("queryFolder() names a folder that stays in its place, and queryOfFolder() is the way back", () => {
  for (
    const query of ["ct-today", "ct-today[CT1]", "../x", "..", "a/b\\c", "Ä%2F", ".hidden", "a b\0"]
  ) {
    const folder = queryFolder("state", query);
    assert(/^state\/queries\/[A-Za-z0-9\-_,=[\]%][A-Za-z0-9\-_.,=[\]%]*$/.test(folder), folder);
    assertEquals(queryOfFolder(folder.slice("state/queries/".length)), query);
  }
});
