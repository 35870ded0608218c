import { assertEquals } from "@std/assert";
import { decodePart10 } from "../../../src/dicom/part10.ts";
import { listDeadLetters } from "../../../src/deliver/dead_letters.ts";
import type { SinkOptions } from "../../../src/deliver/sinks/sink_types.ts";
import { DeliveryBench, TemporaryFolder } from "../../support/delivery_bench.ts";
import { settle } from "../../support/fake_clock.ts";
import { HttpReceiver } from "../../support/http_receiver.ts";
import { added, changed, MemoryJournal, removed } from "../../support/memory_journal.ts";
import { PowerCut } from "../../support/power_cut.ts";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

function sinksIn(folder: string, url: string): Record<string, SinkOptions> {
  const rotate = { sizeBytes: 900, keep: 20, compress: true };
  return {
    changes: { type: "ndjson", path: `${folder}/out/changes.ndjson`, rotate },
    current: { type: "snapshot", path: `${folder}/out/current.json` },
    stations: { type: "worklist-folder", path: `${folder}/wl` },
    hook: { type: "webhook", url, secrets: [secret], batch: { maxEvents: 2, maxWaitMs: 0 } },
  };
}

/** Commits a little story in steps; each step waits until the sinks have it. */
async function tell(bench: DeliveryBench, journal: MemoryJournal): Promise<void> {
  const { clock } = bench;
  journal.commit(clock.now(), added(1), added(2));
  await bench.drained();
  journal.commit(clock.now(), changed(1, "ScheduledProcedureStepStartDate", "1", "2"), removed(2));
  await bench.drained();
}

/** All lines of the event files, the oldest first. */
async function eventsIn(folder: string): Promise<string[]> {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
    /^changes\.ndjson(\.\d+)?(\.gz)?$/.test(name)
  );
  const numberOf = (name: string): number => Number(/\.(\d+)/.exec(name)?.[1] ?? 0);
  names.sort((a, b) => numberOf(b) - numberOf(a));
  const texts = await Promise.all(names.map(async (name) => {
    if (names.includes(`${name}.gz`)) return "";
    const { readable } = await Deno.open(`${folder}/${name}`);
    const plain = name.endsWith(".gz")
      ? readable.pipeThrough(new DecompressionStream("gzip"))
      : readable;
    return await new Response(plain).text();
  }));
  return texts.flatMap((text) => text.split("\n").slice(0, -1));
}

/** Whatever a reader could find at any moment must be whole. */
async function requireWhole(folder: string): Promise<void> {
  for (const { name } of readFolder(`${folder}/wl`)) {
    if (name.endsWith(".wl")) decodePart10(await Deno.readFile(`${folder}/wl/${name}`));
  }
  for (const { name } of readFolder(`${folder}/out`)) {
    if (name === "current.json") JSON.parse(await Deno.readTextFile(`${folder}/out/${name}`));
  }
  for (const { name } of readFolder(`${folder}/state/sinks`)) {
    if (name.endsWith(".json")) {
      JSON.parse(await Deno.readTextFile(`${folder}/state/sinks/${name}`));
    }
  }
}

function readFolder(path: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(path)];
  } catch {
    return [];
  }
}

/** Plays the story with a power cut, then goes on; tells how many file operations there were. */
async function survive(at: number): Promise<number> {
  await using folder = new TemporaryFolder();
  await using receiver = new HttpReceiver();
  receiver.answer = ({ ids }) => new Response(null, { status: ids.length > 1 ? 204 : 422 });
  const journal = new MemoryJournal("q");
  const sinks = sinksIn(folder.path, receiver.url);
  await Deno.mkdir(`${folder.path}/out`);
  await using first = new DeliveryBench(`${folder.path}/state`);
  await first.open(sinks, journal);
  await first.drained();
  let count = 0;
  {
    using cut = new PowerCut(at);
    await Promise.race([tell(first, journal), cut.happened]);
    await settle();
    await first.close().catch(() => {});
    count = cut.count;
  }
  await requireWhole(folder.path);

  await using second = new DeliveryBench(`${folder.path}/state`, first.clock);
  await second.open(sinks, journal);
  journal.commit(first.clock.now(), added(4), added(5));
  await second.drained();
  await second.close();
  await requireWhole(folder.path);
  const committed = (await journal.read(0, 100)).map(({ line }) => line);
  assertEquals(await eventsIn(`${folder.path}/out`), committed);
  const items = [...journal.items()].map(({ subject }) => subject).sort();
  const files = readFolder(`${folder.path}/wl`).flatMap(({ name }) =>
    /k1-\w+/.exec(name)?.[0] ?? []
  );
  assertEquals(files.sort(), items);
  const snapshot = JSON.parse(await Deno.readTextFile(`${folder.path}/out/current.json`));
  assertEquals(snapshot.items.map(({ subject }: { subject: string }) => subject).sort(), items);
  const dead = await listDeadLetters(`${folder.path}/state`, "hook");
  const told = new Set([...receiver.ids, ...dead.map(({ id }) => id)]);
  assertEquals(told.size, committed.length);
  return count;
}

Deno.test("a power cut at any file operation loses nothing and tears nothing", async () => {
  let operations = Infinity;
  for (let at = 1; at <= operations; at++) {
    try {
      const count = await survive(at);
      if (count < at) operations = count;
    } catch (error) {
      throw new Error(`after a power cut at file operation ${at}`, { cause: error });
    }
  }
  assertEquals(operations > 30, true);
});
