/**
 * Sends one event to a webhook, whose options come as an argument, and prints what came of it.
 *
 * @module
 */
import { systemClock } from "../../src/base/system_clock.ts";
import { makeWebhookSink } from "../../src/deliver/sinks/webhook.ts";

const sink = makeWebhookSink(JSON.parse(Deno.args[0] ?? ""), {
  name: "hook",
  clock: systemClock,
  note: () => {},
});
const event = { id: "q.1", sequence: 1, line: "{}" };
try {
  await sink.send({ query: "q", events: [event] }, new AbortController().signal);
  say("delivered");
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
}
await sink.close();

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}
