// Touches the world: reads command files, writes help texts and errors.
/**
 * From the command line to a command, and from its errors to an exit code.
 *
 * @module
 */
import { decodeUtf8 } from "../base/utf8.ts";
import { expandCommandFiles } from "./options/command_file.ts";
import { commands } from "./commands.ts";
import { exitCodeAfter } from "./interruption.ts";
import { importLater } from "./later.ts";
import { UsageError } from "./options/option_table.ts";
import { say, writeAll } from "./terminal.ts";

/** Exit codes: done, failed, usage, bad configuration. */
const ExitCode = { Done: 0, Failed: 1, Usage: 2, Configuration: 78 } as const;

/**
 * Runs the command that a command line names.
 *
 * @param argv The arguments after the program's name.
 * @returns The exit code.
 */
export async function dispatch(argv: readonly string[]): Promise<number> {
  const [name, ...words] = argv;
  if (name === "--version" || name === "-V") return await printVersion();
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    const topic = name === "help" ? words[0] : undefined;
    return await (topic === undefined ? printOverview(name !== undefined) : printHelp(topic));
  }
  try {
    return exitCodeAfter(await runCommand(name, words));
  } catch (error) {
    return exitCodeAfter(await exitCodeOf(name, error));
  }
}

async function runCommand(name: string, words: readonly string[]): Promise<number> {
  const command = commands.get(name);
  if (command === undefined) {
    const { nearestOf } = await import("../base/edit_distance.ts");
    const near = nearestOf(name, commands.keys());
    throw new UsageError(`unknown command${near === undefined ? "" : `; did you mean ${near}?`}`);
  }
  const args = expandCommandFiles(words, (path) => decodeUtf8(Deno.readFileSync(path)));
  const end = args.indexOf("--");
  const options = end < 0 ? args : args.slice(0, end);
  if (options.includes("--help") || options.includes("-h")) return await printHelp(name);
  if (options.includes("--version") || options.includes("-V")) return await printVersion();
  if (options.includes("--arguments")) say(["worklistd", name, ...args].join(" "));
  return await command.run(args);
}

async function exitCodeOf(name: string, error: unknown): Promise<number> {
  if (error instanceof Deno.errors.BrokenPipe) return ExitCode.Done;
  if (error instanceof UsageError) {
    say(
      `worklistd ${name}: ${error.message}\nTry worklistd ${
        commands.has(name) ? `${name} ` : ""
      }--help`,
    );
    return ExitCode.Usage;
  }
  const { describeError } = await import("./describe_error.ts");
  if (error instanceof Error && error.name === "ConfigError") {
    say(error.message);
    return ExitCode.Configuration;
  }
  if (error instanceof Error && error.name === "ForeignStateError") {
    const code = await asOwner(error);
    if (code !== undefined) return code;
  }
  say(`worklistd ${name}: ${describeError(error)}`);
  return ExitCode.Failed;
}

/** Runs the command again as the owner of the state; undefined if this process may not do that. */
async function asOwner(error: Error): Promise<number | undefined> {
  const { ForeignStateError, runAgainAs } = await importLater("../daemon/service/state_owner.ts");
  if (!(error instanceof ForeignStateError)) return undefined;
  try {
    return await runAgainAs(error);
  } catch {
    return undefined;
  }
}

async function printHelp(name: string): Promise<number> {
  const command = commands.get(name);
  if (command === undefined) return await printOverview(false);
  const { formatHelp } = await import("./options/help.ts");
  print(formatHelp(command.spec, columns()));
  return ExitCode.Done;
}

async function printOverview(asked: boolean): Promise<number> {
  const { formatCommandList } = await import("./options/help.ts");
  const { commandSpecs } = await import("./options/command_specs.ts");
  const list = formatCommandList(commandSpecs, columns());
  const text = "worklistd asks DICOM peers the same questions again and again, and reports what " +
    `changed.\n\nusage: worklistd COMMAND [options]\n\n${list}\n` +
    "worklistd COMMAND --help explains a command.\n";
  if (asked) print(text);
  else say(text.trimEnd());
  return asked ? ExitCode.Done : ExitCode.Usage;
}

async function printVersion(): Promise<number> {
  const { default: { version } } = await import("../../deno.json", { with: { type: "json" } });
  print(`worklistd ${version}\n`);
  return ExitCode.Done;
}

function columns(): number {
  try {
    return Math.max(Deno.consoleSize().columns, 60);
  } catch {
    return 100;
  }
}

function print(text: string): void {
  writeAll(Deno.stdout, text);
}
