import { assertEquals } from "@std/assert";
import { type CloudEvent, parseEvent } from "../../../src/deliver/cloud_event.ts";
import { coalesce } from "../../../src/deliver/coalesce.ts";
import type { DicomJson } from "../../../src/dicom/json/json.ts";
import { parseKeyPath } from "../../../src/query/key_path.ts";
import type { PendingEvent } from "../../../src/worklist/event.ts";
import type { Item } from "../../../src/worklist/journal/journal.ts";
import { kindsOf } from "../../../src/worklist/judge/change_kind.ts";
import { diffItems } from "../../../src/worklist/judge/diff.ts";
import {
  added,
  changed,
  itemOf,
  left,
  MemoryJournal,
  removed,
} from "../../support/memory_journal.ts";
import { SeededRandom } from "../../support/seeded_random.ts";

const date = "ScheduledProcedureStepStartDate";

async function coalesced(...events: readonly PendingEvent[]): Promise<CloudEvent[]> {
  const journal = new MemoryJournal("q");
  journal.commit(Temporal.Instant.from("2026-11-21T12:00:00Z"), ...events);
  return coalesce((await journal.read(0, 100)).map(({ line }) => parseEvent(line)));
}

function outline(events: readonly CloudEvent[]): string[] {
  return events.map(({ id, type, data }) => {
    const changes = (data.changes ?? []).map(({ before, after }) => `${before}>${after}`);
    return [id.replaceAll(/0{8,}/g, ""), type.split(".").at(-1), ...changes].join(" ");
  });
}

function dateIn(item: unknown): unknown {
  const element = (item as Record<string, { readonly Value: readonly unknown[] }>)["00400002"];
  return element?.Value[0];
}

const story = (...values: readonly string[]): PendingEvent[] =>
  values.slice(1).map((value, at) => changed(1, date, values[at] ?? "", value));

for (
  const [what, events, expected] of [
    ["leaves single events alone", [added(1), added(2), removed(3)], [
      "q.1 added",
      "q.2 added",
      "q.3 removed",
    ]],
    ["merges changes into one", story("a", "b", "c"), ["q.1-2 changed a>c"]],
    ["tells nothing where the last change undoes the first", story("a", "b", "a"), []],
    ["adds an item as it is after its changes", [added(1), ...story("a", "b")], ["q.1-2 added"]],
    ["tells nothing of an item that came and went", [added(1), ...story("a", "b"), removed(1)], []],
    ["removes an item without its last changes", [...story("a", "b"), removed(1)], [
      "q.1-2 removed",
    ]],
    [
      "begins a new story when an item returns",
      [removed(1), added(1), ...story("a", "b")],
      ["q.1 removed", "q.2-3 added"],
    ],
    [
      "begins a new story when an item returns that left its window",
      [...story("a", "b"), left(1), added(1), ...story("b", "c")],
      ["q.1-2 left_window", "q.3-4 added"],
    ],
    [
      "keeps the order of the last sources",
      [changed(1, date, "a", "b"), added(2), changed(1, date, "b", "c")],
      ["q.2 added", "q.1-3 changed a>c"],
    ],
  ] as const
) {
  Deno.test(`coalesce() ${what}`, async () => {
    assertEquals(outline(await coalesced(...events)), [...expected]);
  });
}

Deno.test("coalesce() names its sources and keeps the first before and the last after", async () => {
  const [event] = await coalesced(...story("a", "b", "c", "d"));
  assertEquals(event?.data.sources, [
    "q.0000000000000001",
    "q.0000000000000002",
    "q.0000000000000003",
  ]);
  assertEquals(event?.sequence, "0000000000000003");
  assertEquals(event?.data.kinds, ["rescheduled"]);
  assertEquals(dateIn(event?.data.before), "a");
  assertEquals(dateIn(event?.data.after), "d");
});

Deno.test("coalesce() names no kind of a change that was undone", async () => {
  const time = "00400003";
  const state = (clock: string, name: string): Item =>
    itemOf(1, {
      [time]: { vr: "TM", Value: [clock] },
      "00100010": { vr: "PN", Value: [{ Alphabetic: name }] },
    });
  const states = [
    state("1200", "DOE"),
    state("1300", "DOE"),
    state("1200", "DOE"),
    state("1200", "ROE"),
  ];
  const [event] = await coalesced(...changesBetween(states));
  assertEquals(event?.data.kinds, ["patient_identity"]);
  assertEquals(event?.data.changes?.map(({ path }) => path), ["PatientName"]);
});

Deno.test("coalesce() reports nothing of a sequence that came, was corrected and went", async () => {
  const code = (...values: string[]): Item =>
    itemOf(1, {
      "00321064": {
        vr: "SQ",
        Value: values.map((value) => ({ "00080100": { vr: "SH", Value: [value] } })),
      },
    });
  const states = [code(), code("X"), code("Y"), code()];
  assertEquals(await coalesced(...changesBetween(states)), []);
  const [event] = await coalesced(...changesBetween(states.slice(0, 3)));
  assertEquals(event?.data.changes?.map(({ path, before }) => [path, before]), [
    ["RequestedProcedureCodeSequence", []],
  ]);
  assertEquals(JSON.stringify(event?.data.changes?.[0]?.after).includes("X"), false);
});

Deno.test("coalesce() takes an effect of a new configuration for no change", async () => {
  const state = (values: Record<string, string>): Item =>
    itemOf(
      1,
      Object.fromEntries(
        Object.entries(values).map(([tag, one]) => [tag, { vr: "LO", Value: [one] }]),
      ),
    );
  const events = [
    ...changesBetween([state({ "00100040": "F" }), state({ "00100040": "M" })]),
    // Between both, the item was taken over with an attribute more.
    ...changesBetween([
      state({ "00100040": "M", "00104000": "note" }),
      state({ "00100040": "F", "00104000": "note" }),
    ]),
  ];
  const merged = await coalesced(...events);
  assertEquals(merged.flatMap(({ data }) => data.changes?.map(({ path }) => path)), [
    "PatientSex",
    "PatientSex",
  ]);
});

Deno.test("coalesce() reports for each item the difference of its first and its last state", () => {
  for (let round = 0; round < 400; round++) {
    const random = new SeededRandom(round + 1);
    const { journal, stories } = randomHistory(random);
    const merged = coalesce(journal, ignored);
    for (const [subject, expected] of stories) {
      const found = merged.filter((event) => event.subject === subject).map(({ type, data }) => ({
        type: type.split(".").at(-1),
        before: data.before,
        after: data.after,
        changes: data.changes,
        kinds: data.kinds,
      } as Told));
      assertEquals(found, expected, `round ${round}, ${subject}`);
    }
    const sequences = merged.map(({ sequence }) => sequence);
    assertEquals(sequences, [...sequences].sort());
  }
});

const ignored = [parseKeyPath("RetrieveAETitle")];

interface Told {
  readonly type: string | undefined;
  readonly before: DicomJson | undefined;
  readonly after: DicomJson | undefined;
  readonly changes: unknown;
  readonly kinds: unknown;
}

/** Items that come, change and go at random, as the journal tells it, and what of that is to be told in the end. */
function randomHistory(
  random: SeededRandom,
): { journal: CloudEvent[]; stories: Map<string, Told[]> } {
  const journal: CloudEvent[] = [];
  const stories = new Map<string, Told[]>();
  /** By subject: the state before the story, and the state now; `undefined` for none. */
  const items = new Map<string, { first: DicomJson | undefined; now: DicomJson | undefined }>();
  const tell = (subject: string, type: string, data: object): void => {
    const sequence = String(journal.length + 1).padStart(16, "0");
    journal.push({
      specversion: "1.0",
      id: `q.${sequence}`,
      source: "/q",
      type: `dicom.worklist.item.${type}`,
      time: "2026-11-21T12:00:00.000Z",
      subject,
      datacontenttype: "application/json",
      sequence,
      data: { query: "q", peer: "p", model: "worklist", ...data },
    });
  };
  const close = (subject: string, end: string | undefined): void => {
    const item = items.get(subject);
    if (item === undefined) return;
    const told = stories.get(subject) ?? [];
    stories.set(subject, told);
    const { first, now } = item;
    const none = { before: undefined, after: undefined, changes: undefined, kinds: undefined };
    if (first === undefined && end === undefined && now !== undefined) {
      told.push({ ...none, type: "added", after: now });
    } else if (first !== undefined && end !== undefined) {
      told.push({ ...none, type: end, before: first });
    } else if (first !== undefined && now !== undefined) {
      const changes = diffItems(first, now, { ignore: ignored });
      if (changes.length > 0) {
        told.push({ type: "changed", before: first, after: now, changes, kinds: kindsOf(changes) });
      }
    }
    items.delete(subject);
  };
  const isChanged = new Set<string>();
  for (let step = 0; step < 30; step++) {
    const subject = `k1-${random.below(3)}`;
    const item = items.get(subject) ?? (isChanged.has(subject) ? undefined : {
      first: randomItem(random),
      now: undefined,
    });
    if (!isChanged.has(subject) && item?.first !== undefined && random.below(2) === 0) {
      // An item that was known before the window.
      items.set(subject, { first: item.first, now: item.first });
    }
    isChanged.add(subject);
    const known = items.get(subject);
    if (known?.now === undefined) {
      const after = randomItem(random);
      items.set(subject, { first: undefined, now: after });
      tell(subject, "added", { after });
    } else if (random.below(6) === 0) {
      const end = random.pick(["removed", "left_window"] as const);
      tell(subject, end, { before: known.now, evidence: {} });
      close(subject, end);
    } else {
      const after = randomItem(random);
      const changes = diffItems(known.now, after, { ignore: ignored });
      if (changes.length === 0) continue;
      tell(subject, "changed", { before: known.now, after, changes, kinds: kindsOf(changes) });
      known.now = after;
    }
  }
  for (const subject of [...items.keys()]) close(subject, undefined);
  return { journal, stories };
}

/** Of few values, so that changes are often undone. */
function randomItem(random: SeededRandom): DicomJson {
  const text = (vr: string): { vr: string; Value: unknown[] } => ({
    vr,
    Value: [random.pick(["1", "2"] as const)],
  });
  const item: Record<string, unknown> = { "00080054": text("AE"), "00100040": text("CS") };
  if (random.below(2) === 0) item["00400003"] = text("TM");
  if (random.below(2) === 0) {
    const Value = Array.from({ length: random.below(3) }, () => ({ "00080100": text("SH") }));
    item["00321064"] = { vr: "SQ", Value };
  }
  return item as DicomJson;
}

/** The changes from each state to the next. */
function changesBetween(states: readonly Item[]): PendingEvent[] {
  return states.slice(1).map((after, index) => {
    const before = states[index] ?? after;
    const changes = diffItems(JSON.parse(before.json), JSON.parse(after.json));
    return { kind: "changed", before, after, changes, kinds: kindsOf(changes) };
  });
}

Deno.test("coalesce() adds an item as its first event did, with its last state", async () => {
  const [event] = await coalesced(added(1), ...story("a", "b", "c"));
  assertEquals(event?.data.key, { ScheduledProcedureStepID: "SPS1" });
  assertEquals([event?.data.before, dateIn(event?.data.after)], [undefined, "c"]);
  assertEquals([event?.data.changes, event?.data.kinds], [undefined, undefined]);
});

Deno.test("coalesce() removes an item as it was before its last changes", async () => {
  const [event] = await coalesced(...story("a", "b", "c"), removed(1));
  assertEquals([dateIn(event?.data.before), event?.data.after], ["a", undefined]);
  assertEquals(event?.data.evidence, { reason: "missing", polls: 2 });
});

Deno.test("coalesce() does not merge events about polls", async () => {
  const failed: PendingEvent = { kind: "failed", reason: "rejected", words: "w" };
  assertEquals(outline(await coalesced(failed, failed)), ["q.1 failed", "q.2 failed"]);
});
