import { assertEquals } from "@std/assert";
import { commandSpecs } from "../../../src/cli/options/command_specs.ts";
import { commands } from "../../../src/cli/commands.ts";

Deno.test("commands has every command that has a table, in the order of the help text", () => {
  assertEquals([...commands.keys()], commandSpecs.map(({ name }) => name));
  for (const [name, { spec }] of commands) assertEquals(spec.name, name);
});
