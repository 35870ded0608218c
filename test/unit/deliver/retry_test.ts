import { assertEquals } from "@std/assert";
import { parseRetryAfter, retryDelayMs } from "../../../src/deliver/retry.ts";

const policy = { scheduleMs: [5000, 60_000], jitter: 0.2, giveUpAfterMs: undefined };
const now = Temporal.Instant.from("2026-11-21T12:00:00Z");

Deno.test("retryDelayMs() follows the schedule and repeats its last wait", () => {
  assertEquals([1, 2, 3, 99].map((n) => retryDelayMs(policy, n, 0.5)), [
    5000,
    60_000,
    60_000,
    60_000,
  ]);
});

Deno.test("retryDelayMs() varies each wait by the jitter to either side", () => {
  assertEquals([0, 0.5, 1].map((random) => retryDelayMs(policy, 1, random)), [4000, 5000, 6000]);
});

Deno.test("retryDelayMs() does as the receiver asks, within a second and a day", () => {
  const asked = [0, 2000, 1e12];
  assertEquals(asked.map((ms) => retryDelayMs(policy, 1, 0, ms)), [1000, 2000, 86_400_000]);
});

for (
  const [header, expected] of [
    ["120", 120_000],
    [" 0 ", 0],
    ["Sat, 21 Nov 2026 12:00:30 GMT", 30_000],
    ["Sat, 21 Nov 2026 11:00:00 GMT", 0],
    ["-5", undefined],
    ["1.5", undefined],
    ["soon", undefined],
    ["Saturday, perhaps", undefined],
    ["99999999999999999999", undefined],
    ["", undefined],
    [null, undefined],
  ] as const
) {
  Deno.test(`parseRetryAfter() reads ${JSON.stringify(header)} as ${expected}`, () => {
    assertEquals(parseRetryAfter(header, now), expected);
  });
}
