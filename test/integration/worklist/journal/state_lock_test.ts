import { assert, assertEquals, assertRejects } from "@std/assert";
import { readHolder, StateLock } from "../../../../src/worklist/journal/state_lock.ts";
import { StoreError } from "../../../../src/worklist/journal/store_error.ts";

Deno.test("StateLock.take() tells a second holder who the first one is, until it is released", async () => {
  const folder = `${await Deno.makeTempDir()}/state`;
  const since = "2026-11-21T12:00:00.000Z";
  const first = await StateLock.take(folder, since);
  const error = await assertRejects(() => StateLock.take(folder, since), StoreError);
  assert(error.message.startsWith(`Cannot hold ${folder}/lock: it is held by process ${Deno.pid}`));
  assert(error.message.includes(`since ${since} (stop the other worklistd`));
  assertEquals((await readHolder(folder))?.pid, Deno.pid);
  first.release();
  using again = await StateLock.take(folder, since);
  assert(again);
  await Deno.remove(folder, { recursive: true });
});
