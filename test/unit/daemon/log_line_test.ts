import { assertEquals } from "@std/assert";
import type { LogRecord } from "@logtape/logtape";
import { lineFormatter } from "../../../src/daemon/log_line.ts";

function record(name: string): LogRecord {
  return {
    category: ["worklistd", "poll"],
    level: "info",
    message: ["Polled ", name, ": ", 3, " matches"],
    rawMessage: "Polled {query}: {matches} matches",
    timestamp: Date.UTC(2026, 10, 21, 20, 15, 30, 123),
    properties: { query: name, matches: 3 },
  };
}

Deno.test("lineFormatter() writes text for people", () => {
  assertEquals(
    lineFormatter("text")(record("ct-today")),
    "2026-11-21T20:15:30.123Z info poll: Polled ct-today: 3 matches\n",
  );
});

Deno.test("lineFormatter() writes JSON for programs", () => {
  assertEquals(JSON.parse(lineFormatter("json")(record("ct-today"))), {
    "@timestamp": "2026-11-21T20:15:30.123Z",
    level: "INFO",
    message: `Polled "ct-today": 3 matches`,
    logger: "poll",
    properties: { query: "ct-today", matches: 3 },
  });
});

Deno.test("lineFormatter() lets nothing forge a line or steer a terminal", () => {
  const hostile = "a\r\n2026 info poll: forged\x1b[2J\x07\u009b\u202e\u2028z";
  for (const format of ["text", "json"] as const) {
    const line = lineFormatter(format)(record(hostile));
    assertEquals(line.indexOf("\n"), line.length - 1);
    assertEquals(/[\p{Cc}\p{Cf}\u2028]/u.test(line.slice(0, -1)), false, format);
  }
  const { properties } = JSON.parse(lineFormatter("json")(record(hostile)));
  assertEquals(properties.query, hostile);
});

Deno.test("lineFormatter() gives the journal a priority, and no second time", () => {
  assertEquals(
    lineFormatter("text", true)(record("ct-today")),
    "<6>info poll: Polled ct-today: 3 matches\n",
  );
  const warning = { ...record("ct-today"), level: "warning" as const };
  assertEquals(lineFormatter("text", true)(warning).slice(0, 3), "<4>");
  assertEquals(lineFormatter("text", true)({ ...warning, level: "error" }).slice(0, 3), "<3>");
  const json = lineFormatter("json", true)(warning);
  assertEquals([json.slice(0, 3), JSON.parse(json.slice(3)).level], ["<4>", "WARN"]);
});
