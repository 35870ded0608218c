import { assert, assertEquals } from "@std/assert";
import { Tag } from "../../../../src/dicom/tag.ts";
import type { Asker } from "../../../../src/daemon/poll/ask.ts";
import { type Asked, askQuestion } from "../../../../src/daemon/poll/ask_in_parts.ts";
import { peerNamed } from "../../../../src/cases/canned_peer.ts";
import { querySchema } from "../../../../src/daemon/config/query.ts";
import { configurationOf, questionAt } from "../../../../src/daemon/poll/question.ts";
import { DimseStatusError } from "../../../../src/network/errors.ts";
import { Worklist } from "../../../../src/worklist/worklist.ts";
import { dataSetOf, matchOf, PolledWorklist, type Step } from "../../../support/polled_worklist.ts";

const now = Temporal.Instant.from("2026-11-21T12:00:00Z");

/** A worklist that has some steps. */
function worklistOf(...steps: readonly Step[]): Worklist {
  const polled = new PolledWorklist();
  polled.poll(steps);
  return polled.worklist;
}

/** Steps of one day at these times. */
function stepsAt(...times: readonly string[]): Step[] {
  return times.map((time, index) => ({ study: `1.2.${index}`, date: "20261121", time }));
}

interface Asking {
  readonly worklist?: Worklist;
  /** The days that are asked for. */
  readonly days?: string;
  readonly isSplit?: boolean;
  /** The query's own limit. @default {4} */
  readonly limit?: number;
  /** The most matches that the peer returns, silently. */
  readonly cutAt?: number;
  /** The times of the part that the peer refuses; of the whole: none. */
  readonly refused?: string;
}

/** Asks a peer that has some steps. */
async function askFor(steps: readonly Step[], asking: Asking = {}): Promise<Asked> {
  const { worklist = new Worklist(), days = "today", isSplit = true } = asking;
  const section = querySchema.parse({
    peer: "ris",
    schedule: "every 30s",
    keys: { ScheduledProcedureStepSequence: { ScheduledProcedureStepStartDate: days } },
    ...(isSplit && { split: { by: "date", min: "1h" } }),
    limit: asking.limit ?? 4,
  });
  const query = { ...section, name: "ct", timeZone: "UTC" };
  const configuration = configurationOf(query, { ...peerNamed("ris"), host: "ris" });
  const asker: Asker = {
    find({ identifier }, { limit = Infinity }, take): ReturnType<Asker["find"]> {
      const [keys] = identifier.items(Tag.ScheduledProcedureStepSequence);
      const isIn = (value: string, tag: number): boolean => {
        const [from, to = from] = keys?.string(tag)?.split("-") ?? [];
        if (from === undefined) return true;
        return value !== "" && from <= value && (!to || value <= to);
      };
      const times = keys?.string(Tag.ScheduledProcedureStepStartTime) ?? "";
      if (times === asking.refused) {
        return Promise.reject(new DimseStatusError("C-FIND", "worklist", { status: 0xC001 }));
      }
      const found = steps.filter(({ date = "", time = "" }) =>
        isIn(date, Tag.ScheduledProcedureStepStartDate) &&
        isIn(time, Tag.ScheduledProcedureStepStartTime)
      ).slice(0, asking.cutAt);
      take(found.slice(0, limit).map((one) => matchOf(dataSetOf(one))));
      return Promise.resolve(
        found.length > limit
          ? { ending: "limited", limitedBy: "limit" }
          : { ending: "complete", status: 0 },
      );
    },
  };
  return await askQuestion({
    query,
    question: questionAt(query, configuration, now),
    worklist,
    now,
    model: "worklist",
    asker,
    limit: asking.limit ?? 4,
    signal: new AbortController().signal,
    onWarning: () => {},
  });
}

/** How it ended in words, and the number of matches. */
async function outline(steps: readonly Step[], asking: Asking = {}): Promise<[string, number]> {
  const { end, answer } = await askFor(steps, asking);
  return [
    end.ending === "complete" ? `complete in ${end.parts}` : end.failure.words,
    answer.matches,
  ];
}

const noHelp = "the peer cuts its answers short, and asking in parts did not help: ";

Deno.test("askQuestion() puts a whole together of parts", async () => {
  const times = ["0800", "0900", "1200", "1300", "1500"];
  assertEquals(await outline(stepsAt(...times)), ["complete in 2", 5]);
});

Deno.test("askQuestion() has what stands at the ends of a day, where a peer compares text", async () => {
  const steps = stepsAt("00", "0000", "0900", "1300", "235959.5");
  assertEquals(await outline(steps, { cutAt: 5 }), ["complete in 2", 5]);
});

Deno.test("askQuestion() asks for parts only where that is configured", async () => {
  const steps = stepsAt("0800", "0900", "1200", "1300", "1500");
  const words = "the answer has more than the 4 matches of limit";
  assertEquals(await outline(steps, { isSplit: false }), [words, 4]);
});

Deno.test("askQuestion() tells the count at which a peer cut silently, and only that", async () => {
  const steps = stepsAt("0800", "0900", "1200", "1300");
  const worklist = new Worklist();
  worklist.setPollState({ ...worklist.pollState, counts: { limits: [3] } });
  const cut = await askFor(steps, { worklist, cutAt: 3 });
  assertEquals(cut.end, { ending: "complete", status: 0, parts: 6, cutAt: 3 });
  const limited = await askFor([...steps, ...stepsAt("1500")]);
  assertEquals(limited.end, { ending: "complete", status: 0, parts: 2 });
});

Deno.test("askQuestion() says how a part failed", async () => {
  const steps = stepsAt("0800", "0900", "1000", "1300", "1500");
  const { end, answer } = await askFor(steps, { refused: "120000-" });
  assert(end.ending === "failed");
  assertEquals([end.status, answer.matches], [0xC001, 3]);
});

Deno.test("askQuestion() does not ask for parts of what failed", async () => {
  const { end, answer } = await askFor(stepsAt("0800"), { refused: "" });
  assert(end.ending === "failed");
  assertEquals([end.status, answer.matches], [0xC001, 0]);
});

Deno.test("askQuestion() puts whole days together, whatever is missing", async () => {
  const worklist = worklistOf({ study: "1.2.9", date: "20261122", time: "" });
  const tomorrow = stepsAt("0800", "0900").map((one, index) => (
    { ...one, study: `1.3.${index}`, date: "20261122" }
  ));
  const steps = [...stepsAt("0800", "0900", ""), ...tomorrow];
  assertEquals(await outline(steps, { days: "today..today+1", worklist }), ["complete in 2", 5]);
});

Deno.test("askQuestion() asks for a thousand parts and no more", async () => {
  const first = Temporal.PlainDate.from("2026-11-21");
  const stepsOf = (days: number): Step[] =>
    Array.from({ length: days }, (_, day) => {
      const date = first.add({ days: day }).toString().replaceAll("-", "");
      return [1, 2, 3].map((number) => ({ study: `1.2.${day}.${number}`, date }));
    }).flat();
  assertEquals(await outline(stepsOf(501), { days: "today..today+500" }), [
    "complete in 1000",
    3499,
  ]);
  const { end } = await askFor(stepsOf(502), { days: "today..today+501" });
  assertEquals("failure" in end && end.failure.words, `${noHelp}more than 1000 parts were needed`);
});

Deno.test("askQuestion() does not believe parts that lack what the peer has already returned", async () => {
  const steps = stepsAt("", "0800", "0900", "1200", "1300");
  for (const worklist of [new Worklist(), worklistOf(...steps)]) {
    assertEquals(await outline(steps, { worklist }), [
      `${noHelp}they do not have all that it returned before`,
      4,
    ]);
  }
});

Deno.test("askQuestion() does not believe parts of a day while a known item without a time is missing", async () => {
  const steps = stepsAt("0800", "0900", "1200", "1300", "1500");
  const timeless = worklistOf({ study: "1.2.9", date: "20261121", time: "" });
  assertEquals(await outline(steps, { worklist: timeless }), [
    `${noHelp}parts of a day do not have items without a time`,
    5,
  ]);
  const others = [
    { study: "1.2.9", date: "20261120", time: "" }, // of yesterday
    { study: "1.2.9", date: "20261121", time: "1400" }, // is gone
    { study: "1.2.2", date: "20261121", time: "" }, // has a time now
  ];
  for (const step of others) {
    const worklist = worklistOf(step);
    assertEquals(await outline(steps, { worklist }), ["complete in 2", 5]);
  }
});

Deno.test("askQuestion() asks in parts when items come and go and the count, of no round number, stays", async () => {
  const hours = ["06", "07", "08", "09", "10", "11", "12", "13", "14", "15", "16", "17", "18"];
  const steps = stepsAt(...hours.map((hour) => `${hour}00`));
  // The peer returns the first twelve: the one at 06:00 is new, and pushed off the one at 18:00.
  const worklist = worklistOf(...steps.slice(1));
  const { answer, end } = await askFor(steps, { worklist, limit: 100, cutAt: 12 });
  assertEquals([end.ending, end.cutAt], ["complete", 12]);
  assertEquals(answer.matches - answer.duplicates, 13);
  const unchanged = await askFor(steps.slice(1), { worklist, limit: 100, cutAt: 12 });
  assertEquals("parts" in unchanged.end, false);
});
