import { assertEquals } from "@std/assert";
import { whereaboutsText } from "../../../src/daemon/look/whereabouts_text.ts";
import { idOf } from "../../../src/worklist/item.ts";
import { readWhereabouts } from "../../../src/worklist/journal/read_whereabouts.ts";
import { QueryStore } from "../../../src/worklist/journal/store.ts";
import { CrashingDisk } from "../../support/crashing_disk.ts";
import {
  dataSetOf,
  matchOf,
  PolledWorklist,
  type PollOptions,
  type Step,
} from "../../support/polled_worklist.ts";

const kowalski: Step = {
  study: "1.2.1",
  step: "SPS1",
  patient: "P1007",
  name: "KOWALSKI^JAN",
  date: "20261127",
  time: "0930",
  station: "CT1",
};
const other: Step = { ...kowalski, study: "1.2.2", step: "SPS2", patient: "P2", name: "DOE^JANE" };

/** A query that is polled at times of 2026-11-27. */
class Query {
  readonly disk = new CrashingDisk();
  store: QueryStore | undefined;

  async poll(time: string, answer: readonly Step[], options: PollOptions = {}): Promise<void> {
    this.store ??= await QueryStore.open("state", "ct-today", { disk: this.disk });
    const polled = new PolledWorklist();
    polled.worklist = this.store.worklist;
    const matches = answer.map((one) => matchOf(dataSetOf(one)));
    const at = `2026-11-27T${time}.000Z`;
    await this.store.commit(polled.decide(matches, { time: at, ...options }));
  }

  /** What a person hears of a text. */
  async why(text: string): Promise<string[]> {
    const { items } = await readWhereabouts("state", "ct-today", text, this.disk);
    const options = { now: Temporal.Instant.from("2026-11-27T12:00:00Z"), timeZone: "UTC" };
    return [...Map.groupBy(items, ({ key }) => idOf(key)).values()]
      .map((courses) => whereaboutsText(courses, options));
  }
}

Deno.test("why says when a removed step was on the list, from when it was missing, and the proof", async () => {
  const query = new Query();
  await query.poll("08:56:36", [kowalski, other]);
  await query.poll("08:56:44", [other]);
  await query.poll("08:57:04", [other]);
  assertEquals(await query.why("Kowalski"), [
    "KOWALSKI^JAN, P1007: on ct-today from 08:56:36 to 08:56:44, station CT1, scheduled for " +
    "2026-11-27 09:30; then missing from 2 complete answers in a row, and removed at 08:57:04; " +
    "not returned since.",
  ]);
  assertEquals(await query.why("P2"), [
    "DOE^JANE, P2: on ct-today since 08:56:36, station CT1, scheduled for 2026-11-27 09:30.",
  ]);
  assertEquals(await query.why("nobody"), []);
});

Deno.test("why tells of a step that moved, was put off, left and came back", async () => {
  const query = new Query();
  await query.poll("08:00:00", [kowalski, other]);
  await query.poll("08:10:00", [{ ...kowalski, station: "CT2", time: "1015" }, other]);
  await query.poll("08:20:00", [other]);
  await query.poll("08:30:00", [other]);
  await query.poll("09:00:00", [{ ...kowalski, station: "CT2", time: "1015" }, other]);
  assertEquals(await query.why("kowalski"), [
    "KOWALSKI^JAN, P1007: on ct-today from 08:00:00 to 08:20:00, station CT1, scheduled for " +
    "2026-11-27 09:30; moved from CT1 to CT2, rescheduled from 09:30 to 10:15 at 08:10:00; " +
    "then missing from 2 complete answers in a row, and removed at 08:30:00; " +
    "again on ct-today since 09:00:00, station CT2, scheduled for 2026-11-27 10:15.",
  ]);
});

Deno.test("why finds an item by the name that it had before", async () => {
  const query = new Query();
  await query.poll("08:00:00", [kowalski, other]);
  await query.poll("08:10:00", [{ ...kowalski, name: "NOWAK^JAN" }, other]);
  assertEquals(await query.why("kowalski"), [
    "NOWAK^JAN, P1007: on ct-today since 08:00:00, station CT1, scheduled for 2026-11-27 09:30; " +
    "PatientName KOWALSKI, JAN became NOWAK, JAN at 08:10:00.",
  ]);
});

Deno.test("why says that an item is missing, and that the brake holds its removal", async () => {
  const query = new Query();
  const rules = { brakeHoldMs: 900_000 };
  await query.poll("08:00:00", [kowalski, other], { rules });
  await query.poll("08:10:00", [other], { rules });
  assertEquals(await query.why("P1007"), [
    "KOWALSKI^JAN, P1007: on ct-today since 08:00:00, station CT1, scheduled for 2026-11-27 09:30; " +
    "missing from 1 complete answer in a row since 08:10:00, and kept until that is confirmed.",
  ]);
  await query.poll("08:20:00", [], { rules });
  const [text = ""] = await query.why("P2");
  assertEquals(
    text.startsWith(
      "DOE^JANE, P2: on ct-today since 08:00:00, station CT1, scheduled for 2026-11-27 09:30; missing " +
        "from 1 complete answer in a row since 08:20:00; its removal is held by the brake since 08:20:00: ",
    ),
    true,
    text,
  );
});

Deno.test("why finds items that were taken over without an event", async () => {
  const query = new Query();
  await query.poll("08:00:00", [kowalski], { initial: "silent" });
  assertEquals(await query.why("sps1"), [
    "KOWALSKI^JAN, P1007: on ct-today since 08:00:00, taken over without an event, station CT1, " +
    "scheduled for 2026-11-27 09:30.",
  ]);
});
