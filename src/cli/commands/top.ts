// Touches the world: the terminal, the clock.
/**
 * `worklistd top`: the status in the terminal, again and again.
 *
 * @module
 */
import type { DaemonStatus } from "../../daemon/status.ts";
import { describeError } from "../describe_error.ts";
import { lineWidth, namedWords, printText, takesColour } from "../command_output.ts";
import { noteCtrlC } from "../interruption.ts";
import type { topSpec } from "../options/daemon_options.ts";
import type { Arguments } from "../options/option_table.ts";
import { openReading, type Reading, statusOf } from "../reading.ts";
import { statusLines } from "../results/status_text.ts";
import { keysIn, moved, screenText } from "../results/top_screen.ts";
import { writeAll } from "../terminal.ts";

const usualIntervalMs = 2_000;
const enter = "\x1b[?1049h\x1b[?25l";
const leave = "\x1b[?25h\x1b[?1049l";

/**
 * Runs the command until `q` is pressed. Prints the status once if this is no terminal.
 *
 * @param args The command line.
 * @returns The exit code.
 */
export async function top({ values, words }: Arguments<typeof topSpec>): Promise<number> {
  namedWords(words);
  const reading = await openReading(values.config);
  if (!Deno.stdout.isTerminal() || !Deno.stdin.isTerminal()) {
    const lines = linesOf(await statusOf(reading));
    await printText(lines.map((line) => `${line}\n`).join(""));
    return 0;
  }
  return await watch(reading, values.interval ?? usualIntervalMs);
}

async function watch(reading: Reading, intervalMs: number): Promise<number> {
  let lines: readonly string[] = [];
  let status: DaemonStatus | undefined;
  let problem = "";
  let offset = 0;
  const height = (): number => Math.max(Deno.consoleSize().rows, 3);
  const draw = (): void => {
    lines = problem === "" && status !== undefined ? linesOf(status) : [problem];
    offset = Math.min(offset, Math.max(0, lines.length - height() + 1));
    writeAll(Deno.stdout, screenText(lines, offset, height()));
  };
  const renew = async (): Promise<void> => {
    try {
      status = await statusOf(reading);
      problem = "";
    } catch (error) {
      problem = describeError(error);
    }
    draw();
  };
  const keys = Deno.stdin.readable.getReader();
  // Keys come one by one, Ctrl-C too.
  Deno.stdin.setRaw(true);
  writeAll(Deno.stdout, enter);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  const loop = async (): Promise<void> => {
    await renew();
    if (!isOver) timer = setTimeout(() => void loop(), intervalMs);
  };
  const onEnd = Promise.withResolvers<undefined>();
  const end = (): void => onEnd.resolve(undefined);
  if (Deno.build.os !== "windows") {
    Deno.addSignalListener("SIGWINCH", draw);
    Deno.addSignalListener("SIGTERM", end);
    Deno.addSignalListener("SIGHUP", end);
  }
  try {
    await loop();
    for (;;) {
      const read = await Promise.race([keys.read(), onEnd.promise]);
      if (read === undefined || read.done) return 0;
      for (const key of keysIn(new TextDecoder().decode(read.value))) {
        if (key === "quit") return 0;
        if (key === "interrupt") {
          noteCtrlC();
          return 1;
        }
        offset = moved(offset, key, lines.length, height());
      }
      draw();
    }
  } finally {
    isOver = true;
    clearTimeout(timer);
    writeAll(Deno.stdout, leave);
    Deno.stdin.setRaw(false);
    if (Deno.build.os !== "windows") {
      Deno.removeSignalListener("SIGWINCH", draw);
      Deno.removeSignalListener("SIGTERM", end);
      Deno.removeSignalListener("SIGHUP", end);
    }
    await keys.cancel().catch(() => {});
  }
}

function linesOf(status: DaemonStatus): string[] {
  return statusLines(status, {
    now: Temporal.Now.instant(),
    timeZone: Temporal.Now.timeZoneId(),
    width: lineWidth(),
    colour: takesColour(),
  });
}
