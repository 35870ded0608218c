import { assertEquals } from "@std/assert";
import { Tag } from "../../../src/dicom/tag.ts";
import type { Asker } from "../../../src/daemon/ask.ts";
import { askQuestion } from "../../../src/daemon/ask_in_parts.ts";
import { peerNamed } from "../../../src/daemon/cases/canned_peer.ts";
import { querySchema } from "../../../src/daemon/config/query.ts";
import { configurationOf, questionAt } from "../../../src/daemon/question.ts";
import { Worklist } from "../../../src/worklist/worklist.ts";
import { dataSetOf, matchOf, PolledWorklist, type Step } from "../../support/polled_worklist.ts";

const now = Temporal.Instant.from("2026-11-21T12:00:00Z");

/** A worklist that has one step. */
function worklistOf(step: Step): Worklist {
  const polled = new PolledWorklist();
  polled.poll([step]);
  return polled.worklist;
}

/** Asks a peer that has steps of one day at these times, and cuts at four matches. */
async function askFor(
  times: readonly string[],
  worklist: Worklist = new Worklist(),
): Promise<string> {
  const section = querySchema.parse({
    peer: "ris",
    schedule: "every 30s",
    keys: { ScheduledProcedureStepSequence: { ScheduledProcedureStepStartDate: "today" } },
    split: { by: "date", min: "1h" },
    limit: 4,
  });
  const query = { ...section, name: "ct", timeZone: "UTC" };
  const configuration = configurationOf(query, { ...peerNamed("ris"), host: "ris" });
  const asker: Asker = {
    find({ identifier }, { limit = Infinity }, take): ReturnType<Asker["find"]> {
      const [step] = identifier.items(Tag.ScheduledProcedureStepSequence);
      const [from = "", to = from] =
        step?.string(Tag.ScheduledProcedureStepStartTime)?.split("-") ?? [];
      const found = times.map((time, index) => ({ study: `1.2.${index}`, date: "20261121", time }))
        .filter(({ time }) => from === "" || (from <= time && time <= to));
      take(found.slice(0, limit).map((one) => matchOf(dataSetOf(one))));
      return Promise.resolve({
        status: 0,
        ...(found.length > limit && { incomplete: "limited" as const }),
      });
    },
  };
  const { end } = await askQuestion({
    query,
    question: questionAt(query, configuration, now),
    worklist,
    now,
    model: "worklist",
    asker,
    limit: 4,
    signal: new AbortController().signal,
    onWarning: () => {},
  });
  return end.complete ? `complete in ${end.parts}` : end.failure.words;
}

Deno.test("askQuestion() puts a whole together of parts", async () => {
  assertEquals(await askFor(["0800", "0900", "1200", "1300", "1500"]), "complete in 2");
});

Deno.test("askQuestion() does not believe parts that lack what the peer has already returned", async () => {
  assertEquals(
    await askFor(["", "0800", "0900", "1200", "1300"]),
    "the peer cuts its answers short, and asking in parts did not help: " +
      "they do not have all that it returned before",
  );
});

Deno.test("askQuestion() does not believe parts of a day while a known item without a time is missing", async () => {
  const times = ["0800", "0900", "1200", "1300", "1500"];
  assertEquals(
    await askFor(times, worklistOf({ study: "1.2.9", date: "20261121", time: "" })),
    "the peer cuts its answers short, and asking in parts did not help: " +
      "parts of a day do not have items without a time",
  );
  const others = [
    { study: "1.2.9", date: "20261120", time: "" }, // of yesterday
    { study: "1.2.9", date: "20261121", time: "1400" }, // is gone
    { study: "1.2.2", date: "20261121", time: "" }, // has a time now
  ];
  for (const step of others) assertEquals(await askFor(times, worklistOf(step)), "complete in 2");
});
