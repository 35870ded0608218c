import { assertEquals } from "@std/assert";
import { isMap } from "../../../src/base/is_map.ts";

Deno.test("isMap() recognises maps, and no list, date, null or plain value", () => {
  const maps = [{}, { Modality: "CT" }, Object.create(null)];
  assertEquals(maps.map(isMap), [true, true, true]);
  const others = [["CT"], new Date(0), null, undefined, "CT", 1, true];
  assertEquals(others.filter(isMap), []);
});
