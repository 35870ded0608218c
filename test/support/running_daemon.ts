/**
 * The daemon as a user runs it: a child process with a configuration file, watched through the file
 * that its `ndjson` sink writes.
 *
 * @module
 */

/** What a line of the sink's file holds, as far as the tests look. */
export interface SinkEvent {
  readonly id: string;
  readonly type: string;
  readonly subject?: string;
  readonly sequence: string;
  readonly data: {
    readonly key: Record<string, string>;
    readonly kinds?: readonly string[];
    readonly changes?: readonly {
      path: string;
      tag: string;
      before: unknown[];
      after: unknown[];
    }[];
    readonly before?: Record<string, unknown>;
    readonly after?: Record<string, unknown>;
  };
}

/** A daemon that runs until it is disposed of. */
export interface RunningDaemon extends AsyncDisposable {
  readonly configPath: string;
  /** Everything that the daemon wrote to stderr so far. */
  log(): string;
  /** All whole lines of the sink's file. */
  events(): Promise<SinkEvent[]>;
  /** Waits until `done` holds of the events; fails after `withinMs` with what there is. */
  until(done: (events: SinkEvent[]) => boolean, withinMs?: number): Promise<SinkEvent[]>;
  /** Waits until `n` more polls have ended, by the daemon's own log. */
  polls(n: number, withinMs?: number): Promise<void>;
  /** Waits until the daemon's own log has a text. */
  waitForLog(text: string, withinMs?: number): Promise<void>;
  /** Sends a signal and does not wait. */
  signal(signal: Deno.Signal): void;
  /** `kill -9`, and waits for the end. */
  kill(): Promise<void>;
  /** Asks it to end (SIGTERM) and returns the exit code. */
  stop(): Promise<number>;
  start(): void;
}

const main = new URL("../../main.ts", import.meta.url).pathname;

/** Runs one command of worklistd to its end. */
export async function worklistd(
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-prompt", main, ...args],
    stdin: "null",
    ...options,
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/**
 * Starts the daemon.
 *
 * @param folder Where the configuration, the state and the sink's file are.
 * @param yaml The configuration. Its `ndjson` sink must write `./changes.ndjson`, and its log must be
 * at level `debug` in JSON for `polls()`.
 * @param stdout What becomes of its standard output; nobody reads a pipe.
 * @param env Variables added to its environment.
 */
export async function startDaemon(
  folder: string,
  yaml: string,
  stdout: "null" | "piped" = "null",
  env: Record<string, string> = {},
): Promise<RunningDaemon> {
  const configPath = `${folder}/worklistd.yaml`;
  const sinkPath = `${folder}/changes.ndjson`;
  await Deno.writeTextFile(configPath, yaml);
  let child: Deno.ChildProcess | undefined;
  let logText = "";
  let reading: Promise<void> = Promise.resolve();
  let wake: () => void = () => {};

  const start = (): void => {
    child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-prompt", main, "run", "--config", configPath],
      cwd: folder,
      env,
      stdin: "null",
      stdout,
      stderr: "piped",
    }).spawn();
    const stderr = child.stderr;
    reading = (async (): Promise<void> => {
      for await (const text of stderr.pipeThrough(new TextDecoderStream())) {
        logText += text;
        wake();
      }
    })();
  };

  const end = async (signal: Deno.Signal): Promise<number> => {
    if (child === undefined) return 0;
    const ending = child;
    child = undefined;
    try {
      ending.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
    const status = await ending.status;
    await reading;
    if (stdout === "piped") await ending.stdout.cancel();
    return status.code;
  };

  const events = async (): Promise<SinkEvent[]> => {
    let text = "";
    try {
      text = await Deno.readTextFile(sinkPath);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    return whole.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  };

  const until = async (
    done: (events: SinkEvent[]) => boolean,
    withinMs = 20_000,
  ): Promise<SinkEvent[]> => {
    const deadline = performance.now() + withinMs;
    while (true) {
      const now = await events();
      if (done(now)) return now;
      if (performance.now() > deadline) {
        const seen = now.map((event) => `${event.type} ${JSON.stringify(event.data.key)}`);
        throw new Error(`not within ${withinMs} ms; seen:\n${seen.join("\n")}\nlog:\n${logText}`);
      }
      await tick(50);
    }
  };

  const pollsSeen = (): number =>
    logText.split("\n").filter((line) => /"poll(?:ed| |")/.test(line)).length;
  const logged = async (done: () => boolean, what: string, withinMs = 20_000): Promise<void> => {
    const deadline = performance.now() + withinMs;
    while (!done()) {
      if (performance.now() > deadline) throw new Error(`no ${what}; log:\n${logText}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1_000);
        wake = (): void => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
  const polls = async (n: number, withinMs?: number): Promise<void> => {
    const goal = pollsSeen() + n;
    await logged(() => pollsSeen() >= goal, `${n} polls`, withinMs);
  };

  start();
  return {
    configPath,
    log: () => logText,
    events,
    until,
    polls,
    waitForLog: (text, withinMs) => logged(() => logText.includes(text), `"${text}"`, withinMs),
    signal: (signal): void => child?.kill(signal),
    kill: async (): Promise<void> => void await end("SIGKILL"),
    stop: () => end("SIGTERM"),
    start,
    [Symbol.asyncDispose]: async (): Promise<void> => void await end("SIGKILL"),
  };
}

/** A child process can only be watched by looking again. */
function tick(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
