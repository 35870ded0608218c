// Touches the world: makes and boots a Debian.
/**
 * A Debian machine with a real systemd and no network, booted by systemd-nspawn.
 *
 * It needs root, `debootstrap` and `systemd-nspawn`. Its base is made once for all tests of a run.
 *
 * @module
 */

/** How long a command on the machine may take. */
const commandMs = 120_000;

/** What a command on the machine printed. */
export interface Outcome {
  readonly code: number;
  /** stdout and stderr. */
  readonly output: string;
}

/** True if this machine can boot another one. */
export const canBoot: boolean = Deno.uid() === 0 && has("debootstrap") && has("systemd-nspawn");

function has(program: string): boolean {
  const { success } = new Deno.Command("sh", { args: ["-c", `command -v ${program}`] })
    .outputSync();
  return success;
}

/**
 * Makes the file system of a Debian with systemd and nothing more.
 *
 * `WORKLISTD_TEST_ROOT` names one that was made before: it is copied and stays as it is.
 *
 * @param folder The folder to make it in.
 */
export async function makeRoot(folder: string): Promise<void> {
  const made = Deno.env.get("WORKLISTD_TEST_ROOT");
  const args = made === undefined
    ? ["debootstrap", "--variant=minbase", "--include=systemd,systemd-sysv,dbus", suite, folder]
    : ["cp", "-a", `${made}/.`, folder];
  const { success, stdout } = await new Deno.Command(args[0] ?? "", { args: args.slice(1) })
    .output();
  if (!success) throw new Error(`${args[0]} failed: ${new TextDecoder().decode(stdout)}`);
}

/** The stable Debian that most hospitals install next. */
const suite = "trixie";

/** A booted machine. */
export class Machine implements AsyncDisposable {
  readonly root: string;
  #child: Deno.ChildProcess | undefined;
  #init = 0;

  private constructor(root: string) {
    this.root = root;
  }

  /**
   * Boots a machine.
   *
   * @param root Its file system.
   */
  static async boot(root: string): Promise<Machine> {
    const machine = new Machine(root);
    await machine.#boot();
    return machine;
  }

  /** Cuts the power and boots again. */
  async cutPower(): Promise<void> {
    await this.#end();
    await this.#boot();
  }

  /**
   * Runs a shell script as root.
   *
   * @param script The script.
   * @returns Its exit code and what it printed.
   */
  async try(script: string): Promise<Outcome> {
    const { code, stdout, stderr } = await new Deno.Command("nsenter", {
      args: ["-t", `${this.#init}`, "-m", "-u", "-i", "-n", "-p", "sh", "-c", script],
      clearEnv: true,
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/root", LC_ALL: "C.UTF-8" },
      stdin: "null",
      signal: AbortSignal.timeout(commandMs),
    }).output();
    const text = new TextDecoder();
    return { code, output: text.decode(stdout) + text.decode(stderr) };
  }

  /**
   * Runs a shell script that must succeed.
   *
   * @param script The script.
   * @returns What it printed, without white space around it.
   */
  async sh(script: string): Promise<string> {
    const { code, output } = await this.try(script);
    if (code === 0) return output.trim();
    throw new Error(`exit code ${code} of: ${script}\n${output}\n${await this.#log()}`);
  }

  /**
   * Waits until a shell script succeeds.
   *
   * @param script The script.
   * @param withinMs How long to wait.
   */
  async until(script: string, withinMs = 30_000): Promise<void> {
    const end = Date.now() + withinMs;
    for (;;) {
      const { code, output } = await this.try(script);
      if (code === 0) return;
      if (Date.now() > end) {
        throw new Error(`not within ${withinMs} ms: ${script}\n${output}\n${await this.#log()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** Writes a file of the machine. */
  async write(path: string, text: string, mode = 0o644): Promise<void> {
    await Deno.writeTextFile(`${this.root}${path}`, text, { mode });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }

  async #log(): Promise<string> {
    return (await this.try("journalctl --no-pager -o cat -u worklistd -n 30")).output;
  }

  async #boot(): Promise<void> {
    this.#child = new Deno.Command("systemd-nspawn", {
      args: [
        `--directory=${this.root}`,
        `--machine=worklistd-test-${Deno.pid}`,
        ...["--boot", "--private-network", "--register=no", "--keep-unit"],
        ...["--link-journal=no", "--console=pipe", "--quiet"],
      ],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const end = Date.now() + 60_000;
    for (;;) {
      this.#init = await childOf(this.#child.pid);
      if (this.#init > 0 && (await this.try("systemctl is-system-running --wait")).code === 0) {
        break;
      }
      if (Date.now() > end) throw new Error("the machine did not boot within 60 s");
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  async #end(): Promise<void> {
    if (this.#init > 0) Deno.kill(this.#init, "SIGKILL");
    await this.#child?.status;
    this.#child = undefined;
    this.#init = 0;
  }
}

async function childOf(pid: number): Promise<number> {
  try {
    return Number((await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`)).split(" ")[0]);
  } catch {
    return 0;
  }
}
