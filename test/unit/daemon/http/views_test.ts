import { assertEquals } from "@std/assert";
import { changeView } from "../../../../src/daemon/http/change_view.ts";
import { cellsOf, rowOf, valueText } from "../../../../src/daemon/http/item_rows.ts";
import { PollRing } from "../../../../src/daemon/http/poll_ring.ts";
import type { PollReport } from "../../../../src/daemon/poll/poll_report.ts";
import { eventWriter } from "../../../../src/worklist/event.ts";
import type { Item, PollRecord } from "../../../../src/worklist/journal/journal.ts";

const poll: PollRecord = {
  id: "p",
  started: "2026-11-27T08:00:00.000Z",
  matches: 1,
  complete: true,
};
const write = eventWriter(
  { query: "ct", peer: "ris", model: "worklist", noun: "worklist.item" },
  poll,
  "2026-11-27T08:00:01.000Z",
);

function item(name: string): Item {
  const json = JSON.stringify({
    "00080050": { vr: "SH", Value: ["A1"] },
    "00100010": { vr: "PN", Value: [{ Alphabetic: name }] },
    "00100020": { vr: "LO", Value: ["P1"] },
    "00100030": { vr: "DA", Value: ["19700131"] },
    "00400100": {
      vr: "SQ",
      Value: [{
        "00080060": { vr: "CS", Value: ["CT"] },
        "00400001": { vr: "AE", Value: ["CT1"] },
        "00400002": { vr: "DA", Value: ["20261127"] },
        "00400003": { vr: "TM", Value: ["083000"] },
        "00400007": { vr: "LO", Value: ["Head"] },
        "00400020": { vr: "CS", Value: ["ARRIVED"] },
      }],
    },
  });
  return {
    id: "{}",
    key: { StudyInstanceUID: "1.2" },
    subject: "k1-a",
    fingerprint: "0",
    json,
    characterSet: undefined,
    sequence: 3,
    configuration: 1,
  };
}

const cells = ["2026-11-27 08:30", "DOE, JANE", "P1", "1970-01-31", "A1", "CT1", "CT", "Head"];

Deno.test("rowOf() reads what people look for, and writes dates and names as people do", () => {
  assertEquals(rowOf(item("DOE^JANE"), 2), ["k1-a", 3, 2, ...cells, "ARRIVED"]);
});

Deno.test("cellsOf() takes what another model has, and nothing from an empty data set", () => {
  assertEquals(cellsOf({}), ["", "", "", "", "", "", "", "", ""]);
  const [when, , , , , station, , description] = cellsOf({
    "00404005": { Value: ["20261127093000"] },
    "00404025": { Value: [{ "00080100": { Value: ["XR7"] } }] },
    "00741204": { Value: ["Read"] },
  });
  assertEquals([when, station, description], ["2026-11-27 09:30", "XR7", "Read"]);
  assertEquals(cellsOf({ "00080020": { Value: ["odd"] } })[0], "odd");
});

Deno.test("valueText() shows all groups of a name", () => {
  const name = { Alphabetic: "Yamada^Tarou", Ideographic: "山田^太郎" };
  assertEquals(valueText(name), "Yamada, Tarou (山田, 太郎)");
  assertEquals(valueText({ Ideographic: "山田" }), "山田");
  assertEquals([valueText(null), valueText(4.5), valueText(" x ")], ["", "4.5", "x"]);
});

Deno.test("changeView() tells an added, a changed and a removed item, and what a poll did", () => {
  const before = item("DOE^JANE");
  const after = item("ROE^JANE");
  const added = changeView(write({ kind: "added", after: before }, 1), 1);
  assertEquals([added.change, added.subject, added.cells?.[1]], ["added", "k1-a", "DOE, JANE"]);
  const changes = [{
    path: "ScheduledProcedureStepSequence.ScheduledStationAETitle",
    tag: "0040010000400001",
    vr: "AE",
    before: ["CT1"],
    after: ["CT2", "CT3"],
  }];
  const changed = changeView(
    write({ kind: "changed", before, after, changes, kinds: ["station_moved"] }, 2),
    2,
  );
  assertEquals(changed.changes, [
    { attribute: "ScheduledStationAETitle", before: "CT1", after: "CT2\\CT3" },
  ]);
  assertEquals([changed.kinds, changed.cells?.[1]], [["station_moved"], "ROE, JANE"]);
  const evidence = { reason: "missing", polls: 2 } as const;
  const removed = changeView(write({ kind: "removed", before, evidence }, 3), 3);
  assertEquals(removed.words, "missing from 2 complete answers in a row");
  assertEquals(removed.cells?.[1], "DOE, JANE");
  const failed = changeView(write({ kind: "failed", reason: "unreachable", words: "gone" }, 4), 4);
  assertEquals([failed.words, failed.subject, failed.cells], ["gone", undefined, undefined]);
});

Deno.test("PollRing keeps a day of polls, and fewer of each where there are many queries", () => {
  const ring = new PollRing();
  const report = (query: string, second: number): void =>
    ring.report({
      query,
      started: new Date(second * 1000).toISOString(),
      durationMs: 12.4,
      matches: second,
      complete: second % 2 === 0,
    } as PollReport);
  for (let second = 0; second < 10_000; second++) report("a", second);
  const { started, result } = ring.of("a");
  assertEquals(started.length <= 2_880 * 1.1, true);
  assertEquals([started.at(-1), result.at(-1), result.at(-2)], [9_999, "incomplete", "complete"]);
  for (let query = 0; query < 2_000; query++) {
    for (let second = 0; second < 100; second++) report(`q${query}`, second);
  }
  assertEquals(ring.of("q1999").started.length <= 55, true);
  ring.keepOnly(new Map([["a", 1]]));
  assertEquals(ring.of("q1").started, []);
});
