import { assert, assertEquals, assertRejects } from "@std/assert";
import { DeliveryError } from "../../../src/deliver/delivery_error.ts";
import { Gate } from "../../../src/deliver/gate.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";

const never = new AbortController().signal;
const second = 1000;

async function fail(gate: Gate, times: number, options = {}): Promise<void> {
  for (let n = 0; n < times; n++) {
    const refuse = (): Promise<never> => Promise.reject(new DeliveryError("s", "no", options));
    await gate.run(refuse, never).catch(() => {});
  }
}

Deno.test("Gate lets so many through at once, and the others in the order they came", async () => {
  const gate = new Gate(new FakeClock(), 2);
  const begun: number[] = [];
  const ends = [1, 2, 3, 4].map((n) => {
    const end = Promise.withResolvers<void>();
    const run = gate.run(() => (begun.push(n), end.promise), never);
    return { end: end.resolve, run };
  });
  await settle();
  assertEquals(begun, [1, 2]);
  ends[1]?.end();
  await settle();
  assertEquals(begun, [1, 2, 3]);
  for (const { end } of ends) end();
  await Promise.all(ends.map(({ run }) => run));
  assertEquals(begun, [1, 2, 3, 4]);
});

Deno.test("Gate closes after five failures in a row and then lets one through now and then", async () => {
  const clock = new FakeClock();
  const gate = new Gate(clock, 4);
  await fail(gate, 5);
  const began: string[] = [];
  const tasks = [1, 2, 3].map((n) =>
    gate.run(() => {
      began.push(`${clock.now().toString().slice(14, -1)} ${n}`);
      return n === 1 ? Promise.reject(new DeliveryError("s", "no")) : Promise.resolve();
    }, never).catch(() => {})
  );
  await settle();
  assertEquals(began, []);
  await clock.advance(30 * second);
  assertEquals(began, ["00:30 1"]);
  await clock.advance(60 * second);
  assertEquals(began, ["00:30 1", "01:30 2", "01:30 3"]);
  await Promise.all(tasks);
  assertEquals(gate.closedUntil, undefined);
});

Deno.test("Gate does not close when a success comes between the failures", async () => {
  const gate = new Gate(new FakeClock(), 4);
  for (let n = 0; n < 3; n++) {
    await fail(gate, 4);
    await gate.run(() => Promise.resolve(), never);
  }
  assertEquals(gate.closedUntil, undefined);
});

Deno.test("Gate does not count events that the receiver refuses", async () => {
  const gate = new Gate(new FakeClock(), 4);
  await fail(gate, 9, { remedy: "give-up" });
  assertEquals(gate.closedUntil, undefined);
});

Deno.test("Gate takes a refusal for a sign of life", async () => {
  const clock = new FakeClock();
  const gate = new Gate(clock, 4);
  await fail(gate, 4);
  await fail(gate, 1, { remedy: "give-up" });
  await fail(gate, 4);
  assertEquals(gate.closedUntil, undefined);
  await fail(gate, 1);
  const refused = fail(gate, 1, { remedy: "give-up" });
  await clock.advance(30 * second);
  await refused;
  assertEquals(gate.closedUntil, undefined);
});

Deno.test("Gate counts failures of every kind, but not those of a task that was told to end", async () => {
  const gate = new Gate(new FakeClock(), 4);
  const boom = (): Promise<never> => Promise.reject(new TypeError("connection reset"));
  for (let n = 0; n < 5; n++) {
    const ending = new AbortController();
    const end = (): Promise<never> => {
      ending.abort();
      return boom();
    };
    await gate.run(end, ending.signal).catch(() => {});
  }
  assertEquals(gate.closedUntil, undefined);
  for (let n = 0; n < 5; n++) await gate.run(boom, never).catch(() => {});
  assert(gate.closedUntil !== undefined);
});

Deno.test("Gate lets one through every five minutes, however long the receiver is down", async () => {
  const clock = new FakeClock("2026-11-21T12:00:00Z");
  const gate = new Gate(clock, 4);
  await fail(gate, 5);
  for (let n = 0; n < 10; n++) {
    const failed = fail(gate, 1);
    if (gate.closedUntil) await clock.set(gate.closedUntil);
    await failed;
  }
  assertEquals(gate.closedUntil?.toString(), clock.now().add({ minutes: 5 }).toString());
});

Deno.test("Gate stays closed for all as long as the receiver asks", async () => {
  const clock = new FakeClock("2026-11-21T12:00:00Z");
  const gate = new Gate(clock, 4);
  await fail(gate, 1, { retryAfterMs: 7 * second });
  assertEquals(gate.closedUntil?.toString(), "2026-11-21T12:00:07Z");
});

Deno.test("Gate ends a wait when told, and the place goes to the next", async () => {
  const gate = new Gate(new FakeClock(), 1);
  const end = Promise.withResolvers<void>();
  const first = gate.run(() => end.promise, never);
  const ending = new AbortController();
  const second = gate.run(() => Promise.resolve("second"), ending.signal);
  const third = gate.run(() => Promise.resolve("third"), never);
  ending.abort(new Error("enough"));
  await assertRejects(() => second, Error, "enough");
  end.resolve();
  await first;
  assertEquals(await third, "third");
});

Deno.test("Gate lets no one in who was told to end as the turn came, and forgets no one else", async () => {
  const gate = new Gate(new FakeClock(), 1);
  const end = Promise.withResolvers<void>();
  const first = gate.run(() => end.promise, never);
  const ending = new AbortController();
  const begun: string[] = [];
  const second = gate.run(() => Promise.resolve(begun.push("second")), ending.signal);
  const third = gate.run(() => Promise.resolve(begun.push("third")), never);
  await settle();
  end.resolve();
  queueMicrotask(() => ending.abort(new Error("enough")));
  await assertRejects(() => second, Error, "enough");
  await Promise.all([first, third]);
  assertEquals(begun, ["third"]);
});

Deno.test("Gate does not let wait who has been told to end before", async () => {
  const gate = new Gate(new FakeClock(), 1);
  const end = Promise.withResolvers<void>();
  const first = gate.run(() => end.promise, never);
  const late = gate.run(() => Promise.resolve(), AbortSignal.abort(new Error("enough")));
  await assertRejects(() => late, Error, "enough");
  end.resolve();
  await first;
});
