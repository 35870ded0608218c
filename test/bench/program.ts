/**
 * The programs that the bench runs.
 *
 * @module
 */

const root = new URL("../../", import.meta.url).pathname;

/** The command line of worklistd, and of the other programs in this folder. */
export function deno(script: string, ...args: readonly string[]): string[] {
  return [Deno.execPath(), "run", "--no-prompt", "--allow-all", `${root}${script}`, ...args];
}

/** The command line of worklistd. */
export function worklistd(...args: readonly string[]): string[] {
  return deno("main.ts", ...args);
}

/** Starts a program that says on a line of stdout where it can be reached, and waits for that line. */
export async function serve(command: readonly string[]): Promise<Server> {
  const [program = "", ...args] = command;
  const child = new Deno.Command(program, { args, stdout: "piped", stderr: "inherit" }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  return {
    line: new TextDecoder().decode(value).trim(),
    pid: child.pid,
    async [Symbol.asyncDispose](): Promise<void> {
      child.kill("SIGTERM");
      await reader.cancel();
      await child.status;
    },
  };
}

/** A program that serves. */
export interface Server extends AsyncDisposable {
  /** What it said first. */
  readonly line: string;
  readonly pid: number;
}

/** Where DCMTK's `findscu` is; other packages install programs of the same name. */
export async function dcmtkFindscu(): Promise<string | undefined> {
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) {
    const path = `${folder}/findscu`;
    try {
      const { stdout } = await new Deno.Command(path, { args: ["--version"], stderr: "null" })
        .output();
      if (new TextDecoder().decode(stdout).startsWith("$dcmtk")) return path;
    } catch {
      // It is not here, or not to be run.
    }
  }
  return undefined;
}
