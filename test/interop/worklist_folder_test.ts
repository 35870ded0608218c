import { assertEquals } from "@std/assert";
import { encodeJson } from "../../src/dicom/json/json.ts";
import { decodePart10 } from "../../src/dicom/part10.ts";
import type { Item } from "../../src/worklist/journal/journal.ts";
import { DeliveryBench, TemporaryFolder } from "../support/delivery_bench.ts";
import { interopTest, startWlmscpfs } from "../support/foreign.ts";
import { itemOf, MemoryJournal } from "../support/memory_journal.ts";
import {
  answersOf,
  characterSetCount,
  everything,
  writeEachCharacterSet,
} from "../support/worklist_answers.ts";

/** The worklist files of a folder as items, as a poll would have them. */
async function itemsOf(folder: string): Promise<Item[]> {
  const items: Item[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".wl")) continue;
    const { dataSet } = decodePart10(await Deno.readFile(`${folder}/${name}`));
    const characterSet = dataSet.characterSet.join("\\") || undefined;
    const { subject } = itemOf(items.length);
    items.push({
      ...itemOf(items.length),
      id: name,
      subject,
      json: encodeJson(dataSet),
      characterSet,
    });
  }
  return items;
}

function uidIn(dump: string): string | undefined {
  return /\(0020,000d\) UI \[(.*?)\]/.exec(dump)?.[1];
}

function titlesIn(dump: string): ReadonlySet<string> {
  const values = [...dump.matchAll(/\(0040,0001\) AE \[(.*?) *\]/g)].map(([, value]) =>
    value ?? ""
  );
  return new Set(values.flatMap((value) => value.split("\\")));
}

interopTest(
  "wlmscpfs serves from our folder what it serves from its own sample",
  ["dcmtk", "dcmtk-samples"],
  async () => {
    await using original = await startWlmscpfs({ args: ["-csk"] });
    await using ours = await startWlmscpfs({ samples: false, args: ["-csk"] });
    await using state = new TemporaryFolder();
    await using bench = new DeliveryBench(state.path);
    const journal = new MemoryJournal();
    await bench.open({ wl: { type: "worklist-folder", path: `${ours.folder}/OFFIS` } }, journal);
    journal.takeOver(...await itemsOf(`${original.folder}/OFFIS`));
    await bench.drained();
    const expected = await answersOf(original, "OFFIS", everything);
    assertEquals(expected.length, 10);
    assertEquals(await answersOf(ours, "OFFIS", everything), expected);
  },
);

interopTest(
  "wlmscpfs serves a folder for each station, and follows our changes",
  ["dcmtk", "dcmtk-samples"],
  async () => {
    await using original = await startWlmscpfs();
    await using ours = await startWlmscpfs({ samples: false, args: ["-csk"] });
    await using state = new TemporaryFolder();
    await using bench = new DeliveryBench(state.path);
    const journal = new MemoryJournal();
    const path = `${ours.folder}/\${ScheduledStationAETitle}`;
    await bench.open({ wl: { type: "worklist-folder", path } }, journal);
    const items = await itemsOf(`${original.folder}/OFFIS`);
    journal.takeOver(...items);
    await bench.drained();
    const stations = [...Deno.readDirSync(ours.folder)].map(({ name }) => name);
    const served = await Promise.all(stations.map(async (station) => {
      const answers = await answersOf(ours, station, ["0040,0100[0].0040,0001", "0020,000D"]);
      return answers.map((answer) =>
        `${station} ${uidIn(answer)} ${titlesIn(answer).has(station)}`
      );
    }));
    const own = (await answersOf(original, "OFFIS", ["0040,0100[0].0040,0001", "0020,000D"]))
      .flatMap((answer) => [...titlesIn(answer)].map((title) => `${title} ${uidIn(answer)} true`));
    assertEquals(served.flat().sort(), own.sort());

    for (const before of items.slice(1)) {
      const evidence = { reason: "missing", polls: 2 } as const;
      journal.commit(bench.clock.now(), { kind: "removed", before, evidence });
    }
    await bench.drained();
    const left = await Promise.all(
      stations.map((station) => answersOf(ours, station, ["0020,000D"])),
    );
    assertEquals(new Set(left.flat().map(uidIn)).size, 1);
  },
);

interopTest(
  "wlmscpfs serves names in every character set from our folder as from the original",
  ["dcmtk", "pynetdicom"],
  async () => {
    await using original = await startWlmscpfs({ samples: false, args: ["-csk"] });
    await using ours = await startWlmscpfs({ samples: false, args: ["-csk"] });
    await writeEachCharacterSet(`${original.folder}/OFFIS`);
    await using state = new TemporaryFolder();
    await using bench = new DeliveryBench(state.path);
    const journal = new MemoryJournal();
    await bench.open({ wl: { type: "worklist-folder", path: `${ours.folder}/OFFIS` } }, journal);
    journal.takeOver(...await itemsOf(`${original.folder}/OFFIS`));
    await bench.drained();
    const expected = await answersOf(original, "OFFIS", everything);
    assertEquals(expected.length, characterSetCount);
    assertEquals(await answersOf(ours, "OFFIS", everything), expected);
  },
);
