import { assertEquals } from "@std/assert";
import { findSpec } from "../../../src/cli/options/find_options.ts";
import { optionsOf, tokensOf } from "../../../src/cli/options/option_table.ts";

Deno.test("docs/find.md names every token of find, and the table parses every token that it names", () => {
  const text = Deno.readTextFileSync("docs/find.md");
  const named = new Set(
    [...text.matchAll(/`([-+][^`]*)`/g)].map((match) => match[1]?.split(" ")[0]),
  );
  const known = new Set<string>();
  for (const option of optionsOf(findSpec)) {
    const presets = (option.presets ?? []).flatMap(({ tokens }) => tokens);
    for (const token of [...tokensOf(option), ...presets]) known.add(token);
    const aliases = [...option.aliases ?? [], ...presets];
    for (const token of aliases) assertEquals(named.has(token), true, token);
    const isShown = option.help !== "" && !["noted", "refused"].includes(option.kind);
    if (isShown) assertEquals(text.includes(`\`--${option.name}`), true, option.name);
  }
  assertEquals([...named].filter((token) => !known.has(token ?? "")), []);
});
