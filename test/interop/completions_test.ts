import { assertEquals } from "@std/assert";
import { interopTest, shell } from "../support/foreign.ts";
import { worklistd } from "../support/running_daemon.ts";

async function withScript(
  name: "bash" | "zsh" | "fish",
  test: (path: string) => Promise<void>,
): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: `.${name}` });
  try {
    const { code, stdout } = await worklistd(["completions", name]);
    assertEquals(code, 0);
    await Deno.writeTextFile(path, stdout);
    const { code: syntax, stderr } = await shell(name, "-n", path);
    assertEquals([syntax, stderr], [0, ""]);
    await test(path);
  } finally {
    await Deno.remove(path);
  }
}

interopTest(
  "completions of bash offer commands, options and choices",
  ["bash"],
  () =>
    withScript("bash", async (path) => {
      const offers = async (...words: string[]): Promise<string> => {
        const script =
          `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _worklistd; ` +
          `echo "\${COMPREPLY[*]}"`;
        return (await shell("bash", "-c", script, "-", path, ...words)).stdout.trim();
      };
      assertEquals(await offers("worklistd", "fi"), "find");
      assertEquals(await offers("worklistd", "find", "--form"), "--format");
      assertEquals(await offers("worklistd", "find", "+tl"), "+tla +tls");
      assertEquals(await offers("worklistd", "find", "--format", ""), "dump json ndjson table csv");
      assertEquals(await offers("worklistd", "find", "-k", ""), "");
    }),
);

interopTest(
  "completions of fish offer commands, options and choices",
  ["fish"],
  () =>
    withScript("fish", async (path) => {
      const offers = async (line: string): Promise<string[]> => {
        const { stdout } = await shell("fish", "-c", `source ${path}; complete -C "${line}"`);
        return stdout.trim().split("\n").map((offer) => offer.split("\t")[0] ?? "");
      };
      assertEquals(await offers("worklistd fi"), ["find"]);
      assertEquals(await offers("worklistd find --form"), ["--format"]);
      assertEquals(await offers("worklistd find --format t"), ["table"]);
      assertEquals(await offers("worklistd find -ae"), ["-aec", "-aet"]);
    }),
);

interopTest(
  "completions of zsh define a function for commands and options",
  ["zsh"],
  () =>
    withScript("zsh", async (path) => {
      const script =
        `compdef() { :; }; _describe() { print -l $names; }; _arguments() { print -l "$@"; }
      words=(worklistd find --); CURRENT=$2; source $1`;
      const names = await shell("zsh", "-c", script, "-", path, "2");
      assertEquals(names.stdout.includes("find:send a C-FIND and print what matches"), true);
      const options = await shell("zsh", "-c", script, "-", path, "3");
      assertEquals(
        options.stdout.includes("*--format[how responses are printed]:choice:(dump "),
        true,
      );
    }),
);
