import { assertEquals } from "@std/assert";
import { ResultStream } from "../../../../src/cli/results/result_stream.ts";
import { tableWriter } from "../../../../src/cli/results/result_table.ts";
import type { Result, ResultWriter } from "../../../../src/cli/results/result_writer.ts";
import { outlineDataSet } from "../../../../src/dicom/decode.ts";
import { DataSet, element } from "../../../../src/dicom/data_set.ts";
import { encodeDataSet } from "../../../../src/dicom/encode.ts";
import { Outline } from "../../../../src/dicom/outline.ts";
import { Tag } from "../../../../src/dicom/tag.ts";
import { TransferSyntax } from "../../../../src/dicom/uid.ts";

const syntax = TransferSyntax.ExplicitVrLittleEndian;

/** Matches with these patient IDs, in one outline that is filled again. */
function* results(ids: Iterable<string>): Generator<Result> {
  const outline = new Outline();
  let number = 0;
  for (const id of ids) {
    const dataSet = new DataSet([element(Tag.PatientID, [id]), element(Tag.PatientSex, ["O"])]);
    outlineDataSet(outline, encodeDataSet(dataSet, syntax), syntax);
    yield { number: ++number, outline };
  }
}

/** A writer of tables, and what it has written so far. */
function table(): { writer: ResultWriter; written: () => string } {
  let text = "";
  const decoder = new TextDecoder();
  const stream = new ResultStream((bytes) => {
    text += decoder.decode(bytes);
    return Promise.resolve(bytes.length);
  });
  const writer = tableWriter({
    stream,
    query: new DataSet([]),
    columns: "PatientID,PatientSex",
    isTerminal: false,
    width: Infinity,
    colour: false,
    note: () => {},
  });
  return { writer, written: () => text };
}

Deno.test("tableWriter() takes its widths from all rows that wait for a flush", async () => {
  const { writer, written } = table();
  await writer.write(results(["P1", "P2"]));
  await writer.write(results(["A-LONG-ONE"]));
  assertEquals(written(), "");
  await writer.flush();
  const rows = ["PatientID   PatientSex", "P1          O", "P2          O", "A-LONG-ONE  O", ""];
  assertEquals(written(), rows.join("\n"));
  await writer.write(results(["ONE-THAT-IS-LONGER"]));
  await writer.end();
  assertEquals(written(), rows.join("\n") + "ONE-THAT-IS-LONGER  O\n");
});

Deno.test("tableWriter() keeps no more rows than tell the widths", async () => {
  const { writer, written } = table();
  const ids = Array.from({ length: 10_000 }, (_, n) => `P${n}`);
  await writer.write(results(ids));
  assertEquals(written().startsWith("PatientID  PatientSex\nP0         O\n"), true);
  await writer.end();
  assertEquals(written().split("\n").length, 10_002);
});

Deno.test("tableWriter() prints the titles alone where nothing came, and nothing before", async () => {
  const { writer, written } = table();
  await writer.flush();
  assertEquals(written(), "");
  await writer.end();
  assertEquals(written(), "PatientID  PatientSex\n");
});
