import { assertEquals, assertRejects } from "@std/assert";
import { abortable } from "../../../src/base/abortable.ts";

Deno.test("abortable() gives what came of the work", async () => {
  const { signal } = new AbortController();
  assertEquals(await abortable(Promise.resolve(7), signal), 7);
  await assertRejects(() => abortable(Promise.reject(new Error("no")), signal), Error, "no");
});

Deno.test("abortable() ends with the reason of the signal while the work goes on", async () => {
  const late = new AbortController();
  const work = Promise.withResolvers<void>();
  const waited = abortable(work.promise, late.signal);
  late.abort(new Error("too late"));
  await assertRejects(() => waited, Error, "too late");
  await assertRejects(() => abortable(work.promise, late.signal), Error, "too late");
  work.reject(new Error("nobody waits for this any more"));
});
