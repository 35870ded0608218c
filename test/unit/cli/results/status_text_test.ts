import { assert, assertEquals } from "@std/assert";
import { statusLines } from "../../../../src/cli/results/status_text.ts";
import { wrapText } from "../../../../src/cli/results/wrapped_text.ts";
import { unicodeWidth } from "@std/cli/unicode-width";
import type { DaemonStatus } from "../../../../src/daemon/status.ts";

const reason =
  "Cannot connect to ris.radiology.hospital.example.org:11112: connection refused; is the worklist server running?";

const polls = {
  complete: 1,
  incomplete: 0,
  added: 0,
  changed: 0,
  removed: 0,
  leftWindow: 0,
  durationMs: 0,
  matches: 0,
  warnings: 0,
  duplicates: 0,
  rejected: 0,
  suspect: 0,
};

const status: DaemonStatus = {
  running: true,
  started: "2026-11-27T05:00:00.000Z",
  time: "2026-11-27T08:00:00.000Z",
  version: "0.1.0",
  stateDir: "/var/lib/worklistd",
  configuration: { file: "/etc/worklistd/worklistd.yaml", state: "changed", reload: undefined },
  certificates: [],
  peers: [{
    name: "ris",
    address: "ris.radiology.hospital.example.org:11112",
    aeTitle: "RIS",
    state: "failing",
    lastAnswer: "2026-11-27T07:38:00.000Z",
    failingSince: "2026-11-27T07:38:30.000Z",
    failure: reason,
  }],
  queries: [
    {
      name: "ct-today",
      peer: "ris",
      model: "worklist",
      schedule: "every 30s",
      state: "complete",
      problem: undefined,
      items: 12,
      sequence: 3,
      lastPoll: {
        started: "2026-11-27T07:59:52.000Z",
        durationMs: 5,
        matches: 12,
        complete: true,
        failure: undefined,
        suspect: undefined,
        notes: ["the peer ignores key Modality: 3 matches were dropped"],
      },
      lastComplete: "2026-11-27T07:59:52.000Z",
      ageMs: 8000,
      nextPoll: "2026-11-27T08:00:22.000Z",
      failures: 0,
      failingSince: undefined,
      held: 0,
      suspectReason: undefined,
      massRemoval: {
        time: "2026-11-26T09:12:00.000Z",
        removed: 9,
        items: 9,
        cause: "approved",
        words:
          "9 of 9 items were removed at once at 2026-11-26T09:12:00.000Z: a person approved it",
      },
      polls,
    },
    {
      name: "mr-today",
      peer: "ris",
      model: "worklist",
      schedule: "every 30s",
      state: "incomplete",
      problem: undefined,
      items: 4,
      sequence: 3,
      lastPoll: {
        started: "2026-11-27T07:59:52.000Z",
        durationMs: 5,
        matches: 0,
        complete: false,
        failure: { class: "unreachable", words: reason },
        suspect: undefined,
      },
      lastComplete: "2026-11-27T07:38:00.000Z",
      ageMs: 22 * 60_000,
      nextPoll: "2026-11-27T08:00:22.000Z",
      failures: 44,
      failingSince: "2026-11-27T07:38:30.000Z",
      held: 0,
      suspectReason: undefined,
      polls,
    },
  ],
  sinks: [],
};

const options = {
  now: Temporal.Instant.from("2026-11-27T08:00:00Z"),
  timeZone: "Europe/Berlin",
  width: 80,
  colour: false,
};

Deno.test("status begins with a line in words for each query, and names its one time zone", () => {
  const lines = statusLines(status, options);
  assertEquals(lines[0], "ct-today: 12 items, 8 s old");
  assert(lines[1]?.startsWith("mr-today: 4 items, 22 min old: Cannot connect"), lines[1]);
  assertEquals(lines.at(-1), "times in Europe/Berlin");
  assert(!lines.join("\n").includes("Z"), "no time is in UTC");
  assert(lines.some((line) => line.includes("08:59:52")), "the last poll is in the zone");
});

Deno.test("status fits 80 columns and keeps each reason whole", () => {
  const lines = statusLines(status, options);
  for (const line of lines) assert(unicodeWidth(line) <= 80, line);
  const text = lines.map((line) => line.trim()).join(" ");
  assertEquals(text.split(reason).length - 1, 3);
  assert(text.includes("note: the peer ignores key Modality: 3 matches were dropped"), text);
  assert(
    text.includes("9 of 9 items were removed at once at 2026-11-26 10:12:00: a person approved it"),
    text,
  );
});

Deno.test("status says that the configuration file differs from what runs", () => {
  const text = statusLines(status, options).join(" ");
  assert(text.includes("/etc/worklistd/worklistd.yaml differs from what runs"), text);
});

Deno.test("wrapText() loses nothing, counts wide characters, and shows controls", () => {
  const long = `a ${"山".repeat(30)} b\x1b[2J ${"x".repeat(50)}`;
  const lines = wrapText(long, 20, "  ");
  for (const line of lines) assert(unicodeWidth(line) <= 20, line);
  assertEquals(
    lines.join("").replaceAll(" ", ""),
    long.replaceAll(" ", "").replaceAll("\x1b", "␛"),
  );
});
