import { assert, assertEquals, assertThrows } from "@std/assert";
import { idOf, parseEvent } from "../../../src/deliver/cloud_event.ts";

Deno.test("parseEvent() does not quote a line that the disk damaged", () => {
  const line = '{"specversion":"1.0","id":"ct.0000000000000001","data":{"after":x"DOE^JANE"}}';
  assertEquals(idOf(line), "ct.0000000000000001");
  const error = assertThrows(() => parseEvent(line), SyntaxError);
  assert(!error.message.includes("DOE"), error.message);
});
