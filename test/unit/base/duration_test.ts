import { assertEquals, assertThrows } from "@std/assert";
import {
  formatDuration,
  formatSize,
  parseDuration,
  parsePercentage,
  parseSize,
} from "../../../src/base/duration.ts";

Deno.test("parseDuration() reads each unit and their sums", () => {
  const table: [string, number][] = [
    ["0s", 0],
    ["250ms", 250],
    ["10s", 10_000],
    ["1m", 60_000],
    ["1m30s", 90_000],
    ["0.5s", 500],
    ["2h", 7_200_000],
    ["3d", 259_200_000],
    ["1d2h3m4s5ms", 93_784_005],
  ];
  for (const [text, ms] of table) assertEquals(parseDuration(text), ms, text);
});

Deno.test("parseDuration() refuses what is not a duration", () => {
  for (const text of ["", "10", "s", "10 s", "-1s", "1s1m", "1..5s", ".s", "1w", "1e3s", "١s"]) {
    assertThrows(() => parseDuration(text), SyntaxError, "not a duration", text);
  }
});

Deno.test("formatDuration() writes what parseDuration() reads", () => {
  for (const ms of [0, 1, 999, 1_000, 61_001, 86_400_000, 93_784_005]) {
    assertEquals(parseDuration(formatDuration(ms)), ms);
  }
  assertEquals(formatDuration(90_000), "1m30s");
});

Deno.test("parseSize() reads decimal and binary units", () => {
  assertEquals(parseSize("50MB"), 50_000_000);
  assertEquals(parseSize("64KiB"), 65_536);
  assertEquals(parseSize("1.5 GB"), 1_500_000_000);
  for (const text of ["", "50", "MB", "50mb", "50XB", "-1MB"]) {
    assertThrows(() => parseSize(text), SyntaxError, "not a size", text);
  }
});

Deno.test("parsePercentage() reads 0% to 100%", () => {
  assertEquals(parsePercentage("0%"), 0);
  assertEquals(parsePercentage("12.5%"), 0.125);
  assertEquals(parsePercentage("100%"), 1);
  for (const text of ["", "50", "101%", "-1%", "%"]) {
    assertThrows(() => parsePercentage(text), SyntaxError, "not a percentage", text);
  }
});

Deno.test("formatSize() writes what parseSize() reads, in the largest unit without a fraction", () => {
  for (const bytes of [0, 1, 999, 1_000, 1_024, 1_500, 4_194_304, 200_000_000, 3_000_000_000]) {
    assertEquals(parseSize(formatSize(bytes)), bytes);
  }
  assertEquals(formatSize(200_000_000), "200MB");
  assertEquals(formatSize(4_194_304), "4MiB");
  assertEquals(formatSize(1_001), "1001B");
});
