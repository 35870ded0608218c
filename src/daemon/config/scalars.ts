/**
 * The grammar of single values in the configuration, as parts of the schema: each reads a value, says
 * in plain words what is wrong with it, and shows editors what may stand there.
 *
 * @module
 */
import * as z from "zod";
import {
  formatDuration,
  formatSize,
  parseDuration,
  parsePercentage,
  parseSize,
} from "../../base/duration.ts";

/** The generated JSON Schema of a part that code checks. */
interface SchemaHint {
  readonly jsonSchema?: Readonly<Record<string, unknown>>;
  /** Writes a value in the form in which it is in the file. */
  readonly write?: ((value: number) => string) | undefined;
}

/** A part of the schema that reads `T` from a value of the file. */
export type Part<T> = z.ZodType<T>;

/**
 * Makes a part of the schema from a function that reads text.
 *
 * @param read Reads the text; what it throws is the problem's message.
 * @param examples Values that an editor may offer.
 * @param write The reverse of `read`, for defaults; left out: a value is written as it is.
 * @returns The part.
 */
export function text<T>(
  read: (text: string) => T,
  examples: readonly string[] = [],
  write?: (value: number) => string,
): Part<T> {
  const attempt = (value: string): { read: T } | { problem: string } => {
    try {
      return { read: read(value) };
    } catch (error) {
      return { problem: error instanceof Error ? error.message : String(error) };
    }
  };
  const part = z.string({
    // The message for a number in place of a duration: one that is valid as text needs quotes.
    error({ input }): string | undefined {
      if (typeof input !== "number") return undefined;
      const result = attempt(String(input));
      return "problem" in result ? result.problem : undefined;
    },
  }).transform((value, context) => {
    const result = attempt(value);
    if ("read" in result) return result.read;
    context.addIssue({ code: "custom", message: result.problem });
    return z.NEVER;
  });
  return withHint(part, {
    jsonSchema: { type: "string", ...(examples.length > 0 && { examples }) },
    write,
  });
}

/**
 * Makes a part of the schema for a whole number; digits from the environment (`${env:PORT}`) are read too.
 *
 * @param least The smallest accepted value.
 * @param most The largest accepted value.
 * @returns The part.
 */
export function whole(least: number, most: number): Part<number> {
  const part = z.unknown().transform((value, context) => {
    const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
    if (
      typeof number === "number" && Number.isInteger(number) && number >= least && number <= most
    ) {
      return number;
    }
    const message = value === undefined
      ? "is required"
      : `must be a whole number from ${least} to ${most}`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });
  const jsonSchema = {
    anyOf: [{ type: "integer", minimum: least, maximum: most }, {
      type: "string",
      pattern: "\\$\\{",
    }],
  };
  return withHint(part, { jsonSchema });
}

/** Text that is not empty and has no control characters. */
export const plainText: Part<string> = text(checkPlainText);

/** An AE title: 1 to 16 characters of the default repertoire without `\` (PS3.5 section 6.2). */
export const aeTitle: Part<string> = text((value) => {
  if (value.trim() === "") throw new SyntaxError("must not be empty or only spaces");
  if (value.length > 16) {
    throw new SyntaxError(
      `must have at most 16 characters, as AE titles do; this has ${value.length}`,
    );
  }
  if (!/^[\x20-\x5b\x5d-\x7e]*$/.test(value)) {
    throw new SyntaxError("must be of ASCII characters other than \\, as AE titles are");
  }
  return value.trim();
}, ["WORKLISTD"]);

/** A duration, read as milliseconds. */
export const duration: Part<number> = text(parseDuration, ["10s", "1m30s", "3d"], formatDuration);

/** A duration that is not zero, read as milliseconds. */
export const positiveDuration: Part<number> = text(
  (value) => {
    const durationMs = parseDuration(value);
    if (durationMs === 0) throw new SyntaxError("must be longer than 0s");
    return durationMs;
  },
  ["10s", "1m30s", "3d"],
  formatDuration,
);

/** A size, read as bytes. */
export const size: Part<number> = text(parseSize, ["50MB", "64KiB"], formatSize);

/** A size in bytes that is more than none. */
export const positiveSize: Part<number> = text(
  (value) => {
    const bytes = parseSize(value);
    if (bytes === 0) throw new SyntaxError("must be more than 0");
    return bytes;
  },
  ["4MiB", "200MB"],
  formatSize,
);

/** A percentage, read as a fraction of 1. */
export const percentage: Part<number> = text(
  parsePercentage,
  ["20%"],
  (fraction) => `${fraction * 100}%`,
);

/** An IANA time zone. */
export const timeZone: Part<string> = text((value) => {
  // Asked of Temporal, since loading Intl's formats costs the daemon six megabytes.
  const zone = /^[A-Za-z]/.test(value) ? zoneNamed(value) : undefined;
  if (zone !== undefined) return zone;
  throw new SyntaxError("not a time zone: write an IANA name such as Europe/Berlin or UTC");
}, ["Europe/Berlin", "UTC"]);

function zoneNamed(name: string): string | undefined {
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name).timeZoneId;
  } catch {
    return undefined;
  }
}

/**
 * Refuses text that is empty or has control characters (Unicode general category Cc) in it.
 *
 * @param value The text.
 * @returns The same text.
 * @throws {SyntaxError} If it is refused.
 */
export function checkPlainText(value: string): string {
  if (value.trim() === "") throw new SyntaxError("must not be empty");
  if (/\p{Cc}/u.test(value)) throw new SyntaxError("must not have control characters in it");
  return value;
}

/**
 * Gives a part of the schema its form in the generated JSON Schema.
 *
 * @param part The part.
 * @param hint The part that replaces it.
 * @returns The same part.
 */
export function withHint<S extends z.ZodType>(part: S, hint: SchemaHint): S {
  return part.meta({ ...hint });
}
