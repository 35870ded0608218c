import { assert, assertEquals, assertThrows } from "@std/assert";
import { element } from "../../../../src/dicom/data_set.ts";
import { Tag } from "../../../../src/dicom/tag.ts";
import { makeCommit } from "../../../../src/worklist/journal/journal_lines.ts";
import {
  batchFrom,
  isIntact,
  parseCommitLine,
} from "../../../../src/worklist/journal/journal_replay.ts";
import type { Reconciliation } from "../../../../src/worklist/judge/reconciliation.ts";
import type { Batch } from "../../../../src/worklist/worklist.ts";
import {
  dataSetOf,
  matchOf,
  plainConfiguration,
  PolledWorklist,
  type PollOptions,
  type Step,
} from "../../../support/polled_worklist.ts";

/** A worklist whose polls are written as a journal has them, and read again. */
class Journal {
  readonly polled = new PolledWorklist();
  /** What was written of each poll: its lines, the last of which closes it. */
  readonly commits: string[] = [];

  /** Polls; what the poll changes in memory, and what its lines do. */
  poll(steps: readonly Step[], options: PollOptions = {}): { made: Batch; read: Batch } {
    const matches = steps.map((step) => {
      const dataSet = dataSetOf(step);
      dataSet.set(element(Tag.SpecificCharacterSet, ["ISO_IR 100"]));
      return matchOf(dataSet);
    });
    const changes: Reconciliation = this.polled.decide(matches, options);
    const { worklist } = this.polled;
    const last = { sequence: worklist.sequence, number: worklist.commits };
    const { batch, chunks } = makeCommit(changes, last, true);
    const text = [...chunks].map((chunk) => new TextDecoder().decode(chunk)).join("");
    this.commits.push(text);
    const lines = text.split("\n").slice(0, -1);
    const commit = parseCommitLine(lines.at(-1) ?? "");
    assert(commit);
    const read = batchFrom(lines.slice(0, -1), commit, (id) => worklist.item(id));
    this.polled.apply(changes);
    return { made: batch, read };
  }
}

const one: Step = { study: "1.2.1", step: "S1", patient: "P1", time: "0800" };
const two: Step = { ...one, step: "S2", name: "MÜLLER^ÄNNE" };

Deno.test("batchFrom() reads the changes of each kind of line", () => {
  const journal = new Journal();
  const renamed = { ...plainConfiguration, identity: ["StudyInstanceUID", "PatientID"] };
  const other = { ...plainConfiguration, model: "study" as const };
  for (
    const [steps, options] of [
      [[one, two], {}],
      [[{ ...one, time: "0930" }, two], {}],
      [[two], {}],
      [[two], {}],
      [[two], { configuration: renamed }],
      [[two, one], { configuration: other, initial: "silent" }],
    ] as const satisfies readonly (readonly [readonly Step[], PollOptions])[]
  ) {
    const { made, read } = journal.poll(steps, options);
    assertEquals(read, made);
    for (const { characterSet } of read.items) assertEquals(characterSet, "ISO_IR 100");
  }
});

Deno.test("batchFrom() reads no item from events about polls", () => {
  const journal = new Journal();
  journal.poll([one]);
  const { read } = journal.poll([], {
    end: { ending: "failed", failure: { class: "aborted", words: "w" } },
  });
  assertEquals([read.items, read.removed, read.dropped], [[], [], []]);
  assertEquals([read.sequence, read.pollState.failing], [2, ["aborted"]]);
});

Deno.test("batchFrom() does not make up an item without a data set", () => {
  const journal = new Journal();
  journal.poll([one]);
  const renamed = { ...plainConfiguration, identity: ["StudyInstanceUID", "PatientID"] };
  journal.poll([one], { configuration: renamed });
  const [line = "", last = ""] = journal.commits[1]?.split("\n") ?? [];
  const commit = parseCommitLine(last);
  assert(commit);
  assertThrows(
    () => batchFrom([line], commit, () => undefined),
    SyntaxError,
    "it has no data set",
  );
});

Deno.test("isIntact() knows lines that are not as they were written, and commits without a checksum", () => {
  const journal = new Journal();
  journal.poll([one, two]);
  const lines = (journal.commits[0] ?? "").split("\n").slice(0, -1);
  const line = lines.at(-1) ?? "";
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  const body = lines.slice(0, -1).map((text) => `${text}\n`).join("");
  const check = (bytes: string, last: string): boolean => {
    const commit = parseCommitLine(last);
    return commit !== undefined && isIntact(encode(bytes), last, commit);
  };
  assert(check(body, line));
  assert(!check(body.replace("0800", "0801"), line));
  assert(!check(body.slice(1), line));
  assert(!check("", line));
  assert(!check(body, line.replace('"number":1', '"number":2')));
  assert(!check(body, line.replace(/,"crc":"\w+"/, "")));
  assertEquals(parseCommitLine(line.slice(0, -1)), undefined);
});
