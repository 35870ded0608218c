import { assertEquals } from "@std/assert";
import {
  type ClockMemory,
  type ClockState,
  judgeClock,
  mayPrune,
} from "../../../../src/worklist/judge/clock_doubt.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const noon = Date.parse("2026-11-21T12:00:00Z");

/** A daemon with its clocks; time passes by both, unless the wall clock is set. */
class Clocks {
  wallMs = noon;
  monotonicMs = 0;
  memory: ClockMemory | undefined;
  clockState: ClockState | undefined;
  lastPollMs: number | undefined;

  /** Polls after some time; tells whether the clock is doubted, and how much time has passed. */
  poll(
    passedMs: number,
    { wallMs = this.wallMs + passedMs, hasMatches = true, isEmpty = false } = {},
  ): { isDoubted: boolean; elapsedMs: number } {
    this.monotonicMs += passedMs;
    this.wallMs = wallMs;
    const { memory, clockState, lastPollMs } = this;
    const reading = { wallMs, monotonicMs: this.monotonicMs };
    const verdict = judgeClock({ reading, memory, clockState, lastPollMs, hasMatches, isEmpty });
    this.memory = verdict.memory;
    this.clockState = verdict.clockState;
    this.lastPollMs = wallMs;
    return { isDoubted: verdict.isDoubted, elapsedMs: verdict.elapsedMs };
  }

  /** Nothing of what is only in memory is left; the monotonic clock begins anew. */
  restart(): void {
    this.memory = undefined;
    this.monotonicMs = 0;
  }
}

Deno.test("a clock that runs as the monotonic clock does is believed, also when NTP sets it a little", () => {
  const clocks = new Clocks();
  assertEquals(clocks.poll(0), { isDoubted: false, elapsedMs: 0 });
  assertEquals(clocks.poll(hour), { isDoubted: false, elapsedMs: hour });
  assertEquals(clocks.poll(minute, { wallMs: clocks.wallMs - 2 * minute }).isDoubted, false);
  assertEquals(clocks.poll(5 * day).isDoubted, false);
});

Deno.test("a clock that is set to 1970, 2020 or 2099 is doubted until it is back", () => {
  for (const year of ["1970", "2020", "2099"]) {
    const clocks = new Clocks();
    clocks.poll(0);
    const wrong = { wallMs: Date.parse(`${year}-06-01T00:00:00Z`), hasMatches: false };
    assertEquals(clocks.poll(minute, wrong).isDoubted, true, year);
    // However long it stays wrong: a peer has nothing for such days.
    assertEquals(clocks.poll(3 * hour, { hasMatches: false }).isDoubted, true, year);
    clocks.restart();
    assertEquals(clocks.poll(minute, { hasMatches: false }).isDoubted, true, year);
    const wallMs = noon + 3 * hour + 3 * minute;
    assertEquals(clocks.poll(minute, { wallMs }).isDoubted, false, year);
  }
});

Deno.test("a host that starts before its clock is set is doubted until it is set", () => {
  for (const wallMs of [0, noon - hour, noon + 2 * day, Date.parse("2099-01-01T00:00:00Z")]) {
    const clocks = new Clocks();
    clocks.poll(0);
    clocks.poll(hour);
    clocks.restart();
    const { isDoubted, elapsedMs } = clocks.poll(minute, { wallMs });
    assertEquals([isDoubted, elapsedMs], [true, 0]);
    assertEquals(clocks.poll(minute, { wallMs: noon + 2 * hour }).isDoubted, false);
  }
});

Deno.test("a clock that jumped is believed when it has been steady for an hour and the peer has matches", () => {
  const clocks = new Clocks();
  clocks.poll(0);
  // The machine was suspended for a night.
  assertEquals(clocks.poll(minute, { wallMs: noon + 14 * hour }).isDoubted, true);
  assertEquals(clocks.poll(59 * minute).isDoubted, true);
  assertEquals(clocks.poll(minute, { hasMatches: false }).isDoubted, true);
  assertEquals(clocks.poll(minute).isDoubted, false);
});

Deno.test("a clock is believed when nothing could leave the window, or a person approves it", () => {
  const clocks = new Clocks();
  clocks.poll(0);
  const wallMs = noon + 40 * day;
  assertEquals(clocks.poll(minute, { wallMs, isEmpty: true }).isDoubted, false);
  assertEquals(clocks.poll(minute, { wallMs: noon }).isDoubted, true);
  clocks.clockState = { ...clocks.clockState, approved: true };
  assertEquals(clocks.poll(minute).isDoubted, false);
  assertEquals(clocks.poll(minute).isDoubted, false);
});

Deno.test("over a restart the wall clock measures the time since the last poll", () => {
  const clocks = new Clocks();
  clocks.poll(0);
  clocks.restart();
  assertEquals(clocks.poll(0, { wallMs: noon + 7 * minute }).elapsedMs, 7 * minute);
});

Deno.test("history is deleted only by a clock that has been believed for a day", () => {
  const clocks = new Clocks();
  clocks.poll(0);
  assertEquals(mayPrune(clocks.clockState, clocks.wallMs), false);
  clocks.poll(23 * hour);
  clocks.restart();
  clocks.poll(hour);
  assertEquals(mayPrune(clocks.clockState, clocks.wallMs), true);
  clocks.poll(minute, { wallMs: Date.parse("2099-01-01T00:00:00Z"), hasMatches: false });
  assertEquals(mayPrune(clocks.clockState, clocks.wallMs), false);
  clocks.poll(minute, { wallMs: noon + day + 2 * minute });
  assertEquals(mayPrune(clocks.clockState, clocks.wallMs), false);
  assertEquals(mayPrune(undefined, clocks.wallMs), false);
});
