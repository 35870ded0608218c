/**
 * The table that the bench prints.
 *
 * @module
 */

/** One line of the table. */
export interface Line {
  readonly what: string;
  /** Ours, with its unit. */
  readonly ours: string;
  /** What it is compared with; nothing where the target is absolute. */
  readonly theirs?: string;
  /** Ours by theirs, or ours in the target's unit. */
  readonly measured: number;
  /** What `measured` is to be at most, or at least. */
  readonly target: { readonly atMost: number } | { readonly atLeast: number };
}

const encoder = new TextEncoder();
const columns = [52, 12, 12, 12, 12] as const;

/** Prints the titles. */
export function printTitles(): void {
  print(["", "worklistd", "findscu", "target", "measured"]);
}

/** Prints a line as soon as it is known. */
export function printLine({ what, ours, theirs = "", measured, target }: Line): void {
  const [sign, limit, isMet] = "atMost" in target
    ? ["≤", target.atMost, measured <= target.atMost]
    : ["≥", target.atLeast, measured >= target.atLeast];
  const text = measured >= 100 ? measured.toFixed(0) : measured.toFixed(2);
  print([what, ours, theirs, `${sign} ${limit}`, text, isMet ? "" : "  missed"]);
}

/** Prints a remark. */
export function say(text: string): void {
  Deno.stdout.writeSync(encoder.encode(`${text}\n`));
}

function print(cells: readonly string[]): void {
  const padded = cells.map((cell, index) => {
    const width = columns[index] ?? 0;
    return index === 0 ? cell.padEnd(width) : cell.padStart(width);
  });
  say(padded.join("").trimEnd());
}

/** Writes milliseconds. */
export function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}

/** Writes mebibytes. */
export function mib(value: number): string {
  return `${value.toFixed(0)} MiB`;
}
