import { assert, assertEquals, assertRejects } from "@std/assert";
import { DeliveryError } from "../../../src/deliver/delivery_error.ts";
import { CircuitBreaker } from "../../../src/deliver/circuit_breaker.ts";
import { FakeClock, settle } from "../../support/fake_clock.ts";

const never = new AbortController().signal;
const second = 1000;

async function fail(breaker: CircuitBreaker, times: number, options = {}): Promise<void> {
  for (let n = 0; n < times; n++) {
    const refuse = (): Promise<never> => Promise.reject(new DeliveryError("s", "no", options));
    await breaker.run(refuse, never).catch(() => {});
  }
}

Deno.test("CircuitBreaker runs deliveries up to its limit, and the others in the order they came", async () => {
  const breaker = new CircuitBreaker(new FakeClock(), 2);
  const begun: number[] = [];
  const ends = [1, 2, 3, 4].map((n) => {
    const end = Promise.withResolvers<void>();
    const run = breaker.run(() => (begun.push(n), end.promise), never);
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

Deno.test("CircuitBreaker opens after five failures in a row and then tries one delivery at a time", async () => {
  const clock = new FakeClock();
  const breaker = new CircuitBreaker(clock, 4);
  await fail(breaker, 5);
  const began: string[] = [];
  const tasks = [1, 2, 3].map((n) =>
    breaker.run(() => {
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
  assertEquals(breaker.openUntil, undefined);
});

Deno.test("CircuitBreaker does not open when a success comes between the failures", async () => {
  const breaker = new CircuitBreaker(new FakeClock(), 4);
  for (let n = 0; n < 3; n++) {
    await fail(breaker, 4);
    await breaker.run(() => Promise.resolve(), never);
  }
  assertEquals(breaker.openUntil, undefined);
});

Deno.test("CircuitBreaker does not count events that the receiver refuses", async () => {
  const breaker = new CircuitBreaker(new FakeClock(), 4);
  await fail(breaker, 9, { remedy: "give-up" });
  assertEquals(breaker.openUntil, undefined);
});

Deno.test("CircuitBreaker takes a refusal for a sign of life", async () => {
  const clock = new FakeClock();
  const breaker = new CircuitBreaker(clock, 4);
  await fail(breaker, 4);
  await fail(breaker, 1, { remedy: "give-up" });
  await fail(breaker, 4);
  assertEquals(breaker.openUntil, undefined);
  await fail(breaker, 1);
  const refused = fail(breaker, 1, { remedy: "give-up" });
  await clock.advance(30 * second);
  await refused;
  assertEquals(breaker.openUntil, undefined);
});

Deno.test("CircuitBreaker counts failures of every kind, but not those of an aborted delivery", async () => {
  const breaker = new CircuitBreaker(new FakeClock(), 4);
  const boom = (): Promise<never> => Promise.reject(new TypeError("connection reset"));
  for (let n = 0; n < 5; n++) {
    const ending = new AbortController();
    const end = (): Promise<never> => {
      ending.abort();
      return boom();
    };
    await breaker.run(end, ending.signal).catch(() => {});
  }
  assertEquals(breaker.openUntil, undefined);
  for (let n = 0; n < 5; n++) await breaker.run(boom, never).catch(() => {});
  assert(breaker.openUntil !== undefined);
});

Deno.test("CircuitBreaker tries one delivery every five minutes, however long the receiver is down", async () => {
  const clock = new FakeClock("2026-11-21T12:00:00Z");
  const breaker = new CircuitBreaker(clock, 4);
  await fail(breaker, 5);
  for (let n = 0; n < 10; n++) {
    const failed = fail(breaker, 1);
    const { openUntil } = breaker;
    if (openUntil) await clock.advance(openUntil.since(clock.now()).total("milliseconds"));
    await failed;
  }
  assertEquals(breaker.openUntil?.toString(), clock.now().add({ minutes: 5 }).toString());
});

Deno.test("CircuitBreaker stays open for all queries as long as Retry-After asks", async () => {
  const clock = new FakeClock("2026-11-21T12:00:00Z");
  const breaker = new CircuitBreaker(clock, 4);
  await fail(breaker, 1, { retryAfterMs: 7 * second });
  assertEquals(breaker.openUntil?.toString(), "2026-11-21T12:00:07Z");
});

Deno.test("CircuitBreaker ends an aborted wait, and the place goes to the next delivery", async () => {
  const breaker = new CircuitBreaker(new FakeClock(), 1);
  const end = Promise.withResolvers<void>();
  const first = breaker.run(() => end.promise, never);
  const ending = new AbortController();
  const second = breaker.run(() => Promise.resolve("second"), ending.signal);
  const third = breaker.run(() => Promise.resolve("third"), never);
  ending.abort(new Error("enough"));
  await assertRejects(() => second, Error, "enough");
  end.resolve();
  await first;
  assertEquals(await third, "third");
});

Deno.test("CircuitBreaker runs no delivery that is aborted as its turn comes, and forgets no other", async () => {
  const breaker = new CircuitBreaker(new FakeClock(), 1);
  const end = Promise.withResolvers<void>();
  const first = breaker.run(() => end.promise, never);
  const ending = new AbortController();
  const begun: string[] = [];
  const second = breaker.run(() => Promise.resolve(begun.push("second")), ending.signal);
  const third = breaker.run(() => Promise.resolve(begun.push("third")), never);
  await settle();
  end.resolve();
  queueMicrotask(() => ending.abort(new Error("enough")));
  await assertRejects(() => second, Error, "enough");
  await Promise.all([first, third]);
  assertEquals(begun, ["third"]);
});

Deno.test("CircuitBreaker refuses a delivery that was aborted before", async () => {
  const breaker = new CircuitBreaker(new FakeClock(), 1);
  const end = Promise.withResolvers<void>();
  const first = breaker.run(() => end.promise, never);
  const late = breaker.run(() => Promise.resolve(), AbortSignal.abort(new Error("enough")));
  await assertRejects(() => late, Error, "enough");
  end.resolve();
  await first;
});
