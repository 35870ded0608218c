/**
 * The screen of `worklistd top`, and the keys that move it.
 *
 * @module
 */

/** The effect of a key. */
export type Key = "quit" | "interrupt" | "up" | "down" | "page-up" | "page-down" | "home" | "end";

const keys: Readonly<Record<string, Key>> = {
  "q": "quit",
  "Q": "quit",
  "\x1b": "quit",
  "\x03": "interrupt",
  "\x1b[A": "up",
  "\x1bOA": "up",
  "k": "up",
  "\x1b[B": "down",
  "\x1bOB": "down",
  "j": "down",
  "\x1b[5~": "page-up",
  "b": "page-up",
  "\x1b[6~": "page-down",
  " ": "page-down",
  "\x1b[H": "home",
  "g": "home",
  "\x1b[F": "end",
  "G": "end",
};

/**
 * Finds the keys in what a terminal sent.
 *
 * @param text The bytes that were read; a terminal sends the bytes of a key together.
 * @returns The keys that do something.
 */
export function keysIn(text: string): Key[] {
  // Control sequences (ECMA-48), and whatever else in single characters.
  // deno-lint-ignore no-control-regex
  const parts = text.match(/\x1b(?:\[[0-9;]*[A-Za-z~]|O[A-Za-z])|[^]/gu) ?? [];
  return parts.flatMap((part) => keys[part] ?? []);
}

/**
 * Moves the first line that is shown.
 *
 * @param offset The first line, from 0.
 * @param key The key.
 * @param lines The number of lines.
 * @param height The number of lines of the terminal.
 * @returns The first line from now on.
 */
export function moved(offset: number, key: Key, lines: number, height: number): number {
  const page = height - 1;
  const most = Math.max(0, lines - page);
  const to = {
    "quit": offset,
    "interrupt": offset,
    "up": offset - 1,
    "down": offset + 1,
    "page-up": offset - page,
    "page-down": offset + page,
    "home": 0,
    "end": most,
  }[key];
  return Math.min(Math.max(0, to), most);
}

/**
 * Writes one screen over the last one, without a flicker.
 *
 * @param lines All lines, none wider than the terminal.
 * @param offset The first that is shown.
 * @param height The number of lines of the terminal.
 * @returns The text for the terminal.
 */
export function screenText(lines: readonly string[], offset: number, height: number): string {
  const page = Math.max(1, height - 1);
  const shown = lines.slice(offset, offset + page);
  const below = lines.length - offset - shown.length;
  const foot = below > 0 || offset > 0
    ? `lines ${offset + 1} to ${offset + shown.length} of ${lines.length}; arrows scroll, q quits`
    : "q quits";
  // Each line is cleared to its end, and below the last all is.
  return `\x1b[H${[...shown, foot].map((line) => `${line}\x1b[K`).join("\r\n")}\x1b[J`;
}
