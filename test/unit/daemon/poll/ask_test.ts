import { assert, assertEquals, assertRejects } from "@std/assert";
import { ask, type AskEnd, type Asker } from "../../../../src/daemon/poll/ask.ts";
import { DataSet } from "../../../../src/dicom/data_set.ts";
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
    assertEquals(options, { limit: 2, signal, onWarning, isTransient: true });
    return Promise.resolve({ status: 0 });
  });
  assertEquals(asked, { end: { complete: true, status: "0000" }, matches: 0 });
});

Deno.test("ask() never calls an answer complete that has more than the limit", async () => {
  const { end } = await askOf(() => Promise.resolve({ status: 0xFE00, incomplete: "limited" }));
  const words = "the answer has more than the 2 matches of limit";
  assertEquals(end, { complete: false, failure: { class: "limited", words } });
});

Deno.test("ask() keeps the matches before a failure, and says how it failed", async () => {
  const refused = new DimseStatusError("C-FIND", "worklist", { status: 0xA700 });
  const { end, error, matches } = await askOf(failing(refused));
  assertEquals(end, {
    complete: false,
    status: "A700",
    failure: { class: "refused", words: refused.message },
  });
  assert(error === refused);
  assertEquals(matches, 2);
  const down = new ConnectError({ host: "ris", port: 104 }, "connection refused");
  assertEquals((await askOf(failing(down))).end, {
    complete: false,
    failure: { class: "unreachable", words: down.message },
  });
});

Deno.test("ask() does not take a fault of ours, or the end of the daemon, for a failure of the peer", async () => {
  for (const error of [new TypeError("x is undefined"), new DOMException("stop", "AbortError")]) {
    assert(await assertRejects(() => askOf(failing(error))) === error);
  }
});
