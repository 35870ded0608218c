import { assertEquals } from "@std/assert";
import { hostileCases } from "../../support/hostile_cases.ts";

/** For inputs of 4 MiB: what is made of a byte may take some twenty. */
const heapMegabytes = 88;
const child = new URL("../../support/decoding_child.ts", import.meta.url).pathname;

for (const name of Object.keys(hostileCases)) {
  Deno.test(`decodeDataSet() takes a small multiple of its input's memory: ${name}`, async () => {
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", `--v8-flags=--max-old-space-size=${heapMegabytes}`, child, name],
      stdout: "null",
      stderr: "null",
    }).output();
    assertEquals(success, true);
  });
}
