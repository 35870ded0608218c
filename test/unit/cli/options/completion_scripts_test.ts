import { assertEquals } from "@std/assert";
import { commandSpecs } from "../../../../src/cli/options/command_specs.ts";
import {
  bashCompletions,
  fishCompletions,
  zshCompletions,
} from "../../../../src/cli/options/completion_scripts.ts";
import { findSpec } from "../../../../src/cli/options/find_options.ts";
import { optionsOf } from "../../../../src/cli/options/option_table.ts";

const scripts = { bashCompletions, zshCompletions, fishCompletions };

for (const [name, script] of Object.entries(scripts)) {
  Deno.test(`${name}() offers every command and every option that has an effect`, () => {
    const text = script(commandSpecs);
    for (const spec of commandSpecs) assertEquals(text.includes(spec.name), true, spec.name);
    for (const { name, kind } of optionsOf(findSpec)) {
      const isOffered = kind !== "refused" && kind !== "noted";
      const pattern = new RegExp(`(?:--|-l )${name}(?![\\w-])`);
      assertEquals(pattern.test(text), isOffered, name);
    }
  });
}
