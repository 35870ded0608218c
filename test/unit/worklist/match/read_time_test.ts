import { assertEquals } from "@std/assert";
import {
  hour,
  readDate,
  readDateTime,
  readOffset,
  readTime,
} from "../../../../src/worklist/match/read_time.ts";

const nov27 = Date.UTC(2026, 10, 27) * 1000;

const dates = [
  "20261127",
  " 20261127\0",
  "20261127.",
  "2026-11-27",
  "2026/11/27",
  "2026.11.27",
  "2026 11 27",
  "20261127120000",
  "202611271200",
  "2026112712",
  "20261127120000.1234567",
  "20261127 120000",
  "20261127T120000Z",
  "2026-11-27T12:00:00",
  "2026-11-27T12:00:00.0000000+01:00",
  "2026-11-27 12:00",
  "2026/11/27 9:30 PM",
  "2026-11-27-12.00.00.000000",
];
for (const text of dates) {
  Deno.test(`readDate() reads ${JSON.stringify(text)}`, () => {
    assertEquals(readDate(text)?.day, nov27);
  });
}

Deno.test("readDate() reads one digit for a month or a day", () => {
  assertEquals(readDate("2026-1-5")?.day, Date.UTC(2026, 0, 5) * 1000);
});

const noDates = [
  ...["", "202611", "2026", "2026-11", "0", "00000000", "20261301", "20260230", "20260431"],
  ...["27/11/2026", "11/27/2026", "27.11.2026", "261127", "2026-11/27", "tomorrow", "20261127x"],
  ...["2026-11-2712:00", "20261127-20261128", "20261127 25:00", "2026112712000", "00010101"],
];
for (const text of noDates) {
  Deno.test(`readDate() reads nothing of ${JSON.stringify(text)}`, () => {
    assertEquals(readDate(text), undefined);
  });
}

const times: [text: string, from: number, to?: number][] = [
  ["0930", 9.5 * hour, 9.5 * hour + 60e6 - 1],
  ["09", 9 * hour, 10 * hour - 1],
  ["9:30", 9.5 * hour, 9.5 * hour + 60e6 - 1],
  ["09:30", 9.5 * hour],
  ["9:30:00", 9.5 * hour, 9.5 * hour + 1e6 - 1],
  ["09.30.00", 9.5 * hour, 9.5 * hour + 1e6 - 1],
  ["093000.0000000", 9.5 * hour, 9.5 * hour],
  ["093000.123456789", 9.5 * hour + 123456, 9.5 * hour + 123456],
  ["093000.", 9.5 * hour, 9.5 * hour + 1e6 - 1],
  ["093000,5", 9.5 * hour + 5e5, 9.5 * hour + 6e5 - 1],
  ["09:30:00,25", 9.5 * hour + 25e4],
  ["T093000", 9.5 * hour],
  ["093000Z", 9.5 * hour],
  ["09:30+01:00", 9.5 * hour],
  ["093000-0500", 9.5 * hour],
  ["9:30 AM", 9.5 * hour],
  ["9:30 pm", 21.5 * hour],
  ["12:30 AM", 0.5 * hour],
  ["12:30:00 PM", 12.5 * hour],
  ["20261127093000", 9.5 * hour],
  ["1900-01-01 09:30:00", 9.5 * hour],
  ["2026-11-27T09:30:00Z", 9.5 * hour],
  ["235960", 24 * hour - 1e6],
];
for (const [text, from, to] of times) {
  Deno.test(`readTime() reads ${JSON.stringify(text)}`, () => {
    const time = readTime(text);
    assertEquals(time?.from, from);
    if (to !== undefined) assertEquals(time?.to, to);
  });
}

const noTimes = [
  ...["", "noon", "930", "9", "2400", "24:00", "1060", "106000", "093061", "9h30", "0900-1000"],
  ...[
    "09-",
    "13:00 PM",
    "0:30 AM",
    "20261127",
    "09:3",
    "09.30",
    "-0930",
    "093000+1500",
    "0930 XYZ",
  ],
];
for (const text of noTimes) {
  Deno.test(`readTime() reads nothing of ${JSON.stringify(text)}`, () => {
    assertEquals(readTime(text), undefined);
  });
}

Deno.test("readDateTime() reads shortened DT values, and other forms that programs write", () => {
  const noon = nov27 + 12 * hour;
  for (
    const text of [
      ...["20261127120000", "2026-11-27T12:00:00", "2026-11-27 12:00", "2026/11/27 12:00:00,0"],
      ...["20261127120000.0000000", "20261127120000+0100", "2026-11-27T12:00:00Z"],
    ]
  ) assertEquals(readDateTime(text)?.from, noon, text);
  assertEquals(readDateTime("2026-11-27T12:00:00-05:00")?.offset, -5 * hour);
  assertEquals(readDateTime("2026-11")?.from, Date.UTC(2026, 10, 1) * 1000);
  assertEquals(readDateTime("2026")?.to, Date.UTC(2027, 0, 1) * 1000 - 1);
  for (const text of ["", "soon", "27/11/2026 12:00", "20261127 noon"]) {
    assertEquals(readDateTime(text), undefined, text);
  }
});

Deno.test("readOffset() reads an offset from UTC in its usual forms", () => {
  for (const text of ["+0130", "+01:30", " +0130 "]) assertEquals(readOffset(text), 1.5 * hour);
  for (const text of ["Z", "UTC", "+00", "-0000", "+0000"]) {
    assertEquals(Math.abs(readOffset(text) ?? 1), 0);
  }
  for (const text of ["", "CET", "0100", "+1500", "+0160", "+100"]) {
    assertEquals(readOffset(text), undefined, text);
  }
});

Deno.test("a date or time reads as before when thousands of others were read since", () => {
  const first = [readDate("20261127"), readTime("0930"), readDate("202611"), readTime("noon")];
  for (let n = 0; n < 5000; n++) {
    const text = String(10_000_000 + n);
    readDate(text);
    readTime(text);
  }
  const second = [readDate("20261127"), readTime("0930"), readDate("202611"), readTime("noon")];
  assertEquals(second, first);
  assertEquals(first[0]?.offset, undefined);
  assertEquals(first.slice(2), [undefined, undefined]);
});

Deno.test("the same text reads differently as a date and as a time", () => {
  const text = "20261127";
  assertEquals(readDate(text), { day: nov27, clock: undefined, offset: undefined });
  assertEquals(readTime(text), undefined);
  assertEquals(readTime(text), undefined);
  assertEquals(readDate(text)?.day, nov27);
});
