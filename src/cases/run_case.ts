/**
 * Runs test cases with the same `poll()` as the daemon, a peer with canned answers, and a state in memory.
 *
 * @module
 */
import type { Clock } from "../base/system_clock.ts";
import { poll } from "../daemon/poll/poll.ts";
import { eventLines, type PollReport } from "../daemon/poll/poll_report.ts";
import { polledQuery } from "../daemon/poll/polled_query.ts";
import { CannedPeer } from "./canned_peer.ts";
import type { CasePoll, TestCase } from "./case_file.ts";
import { CaseStore } from "./case_store.ts";
import { differences, type HappenedEvent, readEvent } from "./expectation.ts";

/** The differences in one poll of a case. */
export interface CaseFailure {
  /** The number of the poll in the case, from 1. */
  readonly poll: number;
  /** The time at which it began, in the zone of the query. */
  readonly at: string;
  /** Lines that name the differences. */
  readonly lines: readonly string[];
}

/**
 * Runs a case.
 *
 * @param test The case.
 * @returns The differences; empty if all events are as expected.
 */
export async function runCase(test: TestCase): Promise<CaseFailure[]> {
  const store = new CaseStore();
  const failures: CaseFailure[] = [];
  let accepted = 0;
  let unsaid: { readonly index: number; readonly line: string } | undefined;
  for (const [index, section] of test.polls.entries()) {
    const happened: HappenedEvent[] = [];
    const lines: string[] = [];
    for (const at of section.at) {
      const report = await pollOnce(section, store, at);
      happened.push(...eventLines(report.changes).map(readEvent));
      const { rejected, undecodable } = report.counts;
      accepted += report.matches - rejected - undecodable;
      if (section.dropped === undefined) {
        if (rejected > 0) unsaid ??= { index, line: unsaidLine(section, report) };
      } else if (rejected !== section.dropped && lines.length === 0) {
        lines.push(`dropped: expected ${section.dropped}; recheck dropped ${droppedText(report)}`);
      }
    }
    lines.push(...differences(section.expect, happened));
    if (lines.length === 0) continue;
    failures.push(failureOf(section, index, lines));
  }
  // A case whose data sets are all dropped proves nothing about its subject.
  const [first] = test.polls.slice(unsaid?.index);
  if (failures.length === 0 && unsaid !== undefined && first !== undefined && accepted === 0) {
    failures.push(failureOf(first, unsaid.index, [unsaid.line]));
  }
  return failures;
}

function failureOf(section: CasePoll, index: number, lines: readonly string[]): CaseFailure {
  const [first] = section.at;
  const at = first?.toZonedDateTimeISO(section.query.timeZone)
    .toString({ smallestUnit: "second", timeZoneName: "never" }) ?? "";
  return { poll: index + 1, at, lines };
}

async function pollOnce(
  { query, peer, answer }: CasePoll,
  store: CaseStore,
  at: Temporal.Instant,
): Promise<PollReport> {
  return await poll(polledQuery(query, peer, store), {
    clock: stoppedAt(at),
    id: at.toString(),
    asker: new CannedPeer(answer),
    signal: new AbortController().signal,
  });
}

/** Writes the number of dropped data sets. Example: `2 (Modality 2)`. */
function droppedText({ rejected, counts }: PollReport): string {
  const keys = Object.entries(rejected).map(([path, count]) => `${path} ${count}`);
  return keys.length === 0 ? String(counts.rejected) : `${counts.rejected} (${keys.join(", ")})`;
}

function unsaidLine({ place }: CasePoll, report: PollReport): string {
  return `${place}: recheck drops every data set of this case, here ${droppedText(report)}: ` +
    "they do not match the keys. Correct them, or write `dropped: " + report.counts.rejected +
    "` if the case tests that";
}

/** A clock that stands still within a poll. Between two polls both clocks advance by the same time. */
function stoppedAt(at: Temporal.Instant): Clock {
  return {
    now: () => at,
    monotonicMs: () => at.epochMilliseconds,
    sleepUntil: () => Promise.resolve(),
  };
}
