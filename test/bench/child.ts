/**
 * What a child process costs.
 *
 * @module
 */

/** What a process took from its start to its exit. */
export interface Cost {
  readonly wallMs: number;
  /** User and system time, of all its threads. */
  readonly cpuMs: number;
}

/**
 * Runs a command to its end, its output thrown away.
 *
 * bash's `time` reads what the kernel accounted to the process when it ended, to the millisecond; what
 * `/proc` says of a running process is rounded to hundredths of a second.
 */
async function costOf(command: readonly string[]): Promise<Cost> {
  const script = 'TIMEFORMAT="%3R %3U %3S"; time "$@" >/dev/null 2>/dev/null';
  const { success, stderr } = await new Deno.Command("bash", {
    args: ["-c", script, "cost", ...command],
    stdin: "null",
    stderr: "piped",
  }).output();
  const text = new TextDecoder().decode(stderr);
  if (!success) throw new Error(`${command.join(" ")} failed`);
  const [wall = NaN, user = NaN, system = NaN] = text.split(/\s+/).map(Number);
  return { wallMs: wall * 1000, cpuMs: (user + system) * 1000 };
}

/**
 * Runs commands in turn, over and over, so that what else the machine does meets them alike.
 *
 * @returns The median cost of each.
 */
export async function medianCosts<Name extends string>(
  commands: Readonly<Record<Name, readonly string[]>>,
  rounds: number,
): Promise<Record<Name, Cost>> {
  const names = Object.keys(commands) as Name[];
  const costs = names.map((): Cost[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [index, name] of names.entries()) {
      const cost = await costOf(commands[name]);
      // The first round warms caches.
      if (round > 0) costs[index]?.push(cost);
    }
  }
  return Object.fromEntries(names.map((name, index) => {
    const all = costs[index] ?? [];
    return [name, {
      wallMs: median(all.map(({ wallMs }) => wallMs)),
      cpuMs: median(all.map(({ cpuMs }) => cpuMs)),
    }];
  })) as Record<Name, Cost>;
}

/** The middle one of some numbers. */
export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
}

/** What the kernel says of a running process. */
export interface ProcessState {
  readonly residentMiB: number;
  /** The most that it ever had resident. */
  readonly peakMiB: number;
  /** User and system time so far, to 10 ms. */
  readonly cpuMs: number;
}

/** Reads what the kernel says of a process; `undefined` once it is gone. */
export function processState(pid: number): ProcessState | undefined {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    const mebibytes = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? NaN) / 1024;
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    // Behind the name, which may have spaces in it, utime and stime are the 12th and 13th field.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { residentMiB: mebibytes("VmRSS"), peakMiB: mebibytes("VmHWM"), cpuMs: ticks * 10 };
  } catch {
    return undefined;
  }
}

/** Runs a command to its end and tells the most memory that it had. */
export async function peakMemory(command: readonly string[]): Promise<number> {
  const [program = "", ...args] = command;
  const child = new Deno.Command(program, { args, stdout: "null", stderr: "null" }).spawn();
  let peak = 0;
  const id = setInterval(() => peak = processState(child.pid)?.peakMiB || peak, 20);
  const { success } = await child.status;
  clearInterval(id);
  if (!success) throw new Error(`${command.join(" ")} failed`);
  return peak;
}
