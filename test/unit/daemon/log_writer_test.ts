import { assertEquals } from "@std/assert";
import { LogWriter } from "../../../src/daemon/log_writer.ts";
import { settle } from "../../support/fake_clock.ts";

const droppedLine = (count: number): Uint8Array => new TextEncoder().encode(`${count} dropped\n`);

function lines(...texts: readonly string[]): Uint8Array[] {
  return texts.map((text) => new TextEncoder().encode(`${text}\n`));
}

Deno.test("LogWriter writes lines in order, whatever part of them is taken at once", async () => {
  let written = "";
  const writer = new LogWriter({
    droppedLine,
    write: (bytes) => {
      const part = bytes.subarray(0, 3);
      written += new TextDecoder().decode(part);
      return Promise.resolve(part.length);
    },
  });
  for (const line of lines("one", "two", "three")) writer.line(line);
  await writer.flushed();
  assertEquals(written, "one\ntwo\nthree\n");
});

Deno.test("LogWriter waits for no reader, and says how many lines were dropped meanwhile", async () => {
  let written = "";
  const reader = Promise.withResolvers<void>();
  const writer = new LogWriter({
    droppedLine,
    mostBytes: 20,
    write: async (bytes) => {
      await reader.promise;
      written += new TextDecoder().decode(bytes);
      return bytes.length;
    },
  });
  for (const line of lines("12345", "12345", "12345", "12345", "12345")) writer.line(line);
  await settle();
  assertEquals([written, writer.dropped], ["", 2]);
  reader.resolve();
  await writer.flushed();
  assertEquals(written, "12345\n12345\n12345\n2 dropped\n");
  writer.line(lines("again")[0] ?? new Uint8Array());
  await writer.flushed();
  assertEquals(written.endsWith("2 dropped\nagain\n"), true);
});

Deno.test("LogWriter goes on where its reader has gone", async () => {
  const writer = new LogWriter({
    droppedLine,
    mostBytes: 20,
    write: () => Promise.reject(new Error("broken pipe")),
  });
  for (let n = 0; n < 100; n++) {
    for (const line of lines("12345")) writer.line(line);
    await writer.flushed();
  }
  assertEquals(writer.dropped, 0);
});
