import { assertEquals, assertRejects } from "@std/assert";
import { ResultStream } from "../../../../src/cli/results/result_stream.ts";

Deno.test("ResultStream keeps short text until it is flushed", async () => {
  const written: Uint8Array[] = [];
  const stream = new ResultStream((bytes) => {
    written.push(bytes.slice());
    return Promise.resolve(bytes.length);
  });
  await stream.print("Mü");
  await stream.print("ller\n");
  assertEquals(written.length, 0);
  await stream.flush();
  await stream.flush();
  assertEquals(written.map((bytes) => new TextDecoder().decode(bytes)), ["Müller\n"]);
});

Deno.test("ResultStream writes long text whole, however little is taken at a time", async () => {
  let text = "";
  const decoder = new TextDecoder();
  const stream = new ResultStream((bytes) => {
    const taken = Math.min(bytes.length, 10_007);
    text += decoder.decode(bytes.subarray(0, taken), { stream: true });
    return Promise.resolve(taken);
  });
  const line = "山田^太郎 DOE^JANE 😀\n";
  for (let n = 0; n < 20_000; n++) await stream.print(line);
  await stream.flush();
  assertEquals(text === line.repeat(20_000), true);
});

Deno.test("ResultStream passes on that nobody reads any more", async () => {
  const stream = new ResultStream(() => Promise.reject(new Deno.errors.BrokenPipe("gone")));
  await stream.print("x");
  await assertRejects(() => stream.flush(), Deno.errors.BrokenPipe);
});

Deno.test("ResultStream says that it is stdout that cannot be written", async () => {
  const full = new Error("No space left on device (os error 28)");
  const stream = new ResultStream(() => Promise.reject(full));
  await stream.print("x");
  await assertRejects(() => stream.flush(), Error, "stdout: no space left on device");
});
