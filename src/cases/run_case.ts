/**
 * Runs test cases: the very `poll()` of the daemon, a peer with canned answers, and a state in memory.
 *
 * @module
 */
import type { Clock } from "../base/system_clock.ts";
import { poll } from "../daemon/poll/poll.ts";
import { polledQuery } from "../daemon/poll/polled_query.ts";
import { CannedPeer } from "./canned_peer.ts";
import type { CasePoll, TestCase } from "./case_file.ts";
import { CaseStore } from "./case_store.ts";
import { differences, type HappenedEvent, readEvent } from "./expectation.ts";

/** What did not agree in one poll of a case. */
export interface CaseFailure {
  /** The number of the poll in the case, from 1. */
  readonly poll: number;
  /** When it began, in the zone of the query. */
  readonly at: string;
  /** Lines that say what did not agree. */
  readonly lines: readonly string[];
}

/**
 * Runs a case.
 *
 * @param test The case.
 * @returns What did not agree; nothing where all events are as expected.
 */
export async function runCase(test: TestCase): Promise<CaseFailure[]> {
  const store = new CaseStore();
  const failures: CaseFailure[] = [];
  for (const [index, section] of test.polls.entries()) {
    const happened: HappenedEvent[] = [];
    for (const at of section.at) happened.push(...await pollOnce(section, store, at));
    const lines = differences(section.expect, happened);
    if (lines.length === 0) continue;
    const [first] = section.at;
    const at = first?.toZonedDateTimeISO(section.query.timeZone)
      .toString({ smallestUnit: "second", timeZoneName: "never" }) ?? "";
    failures.push({ poll: index + 1, at, lines });
  }
  return failures;
}

async function pollOnce(
  { query, peer, answer }: CasePoll,
  store: CaseStore,
  at: Temporal.Instant,
): Promise<HappenedEvent[]> {
  const report = await poll(polledQuery(query, peer, store), {
    clock: stoppedAt(at),
    id: at.toString(),
    asker: new CannedPeer(answer),
    signal: new AbortController().signal,
  });
  return report.events().map(readEvent);
}

/** Within a poll of a case no time passes. */
function stoppedAt(at: Temporal.Instant): Clock {
  return { now: () => at, monotonicMs: () => 0, sleepUntil: () => Promise.resolve() };
}
