import { assert, assertEquals } from "@std/assert";
import { decodeUtf8, Utf8Error } from "../../../src/base/utf8.ts";

function place(bytes: readonly number[]): string {
  try {
    return decodeUtf8(Uint8Array.from(bytes));
  } catch (error) {
    assert(error instanceof Utf8Error);
    return `${error.line}:${error.column}`;
  }
}

const bytesOf = (text: string): number[] => [...new TextEncoder().encode(text)];

Deno.test("decodeUtf8() reads text of all lengths of characters, without its byte order mark", () => {
  for (const text of ["", "plain", "Müller", "山田", "😀\n"]) {
    assertEquals(place(bytesOf(text)), text);
  }
  assertEquals(place([0xEF, 0xBB, 0xBF, ...bytesOf("a: b")]), "a: b");
});

Deno.test("decodeUtf8() says where a file is not UTF-8", () => {
  const rows: [bytes: number[], expected: string][] = [
    [[0xFC], "1:1"],
    [[...bytesOf("a: b\nkey: M"), 0xFC, ...bytesOf("ller\n")], "2:7"],
    [[...bytesOf("ü: "), 0xFC], "1:4"],
    [[...bytesOf("a\r\nb\r\n"), 0xE9, 0x0A], "3:1"],
    [[0xFF, 0xFE, 0x61, 0x00], "1:1"],
    [[...bytesOf("cut off "), 0xC3], "1:9"],
    [[...bytesOf("cut off "), 0xE5, 0xB1], "1:9"],
    [[...bytesOf("surrogate "), 0xED, 0xA0, 0x80], "1:11"],
    [[...bytesOf("overlong "), 0xC0, 0xAF], "1:10"],
  ];
  for (const [bytes, expected] of rows) assertEquals(place(bytes), expected);
});

Deno.test("decodeUtf8() finds the byte that is wrong wherever it stands", () => {
  const lines = "key: Müller\n".repeat(20);
  for (let at = 0; at <= lines.length; at++) {
    const before = lines.slice(0, at);
    const rows = before.split("\n");
    const expected = `${rows.length}:${(rows.at(-1)?.length ?? 0) + 1}`;
    assertEquals(place([...bytesOf(before), 0xFF, ...bytesOf(lines.slice(at))]), expected);
  }
});
