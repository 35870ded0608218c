/**
 * A status in which nothing is zero, for tests of what is made of it.
 *
 * @module
 */
import type { MetricSource } from "../../src/daemon/metrics/table.ts";
import type { DaemonStatus, QueryStatus } from "../../src/daemon/status.ts";

/** The present of the status. */
export const presentMs = Date.parse("2026-11-27T08:57:16.000Z");

/** A query that holds removals back. */
export const heldQuery: QueryStatus = {
  name: "ct",
  peer: "ris",
  model: "worklist",
  schedule: "every 2s",
  state: "suspect",
  problem: undefined,
  items: 12,
  sequence: 40,
  lastPoll: {
    started: "2026-11-27T08:57:08.000Z",
    durationMs: 50,
    matches: 3,
    complete: true,
    failure: undefined,
    suspect: "9 of 12 items would be lost at once",
  },
  lastComplete: "2026-11-27T08:57:08.000Z",
  ageMs: 8_000,
  nextPoll: "2026-11-27T08:57:18.000Z",
  failures: 0,
  failingSince: undefined,
  held: 9,
  suspectReason: "brake",
  polls: {
    complete: 10,
    incomplete: 2,
    suspect: 3,
    added: 1,
    changed: 2,
    removed: 3,
    leftWindow: 4,
    durationMs: 600,
    matches: 70,
    warnings: 5,
    duplicates: 6,
    rejected: 7,
  },
};

/** The whole status. */
export const heldStatus: DaemonStatus = {
  running: true,
  started: "2026-11-27T06:00:00.000Z",
  time: "2026-11-27T08:57:16.000Z",
  version: "1.2.3",
  stateDir: "/var/lib/worklistd",
  configuration: {
    file: "/etc/worklistd/worklistd.yaml",
    state: "changed",
    reload: { time: "2026-11-27T08:00:00.000Z", ok: false },
  },
  peers: [{
    name: "ris",
    address: "ris.example.org:104",
    aeTitle: "RIS",
    state: "answering",
    lastAnswer: "2026-11-27T08:57:08.000Z",
    failingSince: undefined,
    failure: undefined,
  }],
  queries: [heldQuery],
  sinks: [{
    name: "hook",
    type: "webhook",
    state: "failing",
    backlog: 2,
    failures: 3,
    replaying: 0,
    delivered: 11,
    deadLetters: 1,
    lastSuccess: undefined,
    nextAttempt: "2026-11-27T08:58:00.000Z",
    lastError: "the receiver answers 503",
    stopped: undefined,
    positions: { ct: 38 },
    attempts: { delivered: 11, failed: 3 },
    oldestUndelivered: "2026-11-27T08:56:16.000Z",
  }],
  certificates: [{ usedBy: "http", expires: "2027-01-01T00:00:00.000Z" }],
};

/** What metrics are read from. */
export function metricSource(): MetricSource {
  return {
    status: heldStatus,
    nowMs: presentMs,
    usage: { cpuSeconds: 1.5, residentBytes: 1000, startSeconds: 100 },
    streams: 2,
  };
}
