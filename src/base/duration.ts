/**
 * Durations and sizes as people write them in the configuration: `10s`, `1m30s`, `3d`, `50MB`, `20%`.
 *
 * @module
 */

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A hundred years: longer ones leave the calendar. */
const longestMs = 36_500 * 86_400_000;

const unitBytes: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

/**
 * Reads a duration: one or more numbers with a unit of `d`, `h`, `m`, `s` or `ms`, largest first.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseDuration } from "./duration.ts";
 *
 * assertEquals(parseDuration("1m30s"), 90_000);
 * ```
 *
 * @param text The duration, such as `10s`, `1m30s`, `0.5s` or `3d`.
 * @returns The duration in milliseconds.
 * @throws {SyntaxError} If the text is not a duration, or one of more than 100 years.
 */
export function parseDuration(text: string): number {
  const parts = /^(?:([\d.]+)d)?(?:([\d.]+)h)?(?:([\d.]+)m)?(?:([\d.]+)s)?(?:([\d.]+)ms)?$/.exec(
    text,
  );
  const numbers = parts?.slice(1).map((part) => part === undefined ? 0 : parseNumber(part));
  if (text === "" || numbers === undefined || numbers.some(Number.isNaN)) {
    throw new SyntaxError(`not a duration: write a number and a unit, such as 10s, 1m30s or 3d`);
  }
  const [d = 0, h = 0, m = 0, s = 0, ms = 0] = numbers;
  const durationMs = Math.round(d * 86_400_000 + h * 3_600_000 + m * 60_000 + s * 1_000 + ms);
  if (durationMs > longestMs) throw new SyntaxError("too long: at most 36500d, which is 100 years");
  return durationMs;
}

/**
 * Writes a duration in the form that {@linkcode parseDuration} reads.
 *
 * @param durationMs The duration in milliseconds, not negative.
 * @returns Text such as `1m30s`.
 */
export function formatDuration(durationMs: number): string {
  let rest = Math.round(durationMs);
  let text = "";
  for (const unit of ["d", "h", "m", "s", "ms"]) {
    const size = unitMs[unit] ?? 1;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text || "0s";
}

/**
 * Reads a size in bytes: a number with `B`, `kB`, `MB`, `GB` (powers of 1,000) or `KiB`, `MiB`, `GiB`
 * (powers of 1,024).
 *
 * @param text The size, such as `50MB`.
 * @returns The size in bytes.
 * @throws {SyntaxError} If the text is not a size.
 */
export function parseSize(text: string): number {
  const [, digits = "", unit = ""] = /^([\d.]+) ?([A-Za-z]+)$/.exec(text) ?? [];
  const bytes = parseNumber(digits) * (unitBytes[unit] ?? NaN);
  if (Number.isNaN(bytes)) {
    throw new SyntaxError("not a size: write a number and a unit, such as 50MB or 64KiB");
  }
  return Math.round(bytes);
}

/**
 * Writes a size in the form that {@linkcode parseSize} reads, in the largest unit that gives a whole number.
 *
 * @param bytes The size in bytes: a whole number, not negative.
 * @returns Text such as `200MB` or `4MiB`.
 */
export function formatSize(bytes: number): string {
  for (const unit of ["GB", "GiB", "MB", "MiB", "kB", "KiB"]) {
    const size = unitBytes[unit] ?? 1;
    if (bytes > 0 && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return `${bytes}B`;
}

/**
 * Reads a percentage, `0%` to `100%`.
 *
 * @param text The percentage, such as `20%`.
 * @returns The fraction, 0 to 1.
 * @throws {SyntaxError} If the text is not a percentage.
 */
export function parsePercentage(text: string): number {
  const fraction = parseNumber(/^([\d.]+) ?%$/.exec(text)?.[1] ?? "") / 100;
  if (!(fraction <= 1)) {
    throw new SyntaxError("not a percentage: write 0% to 100%, such as 20%");
  }
  return fraction;
}

function parseNumber(digits: string): number {
  return /^\d+(\.\d+)?$/.test(digits) ? Number(digits) : NaN;
}
