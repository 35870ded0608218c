import { assertEquals, assertThrows } from "@std/assert";
import {
  cutDataSet,
  goneLine,
  itemFrom,
  parseSnapshotItem,
  snapshotItemLine,
  takenLine,
} from "../../../../src/worklist/journal/item_line.ts";
import type { Item } from "../../../../src/worklist/journal/journal.ts";
import { itemOf } from "../../../support/memory_journal.ts";

/** In its key and in its data set stands what looks like the border between both. */
const hostile = ',"dataSet":{ "}},';
const item: Item = {
  ...itemOf(1, { "00100020": { vr: "LO", Value: [hostile, "Ä"] } }),
  key: { PatientID: hostile },
  id: JSON.stringify({ PatientID: hostile }),
  characterSet: "ISO_IR 100",
  sequence: 7,
  configuration: 3,
};
const encode = (line: string): Uint8Array => new TextEncoder().encode(line);

Deno.test("snapshotItemLine() writes all of an item, and parseSnapshotItem() is the way back", () => {
  for (const missed of [0, 1, 2]) {
    for (const one of [item, { ...item, characterSet: undefined }]) {
      const line = snapshotItemLine(one, missed);
      assertEquals(parseSnapshotItem(encode(line)), { item: one, missed });
      assertEquals("missed" in JSON.parse(line), missed > 0);
    }
  }
});

Deno.test("parseSnapshotItem() does not make up an item that has no data set", () => {
  const line = takenLine({ item, keepsDataSet: true });
  assertThrows(() => parseSnapshotItem(encode(line)), SyntaxError, "it has no data set");
});

Deno.test("takenLine() has what is new of an item, and a data set only if that is new", () => {
  const whole = cutDataSet(takenLine({ item, isNew: true, keepsDataSet: false }));
  assertEquals(itemFrom(whole.head, whole.json ?? ""), item);
  assertEquals([whole.head.new, whole.head.was, whole.head.gone], [true, undefined, undefined]);
  const was = { PatientID: "1" };
  const kept = cutDataSet(takenLine({ item, was, keepsDataSet: true }));
  assertEquals([kept.json, kept.head.new, kept.head.was], [undefined, undefined, was]);
});

Deno.test("goneLine() marks an item as gone, with its last state", () => {
  const { head, json } = cutDataSet(goneLine(item));
  assertEquals([head.gone, head.key, json], [true, item.key, item.json]);
});
