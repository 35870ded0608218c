import { assertEquals } from "@std/assert";
import type { Logger } from "@logtape/logtape";
import { PollLog } from "../../../../src/daemon/poll/poll_log.ts";
import type { Item, PollOutcome } from "../../../../src/worklist/journal/journal.ts";

import type { PollReport } from "../../../../src/daemon/poll/poll_report.ts";

/** A logger that keeps level and text of what is logged. */
function recording(): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  const write = (level: string) => (text: string, facts: Record<string, unknown>): void => {
    lines.push(`${level} ${text.replaceAll(/\{(\w+)\}/g, (_, name) => String(facts[name]))}`);
  };
  const logger = {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
  };
  return { logger: logger as unknown as Logger, lines };
}

const failure = { class: "unreachable", words: "nobody listens" } as const;
const item: Item = {
  id: '{"PatientID":"P1"}',
  key: { PatientID: "P1" },
  subject: "k1-1",
  fingerprint: "0123456789abcdef",
  json: "{}",
  characterSet: undefined,
  sequence: 0,
  configuration: 1,
};

function report(
  changes: Partial<Omit<PollReport, keyof PollOutcome>> = {},
  counts: Partial<PollReport["counts"]> = {},
  outcome: PollOutcome = { complete: true },
): PollReport {
  return {
    query: "ct",
    peer: "ris",
    started: "2026-11-21T12:00:00.000Z",
    durationMs: 12.3,
    matches: 3,
    ...outcome,
    counts: {
      added: 0,
      changed: 0,
      removed: 0,
      leftWindow: 0,
      taken: 0,
      missing: 0,
      duplicates: 0,
      collisions: [],
      rejected: 0,
      undecodable: 0,
      ...counts,
    },
    warnings: 0,
    rejected: {},
    notes: [],
    isRetriable: false,
    changes: {
      source: { query: "ct", peer: "ris", model: "worklist", noun: "worklist.item" },
      poll: { id: "p1", started: "2026-11-21T12:00:00.000Z", matches: 3, complete: true },
      time: "2026-11-21T12:00:00.000Z",
      events: [{ kind: "changed", before: item, after: item, changes: [], kinds: ["status"] }],
      firstSequence: 1,
    },
    ...changes,
  };
}

const unchanged = "Polled ct: 3 matches, 0 added, 0 changed, 0 removed, 0 left the window, 12 ms";

Deno.test("PollLog tells of changes, and of polls without them only when asked for detail", () => {
  const { logger, lines } = recording();
  const log = new PollLog(logger, logger, () => undefined);
  log.report(report({}, { added: 2 }));
  log.report(report());
  assertEquals(lines, [`info ${unchanged.replace("0 added", "2 added")}`, `debug ${unchanged}`]);
});

Deno.test("PollLog tells of a failure once, and when it was mended", () => {
  const { logger, lines } = recording();
  const log = new PollLog(logger, logger, () => undefined);
  const failed = report({}, {}, { complete: false, failure });
  for (const each of [report(), failed, failed, report()]) log.report(each);
  assertEquals(lines.map((line) => line.slice(0, 45)), [
    "debug Polled ct: 3 matches, 0 added, 0 change",
    "warn Poll of ct is incomplete (unreachable): ",
    "debug Poll of ct is incomplete (unreachable):",
    "info Polled ct: 3 matches, 0 added, 0 changed",
  ]);
});

Deno.test("PollLog reports a poll that failed without its peer once for each reason", () => {
  const { logger, lines } = recording();
  const log = new PollLog(logger, logger, () => undefined);
  for (const words of ["disk full", "disk full", "disk gone"]) log.error("ct", new Error(words));
  assertEquals(lines.map((line) => line.split(" ")[0]), ["error", "debug", "error"]);
});

Deno.test("PollLog warns once of a key that the peer ignores", () => {
  const { logger } = recording();
  const peer = recording();
  const log = new PollLog(logger, peer.logger, () => undefined);
  for (let n = 0; n < 3; n++) log.report(report({ rejected: { Modality: 4 } }));
  assertEquals(peer.lines, [
    "warn Peer ris ignores key Modality of ct: 4 matches were dropped",
  ]);
});

Deno.test("PollLog warns once of what is odd, and not besides that the peer ignores the key", () => {
  const { logger } = recording();
  const peer = recording();
  const log = new PollLog(logger, peer.logger, () => undefined);
  const notes = [
    { key: "case Modality", words: "4 matches differ in case" },
    { key: "unreadable StudyDate", words: "StudyDate cannot be read" },
  ];
  for (let n = 0; n < 3; n++) log.report(report({ rejected: { Modality: 4 }, notes }));
  assertEquals(peer.lines, [
    "warn Answer of ris to ct: 4 matches differ in case",
    "warn Answer of ris to ct: StudyDate cannot be read",
  ]);
});

Deno.test("PollLog warns once of faults in a query's answers that were read around", () => {
  const { logger } = recording();
  const peer = recording();
  const log = new PollLog(logger, peer.logger, () => undefined);
  const warning = "(0010,0010) 2 characters are not in the character set";
  for (let n = 0; n < 3; n++) log.report(report({ warnings: 5, warning }));
  assertEquals(peer.lines, [
    `warn Answers to ct have 5 faults that were read around, the first: ${warning}`,
  ]);
});

Deno.test("PollLog warns once of matches that come twice in a complete answer", () => {
  const { logger } = recording();
  const peer = recording();
  const log = new PollLog(logger, peer.logger, () => undefined);
  log.report(report({}, { duplicates: 1 }, { complete: false, failure }));
  for (let n = 0; n < 3; n++) log.report(report({}, { duplicates: 2 }));
  assertEquals(peer.lines, [
    "warn Matches that came twice in an answer to ct: 2; each counts once",
  ]);
});

Deno.test("PollLog shows identities only where that is permitted", () => {
  const { logger } = recording();
  const changes = recording();
  let isPermitted = false;
  const log = new PollLog(logger, logger, () => isPermitted ? changes.logger : undefined);
  log.report(report({}, { changed: 1 }));
  isPermitted = true;
  log.report(report({}, { changed: 1 }));
  assertEquals(changes.lines, ['info dicom.worklist.item.changed {"PatientID":"P1"} status []']);
});

Deno.test("PollLog warns of what cannot be verified until it can", () => {
  const { logger, lines } = recording();
  const log = new PollLog(logger, logger, () => undefined);
  const unverified = "2 missing items stay, unverified: the peer is busy";
  for (let n = 0; n < 3; n++) log.report(report({ unverified }));
  log.report(report());
  log.report(report({ unverified }));
  assertEquals(lines.filter((line) => line.startsWith("warn")), [
    `warn Poll of ct: ${unverified}`,
    `warn Poll of ct: ${unverified}`,
  ]);
});

Deno.test("PollLog reminds of a peer's outage once for all of its queries, and ends it in one line", () => {
  const { logger, lines } = recording();
  const log = new PollLog(logger, logger, () => undefined, () => 3_600_000);
  const failure = { class: "unreachable", words: "nobody listens" } as const;
  const failedAt = (query: string, time: string): void =>
    log.report(
      report({ query, started: `2026-11-21T${time}Z` }, {}, { complete: false, failure }),
    );
  failedAt("ct", "12:00:00");
  failedAt("mr", "12:00:10");
  for (const time of ["12:30:00", "13:00:30", "13:10:00"]) {
    failedAt("ct", time);
    failedAt("mr", time);
  }
  log.report(report({ started: "2026-11-21T13:12:00Z" }));
  assertEquals(lines.filter((line) => !line.startsWith("debug")), [
    "warn Poll of ct is incomplete (unreachable): nobody listens",
    "warn Poll of mr is incomplete (unreachable): nobody listens",
    "warn Poll of ct is still incomplete after 1 h (unreachable): nobody listens",
    `info ${unchanged}; complete again after 1 h 12 min`,
  ]);
});
