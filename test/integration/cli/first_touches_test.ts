import { assert, assertEquals } from "@std/assert";
import { patient, serveMatches } from "../../support/find_target.ts";

const main = new URL("../../../main.ts", import.meta.url);
const traps = new URL("../../support/trap_first_touches.ts", import.meta.url).pathname;

/** Runs a program with the traps set, and returns the names of the globals that it used. */
async function touchesOf(program: string, args: readonly string[]): Promise<string[]> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--quiet", "--allow-all", `--preload=${traps}`, program, ...args],
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = new TextDecoder().decode(stderr);
  assertEquals(code, 0, text);
  return [...text.matchAll(/^first touch of (.*)$/gm)].map(([, name = ""]) => name);
}

Deno.test("the traps see a global that is used", async () => {
  const program = "data:application/javascript,setTimeout(()=>{},0);'a'.localeCompare('b')";
  assertEquals(await touchesOf(program, []), ["setTimeout", "localeCompare"]);
});

Deno.test("find and echo load no part of Node or ICU that they do not need", async () => {
  await using target = serveMatches([patient("DOE^JANE"), patient("Müller^Jörg", "P2")]);
  const peer = ["127.0.0.1", target.port];
  const day = "ScheduledProcedureStepSequence.ScheduledProcedureStepStartDate=today";
  const commands = [
    ["echo", ...peer],
    ["find", ...peer, "-k", "PatientName"],
    ["find", ...peer, "-k", "PatientName", "-k", day],
    ["find", ...peer, "-k", "PatientName", "--format", "json"],
    ["find", ...peer, "-k", "PatientName", "--format", "ndjson"],
    ["find", ...peer, "-k", "PatientName", "--format", "csv"],
    ["find", "-k", "PatientName=X", "--print-query"],
    ["find", "--help"],
    ["--version"],
  ];
  const touched = [];
  for (const command of commands) {
    const names = await touchesOf(main.pathname, command);
    if (names.length > 0) touched.push({ command: command.join(" "), names });
  }
  assertEquals(touched, []);
});

interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly code?: { readonly specifier: string };
    readonly isDynamic?: boolean;
  }[];
}

Deno.test("find and echo import nothing from Node or npm before they need it", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", main.pathname],
    stdout: "piped",
    stderr: "inherit",
  }).output();
  const { modules }: { modules: Module[] } = JSON.parse(new TextDecoder().decode(stdout));
  const byName = new Map(modules.map((module) => [module.specifier, module]));
  const begin = ["main.ts", "src/cli/commands/find.ts", "src/cli/commands/echo.ts"].concat(
    ["dump", "json", "csv"].map((format) => `src/cli/results/result_${format}.ts`),
  ).map((path) => new URL(path, main).href);
  const reached = new Set(begin);
  for (const name of reached) {
    const module = byName.get(name);
    for (const { code, isDynamic } of module?.dependencies ?? []) {
      if (code !== undefined && isDynamic !== true) reached.add(code.specifier);
    }
  }
  assert(reached.has(new URL("src/network/association.ts", main).href));
  assertEquals([...reached].filter((name) => !name.startsWith("file:")), []);
});
