import { assert, assertEquals } from "@std/assert";
import {
  type Fingerprint,
  fingerprint,
  formatFingerprint,
  parseFingerprint,
} from "../../../src/worklist/fingerprint.ts";
import { FingerprintIndex } from "../../../src/worklist/fingerprint_index.ts";

function printOf(bytes: Uint8Array, seed = 0, padding = 0): string {
  const buffer = new Uint8Array(bytes.length + padding * 2);
  buffer.set(bytes, padding);
  const found: Fingerprint = new Int32Array(2);
  fingerprint(new DataView(buffer.buffer), padding, padding + bytes.length, seed, found);
  return formatFingerprint(found);
}

/** A data set as peers send them: mostly letters and digits that repeat. */
function sample(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => 0x30 + (index * 7 + (index >> 3)) % 43);
}

function distinct(prints: readonly string[]): void {
  assertEquals(new Set(prints).size, prints.length);
}

function bitsOf(print: string): bigint {
  return BigInt(`0x${print}`);
}

Deno.test("fingerprint() depends on the bytes, not on their offset", () => {
  for (const length of [0, 1, 3, 4, 5, 600]) {
    const bytes = sample(length);
    const prints = [0, 1, 2, 3, 5].map((padding) => printOf(bytes, 0, padding));
    assertEquals(new Set(prints).size, 1);
  }
});

Deno.test("fingerprint() distinguishes data sets that differ in one byte", () => {
  const bytes = sample(601);
  const prints = [printOf(bytes)];
  for (let at = 0; at < bytes.length; at++) {
    for (const change of [1, 2, 0x80]) {
      const other = bytes.slice();
      other[at] = (other[at] ?? 0) ^ change;
      prints.push(printOf(other));
    }
  }
  distinct(prints);
});

Deno.test("fingerprint() distinguishes lengths, zeros and seeds", () => {
  distinct(Array.from({ length: 700 }, (_, length) => printOf(new Uint8Array(length))));
  distinct(Array.from({ length: 700 }, (_, length) => printOf(sample(700).subarray(0, length))));
  distinct([0, 1, 2, -1, 0x7FFFFFFF].map((seed) => printOf(sample(10), seed)));
});

Deno.test("fingerprint() distinguishes swapped words and values", () => {
  const bytes = sample(120);
  const prints = [printOf(bytes)];
  for (let one = 0; one < 30; one++) {
    for (let other = one + 1; other < 30; other++) {
      const swapped = bytes.slice();
      swapped.set(bytes.subarray(one * 4, one * 4 + 4), other * 4);
      swapped.set(bytes.subarray(other * 4, other * 4 + 4), one * 4);
      if (String(swapped) !== String(bytes)) prints.push(printOf(swapped));
    }
  }
  assert(prints.length > 300);
  distinct(prints);
});

Deno.test("fingerprint() has no collisions in its halves beyond chance among similar data sets", () => {
  const prints: string[] = [];
  for (let time = 0; time < 60_000; time++) {
    const bytes = sample(64);
    bytes.set(new TextEncoder().encode(String(time).padStart(6, "0")), 20);
    prints.push(printOf(bytes));
  }
  distinct(prints);
  for (const half of [prints.map((one) => one.slice(0, 8)), prints.map((one) => one.slice(8))]) {
    // 60,000 values of 32 bits: 0.4 collisions are expected.
    assert(half.length - new Set(half).size < 8);
  }
});

Deno.test("fingerprint() changes half of its bits when one bit of the input does", () => {
  const bytes = sample(40);
  const before = bitsOf(printOf(bytes));
  const counts = new Array<number>(64).fill(0);
  let flips = 0;
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const other = bytes.slice();
    other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const changed = before ^ bitsOf(printOf(other));
    counts.forEach((_, at) => counts[at] = (counts[at] ?? 0) + Number(changed >> BigInt(at) & 1n));
    flips++;
  }
  for (const count of counts) assert(count > flips * 0.35 && count < flips * 0.65, `${count}`);
});

Deno.test("parseFingerprint() reads the text of formatFingerprint() and no other", () => {
  const found: Fingerprint = new Int32Array(2);
  for (const text of ["0000000000000000", "ffffffffffffffff", "80000000deadbeef"]) {
    assertEquals(parseFingerprint(text, found), true);
    assertEquals(formatFingerprint(found), text);
  }
  for (const text of ["", "0", "FFFFFFFFFFFFFFFF", "00000000000000000", "000000000000000g"]) {
    assertEquals(parseFingerprint(text, found), false);
  }
});

Deno.test("FingerprintIndex finds each of many values, also of equal halves, and replaces them", () => {
  const index = new FingerprintIndex<number>();
  const keys = Array.from(
    { length: 5000 },
    (_, count) => Int32Array.of(Math.imul(count >> 2, 0x9E3779B1), count),
  );
  keys.forEach((key, count) => index.set(key, count));
  keys.forEach((key, count) => index.set(key, count + 1));
  assertEquals(index.size, 5000);
  keys.forEach((key, count) => assertEquals(index.get(key), count + 1));
  assertEquals(index.get(Int32Array.of(1, 1)), undefined);
});
