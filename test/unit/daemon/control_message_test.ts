import { assertEquals, assertThrows } from "@std/assert";
import {
  checkControlRequest,
  type ControlRequest,
  parseControlResponse,
  requireControlResult,
} from "../../../src/daemon/control_message.ts";

const requests: readonly ControlRequest[] = [
  { do: "poll", query: "ct", isDryRun: true },
  { do: "approve", query: "ct" },
  { do: "approve", query: "ct", approval: { who: "anna", why: "the RIS was moved" } },
  { do: "why", text: "DOE", query: "ct" },
  { do: "show", query: "ct", at: "2026-11-21T12:00:00Z" },
  { do: "history" },
  { do: "blame", query: "ct", key: "S1" },
  { do: "held", query: "ct" },
  { do: "tap" },
  { do: "replay", sink: "hook", since: "7", query: "ct" },
  { do: "resend", sink: "hook", ids: ["ct.1"] },
  { do: "status" },
  { do: "reload" },
];

for (const request of requests) {
  Deno.test(`the daemon takes the request ${JSON.stringify(request)}`, () => {
    assertEquals(checkControlRequest(JSON.parse(JSON.stringify(request))), request);
  });
}

for (
  const value of [
    null,
    "status",
    [],
    {},
    { do: "format" },
    { do: "poll", query: "ct" },
    { do: "poll", query: "ct", isDryRun: "yes" },
    { do: "approve", query: "ct", approval: { why: "nobody" } },
    { do: "approve", query: "ct", onlyIf: "everything is well" },
    { do: "resend", sink: "hook", ids: "ct.1" },
    { do: "replay", sink: "hook", since: 7 },
    { do: "tap", query: 1 },
  ]
) {
  Deno.test(`the daemon refuses the request ${JSON.stringify(value)}`, () => {
    const error = assertThrows(() => checkControlRequest(value), RangeError);
    assertEquals(
      error.message,
      "This daemon does not know the request: is it of another version?",
    );
  });
}

Deno.test("a command takes parts, results and refusals of the daemon, and nothing else", () => {
  for (const line of ['{"part":1}', '{"ok":true}', '{"ok":true,"result":[1]}']) {
    assertEquals(parseControlResponse(line), JSON.parse(line));
  }
  assertEquals(parseControlResponse('{"ok":false,"message":"no"}'), { ok: false, message: "no" });
  for (const line of ["", "x", "1", "null", "{}", '{"ok":false}', '{"ok":"yes","result":1}']) {
    const error = assertThrows(() => parseControlResponse(line), Error);
    assertEquals(error.message.startsWith("Cannot read the daemon's answer"), true, line);
  }
});

Deno.test("a command refuses a result without what it relies on", () => {
  requireControlResult("approve", true);
  requireControlResult("replay", 7);
  requireControlResult("resend", { sent: 1, left: 0 });
  const status = { running: true, time: "t", version: "1", peers: [], queries: [], sinks: [] };
  requireControlResult("status", { ...status, later: 1 });
  const counts = { added: 1, changed: 0, removed: 0, leftWindow: 0, taken: 0 };
  const report = { query: "ct", matches: 1, counts, notes: [] };
  requireControlResult("poll", { report, events: ["{}"] });
  for (
    const [request, result] of [
      ["approve", "true"],
      ["replay", null],
      ["replay", -1],
      ["resend", { sent: 1 }],
      ["status", { ...status, queries: [{ name: "ct" }] }],
      ["status", undefined],
      ["poll", { report: { ...report, counts: {} }, events: [] }],
      ["poll", { report }],
    ] as const
  ) {
    assertThrows(() => requireControlResult(request, result), Error, "Cannot read");
  }
});
