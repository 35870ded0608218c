// Touches the world: reads files of test cases.
/**
 * `worklistd test`: a site's own test cases against its configuration, without a network.
 *
 * @module
 */
import { parseCases, type TestCase } from "../../cases/case_file.ts";
import { runCase } from "../../cases/run_case.ts";
import { ConfigError, type LocatedProblem } from "../../daemon/config/problems.ts";
import { decodeUtf8, Utf8Error } from "../../base/utf8.ts";
import { notUtf8 } from "../../daemon/load_config.ts";
import { printText, requiredConfig } from "../command_output.ts";
import { defaultConfigFile } from "../options/config_file.ts";
import type { testSpec } from "../options/daemon_options.ts";
import { type Arguments, UsageError } from "../options/option_table.ts";
import { showControls } from "../../dicom/text/show_controls.ts";
import { say } from "../terminal.ts";

/**
 * Runs the command.
 *
 * @param args The command line.
 * @returns The exit code: 1 where a case failed.
 * @throws {ConfigError} If the configuration or a file of cases has problems; carries all of them.
 */
export async function test({ values, words }: Arguments<typeof testSpec>): Promise<number> {
  if (words.length === 0) throw new UsageError("FILE is missing");
  const file = values.config ?? defaultConfigFile();
  const config = file === undefined ? undefined : await requiredConfig(file);
  const files: { file: string; cases: readonly TestCase[] }[] = [];
  const problems: LocatedProblem[] = [];
  for (const file of words) {
    try {
      files.push({ file, cases: await parseCases(file, readCases(file), config) });
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  let passed = 0;
  let failed = 0;
  for (const { file, cases } of files) {
    for (const one of cases) {
      const lines = await linesOf(file, one);
      if (lines.length === 1) passed++;
      else failed++;
      await printText(lines.map((line) => `${showControls(line)}\n`).join(""));
    }
  }
  say(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

function readCases(file: string): string {
  const bytes = Deno.readFileSync(file);
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    throw error instanceof Utf8Error ? notUtf8(file, error) : error;
  }
}

/** One line for a case that passes; more for one that does not. */
async function linesOf(file: string, one: TestCase): Promise<string[]> {
  const failures = await runCase(one);
  const lines = [`${failures.length === 0 ? "ok    " : "FAILED"} ${file}: ${one.name}`];
  for (const { poll, at, lines: differences } of failures) {
    lines.push(`         poll ${poll}, ${at}`, ...differences.map((line) => `           ${line}`));
  }
  return lines;
}
