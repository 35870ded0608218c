import { assertEquals } from "@std/assert";
import { commandSpecs } from "../../../../src/cli/options/command_specs.ts";
import { formatHelp } from "../../../../src/cli/options/help.ts";
import { optionsOf, tokensOf } from "../../../../src/cli/options/option_table.ts";

Deno.test("formatHelp() names every token and fits the terminal", () => {
  for (const spec of commandSpecs) {
    const help = formatHelp(spec, 100);
    for (const option of optionsOf(spec)) {
      const own = option.help === "" ? [] : tokensOf(option);
      for (const token of [...own, ...(option.presets ?? []).flatMap(({ tokens }) => tokens)]) {
        assertEquals(help.includes(token), true, `${spec.name}: ${token}`);
      }
    }
    const long = help.split("\n").filter((line) =>
      line.length > 100 && !line.startsWith("  worklistd")
    );
    assertEquals(long, [], spec.name);
  }
});

Deno.test("formatHelp() shows usage, headings and examples", () => {
  const spec = {
    name: "greet",
    summary: "say hello",
    usage: ["greet [options] NAME", "greet --all"],
    groups: [{
      heading: "Options",
      options: [
        { name: "loud", kind: "flag", aliases: ["-l", "--shout"], help: "say it loud" },
        { name: "times", kind: "integer", value: "N", help: "say it N times" },
      ],
    }],
    examples: [["greet Jane", "be polite"]],
  } as const;
  assertEquals(
    formatHelp(spec, 80),
    `worklistd greet: say hello

usage: worklistd greet [options] NAME
       worklistd greet --all

Options:
  -l, --loud                  say it loud [also --shout]
      --times N               say it N times

Examples:
  # be polite
  worklistd greet Jane
`,
  );
});
