import { assertEquals } from "@std/assert";
import type { Logger } from "@logtape/logtape";
import { logDelivery } from "../../../src/daemon/delivery_log.ts";

Deno.test("the outage of a sink is a line, a reminder now and then, and a line at its end", () => {
  const lines: string[] = [];
  const write = (level: string) => (text: string, facts: Record<string, unknown>): void => {
    if (level === "debug") return;
    lines.push(`${level} ${text.replaceAll(/\{(\w+)\}/g, (_, name) => String(facts[name]))}`);
  };
  const logger = { debug: write("debug"), info: write("info"), warn: write("warn") };
  let nowMs = 0;
  const log = logDelivery(logger as unknown as Logger, {
    nowMs: () => nowMs,
    remindMs: () => 3_600_000,
  });
  const failed = (minutes: number, message: string): void => {
    nowMs = minutes * 60_000;
    log({ kind: "failed", sink: "hook", query: "ct", error: new Error(message), nextAttempt: "T" });
  };
  const delivered = (minutes: number): void => {
    nowMs = minutes * 60_000;
    log({ kind: "delivered", sink: "hook", query: "ct", events: 2 });
  };
  delivered(0);
  failed(1, "status 503");
  failed(2, "status 503");
  failed(3, "no answer");
  failed(65, "no answer");
  failed(70, "no answer");
  delivered(71);
  delivered(72);
  assertEquals(lines, [
    "warn status 503; next attempt at T",
    "warn no answer; next attempt at T",
    "warn Sink hook is out for 1 h 4 min: no answer; next attempt at T",
    "info Sink hook delivers again after 1 h 10 min",
  ]);
});
