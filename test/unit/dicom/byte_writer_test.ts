import { assertEquals } from "@std/assert";
import { ByteWriter } from "../../../src/dicom/byte_writer.ts";

function textOf(out: ByteWriter): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(out.bytes);
}

Deno.test("ByteWriter.writeText() writes UTF-8, however little room there was", () => {
  for (const capacity of [1, 4, 64]) {
    const out = new ByteWriter(capacity);
    for (const text of ["", "A", "Müller", "山田", "😀", "~}", "a\u0000b"]) out.writeText(text);
    assertEquals(textOf(out), "AMüller山田😀~}a\u0000b");
  }
});

Deno.test("ByteWriter.writeText() writes a lone surrogate as a character that nobody can tell", () => {
  const out = new ByteWriter(1);
  out.writeText("A\ud800B");
  assertEquals(textOf(out), "A\ufffdB");
});

Deno.test("ByteWriter.writeDecimal() writes digits, with spaces up to a width", () => {
  const cases: [value: number, width: number, text: string][] = [
    [0, 1, "0"],
    [9, 1, "9"],
    [10, 1, "10"],
    [0, 3, "  0"],
    [99, 3, " 99"],
    [100, 3, "100"],
    [1000, 3, "1000"],
    [0xFFFF_FFFF, 1, "4294967295"],
    [Number.MAX_SAFE_INTEGER, 1, "9007199254740991"],
  ];
  for (const [value, width, text] of cases) {
    const out = new ByteWriter(1);
    out.writeDecimal(value, width);
    assertEquals(textOf(out), text);
  }
});

Deno.test("ByteWriter.writeRange() writes some of the bytes", () => {
  const out = new ByteWriter(1);
  const bytes = Uint8Array.of(1, 2, 3, 4, 5);
  out.writeRange(bytes, 1, 4);
  out.writeRange(bytes, 2, 2);
  out.writeRange(bytes, 4, 5);
  assertEquals([...out.bytes], [2, 3, 4, 5]);
});

Deno.test("ByteWriter.space() counts only what was written, and is filled again behind clear()", () => {
  const out = new ByteWriter(2);
  out.writeText("AB");
  out.space(100)[out.length] = 0x43;
  assertEquals(textOf(out), "AB");
  out.wrote(1);
  assertEquals(textOf(out), "ABC");
  out.clear();
  assertEquals(out.length, 0);
  out.writeText("D");
  assertEquals(textOf(out), "D");
});
