import { assert, assertEquals, assertRejects } from "@std/assert";
import { ask, type AskEnd, type Asker, isTooLarge } from "../../../../src/daemon/poll/ask.ts";
import { DataSet, element } from "../../../../src/dicom/data_set.ts";
import { Tag } from "../../../../src/dicom/tag.ts";
import type { DecodeWarning } from "../../../../src/dicom/errors.ts";
import { ConnectError, DimseStatusError } from "../../../../src/network/errors.ts";
import { Answer } from "../../../../src/worklist/judge/answer.ts";
import { Worklist } from "../../../../src/worklist/worklist.ts";
import { dataSetOf, matchOf, plainConfiguration } from "../../../support/polled_worklist.ts";

const identifier = new DataSet();
const signal = new AbortController().signal;
const onWarning = (_: DecodeWarning): void => {};

/** Asks whom `find` plays; how it ended, and the number of matches that were taken. */
async function askOf(find: Asker["find"]): Promise<AskEnd & { readonly matches: number }> {
  const answer = new Answer(new Worklist(), {
    configuration: plainConfiguration,
    resolved: "",
    unmatchedKey: () => undefined,
    recheck: false,
  });
  const options = { identifier, asker: { find }, limit: 2, signal, onWarning };
  const asked = await ask(answer, { model: "worklist", ...options });
  return { ...asked, matches: answer.matches };
}

/** Takes two matches and then fails. */
function failing(error: unknown): Asker["find"] {
  return (_, __, take) => {
    take([matchOf(dataSetOf({ step: "SPS1" })), matchOf(dataSetOf({ step: "SPS2" }))]);
    return Promise.reject(error);
  };
}

Deno.test("ask() passes on what it is given, and tells the final status", async () => {
  const asked = await askOf((query, options) => {
    assertEquals(query, { model: "worklist", identifier });
    assertEquals(options, {
      limit: 2,
      maxAnswerBytes: Infinity,
      signal,
      onWarning,
      isTransient: true,
    });
    return Promise.resolve({ ending: "complete", status: 0 });
  });
  assertEquals(asked, { end: { ending: "complete", status: 0 }, matches: 0 });
});

Deno.test("ask() never calls an answer complete that has more than the limit", async () => {
  const { end } = await askOf(() => Promise.resolve({ ending: "limited", limitedBy: "limit" }));
  const words = "the answer has more than the 2 matches of limit";
  const failure = { class: "limited", words } as const;
  assertEquals(end, { ending: "limited", limitedBy: "limit", failure });
});

/** Asks for matches with a text of 1,000 characters each, of a worklist that has as many bytes of text already. */
async function askOfMany(
  count: number,
  storedBytes: number,
  maxAnswerBytes: number,
  text = "x".repeat(1000),
): Promise<string> {
  const worklist = new Worklist();
  worklist.restoreItem({
    ...{ id: "[]", key: {}, subject: "k1", fingerprint: "0".repeat(16), sequence: 0 },
    ...{ json: "x".repeat(storedBytes), characterSet: undefined, configuration: 1 },
  }, 0);
  const question = { configuration: plainConfiguration, resolved: "", recheck: false };
  const answer = new Answer(worklist, { ...question, unmatchedKey: () => undefined });
  const find: Asker["find"] = (_, __, take) => {
    for (let n = 0; n < count; n++) {
      const dataSet = dataSetOf({ step: `S${n}`, name: text });
      dataSet.set(element(Tag.SpecificCharacterSet, ["ISO_IR 192"]));
      take([matchOf(dataSet)]);
    }
    return Promise.resolve({ ending: "complete", status: 0 });
  };
  const options = { model: "worklist", identifier, asker: { find }, limit: 1e6 } as const;
  const asked = await ask(answer, { ...options, signal, onWarning, maxAnswerBytes });
  if (asked.end.ending === "complete") return `complete: ${answer.fresh.length}`;
  assertEquals([isTooLarge(asked.end), answer.fresh.length, answer.keptBytes], [true, 0, 0]);
  return asked.end.failure.words;
}

const tooLarge = (size: string): string =>
  `the answer has new and changed matches that take more than ${size} of memory: raise ` +
  "max_answer of the query if the answer is right";

// A match takes its text, some of DICOM JSON around it, and 500 bytes.
const kept: [count: number, stored: number, most: number, text: string, result: string][] = [
  [50, 0, 100_000, "x".repeat(1000), "complete: 50"],
  [70, 0, 100_000, "x".repeat(1000), tooLarge("0.1 MB")],
  [50, 0, 100_000, "山".repeat(1000), tooLarge("0.1 MB")],
  [20, 50_000, 100_000, "x".repeat(1000), "complete: 20"],
  [35, 50_000, 100_000, "x".repeat(1000), tooLarge("0.05 MB")],
  [5, 120_000, 100_000, "x".repeat(1000), "complete: 5"],
  [10, 120_000, 100_000, "x".repeat(1000), tooLarge("0.0125 MB")],
  [1, 160_000, 1_000_000 / 8, "x".repeat(10), "complete: 1"],
  [1, 200_000, 100_000, "x".repeat(10), tooLarge("0.000391 MB")],
];
for (const [count, stored, most, text, result] of kept) {
  Deno.test(`ask() keeps ${count} new matches of ${text.charAt(0)}, ${stored} bytes being stored, at most ${most}: ${result.slice(0, 8)}`, async () => {
    assertEquals(await askOfMany(count, stored, most, text), result);
  });
}

Deno.test("ask() calls an answer incomplete that has more bytes than max_answer", async () => {
  const asked = await askOf(() =>
    Promise.resolve({ ending: "limited", limitedBy: "maxAnswerBytes" })
  );
  const words = "the answer has more than Infinity MB: raise max_answer of the query if the " +
    "answer is right";
  const failure = { class: "limited", words } as const;
  assertEquals(asked.end, { ending: "limited", limitedBy: "maxAnswerBytes", failure });
  assertEquals(isTooLarge(asked.end), true);
});

Deno.test("ask() keeps the matches before a failure, and says how it failed", async () => {
  const refused = new DimseStatusError("C-FIND", "worklist", { status: 0xA700 });
  const { end, matches } = await askOf(failing(refused));
  assertEquals(end, {
    ending: "failed",
    error: refused,
    status: 0xA700,
    failure: { class: "refused", words: refused.message },
  });
  assertEquals(matches, 2);
  const down = new ConnectError({ host: "ris", port: 104 }, "connection refused");
  assertEquals((await askOf(failing(down))).end, {
    ending: "failed",
    error: down,
    failure: { class: "unreachable", words: down.message },
  });
});

Deno.test("ask() does not take a fault of ours, or the end of the daemon, for a failure of the peer", async () => {
  for (const error of [new TypeError("x is undefined"), new DOMException("stop", "AbortError")]) {
    assert(await assertRejects(() => askOf(failing(error))) === error);
  }
});

Deno.test("ask() never calls an answer complete that was cancelled", async () => {
  const { end } = await askOf(() => Promise.resolve({ ending: "cancelled", status: 0xFE00 }));
  const failure = { class: "aborted", words: "the query was cancelled" } as const;
  assertEquals(end, { ending: "cancelled", status: 0xFE00, failure });
});
