/**
 * Option tables: one table per command says which options there are; parsing, `--help` and the shell
 * completions all read it, so that they cannot disagree.
 *
 * Tokens are matched whole before anything else, which is why `-aet`, `+tls` and `-x=` can stand beside
 * one-letter options. Where options exclude each other the rightmost wins.
 *
 * @module
 */

import { WorklistdError } from "../../base/worklistd_error.ts";
import { parseDuration, parseSize } from "../../base/duration.ts";
import { nearestOf } from "../../base/edit_distance.ts";

/**
 * The value that an option takes: none (`flag`), text, a path, a whole number, a time in seconds or with a unit
 * (a number of milliseconds once parsed), a size (a number of bytes), or two arguments (`pair`). `noted` is accepted without an effect and
 * `refused` not at all; both say why in `help`.
 */
export type OptionKind =
  | "flag"
  | "text"
  | "file"
  | "folder"
  | "integer"
  | "duration"
  | "size"
  | "pair"
  | "noted"
  | "refused";

/** A spelling that stands for an option with one of its values, as `-W` for `--model worklist`. */
export interface Preset {
  readonly tokens: readonly string[];
  readonly value: string;
  readonly help: string;
}

/** A kind of name that shells complete: from the configuration, or attributes. */
export type NameKind = typeof nameKinds[number];

/** Every kind of name that shells complete. */
export const nameKinds = ["queries", "sinks", "peers", "keywords"] as const;

/** One option of a command. */
export interface OptionSpec {
  /** The long name without its dashes; parsed values are found under it. */
  readonly name: string;
  readonly kind: OptionKind;
  /** The placeholder of the value in help texts. */
  readonly value?: string;
  readonly help: string;
  /** Other tokens for the same option, with their dashes; a `-x` of one letter is shown first. */
  readonly aliases?: readonly string[];
  readonly choices?: readonly string[];
  /** The kind of name that the value is, so that shells can complete it. */
  readonly names?: NameKind;
  readonly presets?: readonly Preset[];
  /** May be given more than once; its values are kept in order. */
  readonly many?: true;
  readonly min?: number;
  readonly max?: number;
  /** For `noted` and `refused`: the number of arguments that belong to it. */
  readonly words?: number;
  /** Another option that this one sets to a value, as a preset of that one would. */
  readonly implies?: { readonly name: string; readonly value: string };
  /** Options with the same word here exclude each other. */
  readonly alternative?: string;
  /** The option without which this one would do nothing. */
  readonly needs?: string;
}

/** Options under one heading of the help text. */
export interface OptionGroup {
  readonly heading: string;
  readonly options: readonly OptionSpec[];
}

/** Everything about a command that can be known without running it. */
export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  readonly usage: readonly string[];
  /** The kind of name that the arguments are, so that shells can complete them; files if left out. */
  readonly operands?: NameKind;
  /** The meaning of the arguments after the options, one paragraph each. */
  readonly description?: readonly string[];
  readonly groups: readonly OptionGroup[];
  /** Command lines with what they do. */
  readonly examples?: readonly (readonly [command: string, does: string])[];
}

type ValueOf<O extends OptionSpec> = O extends { kind: "flag" } ? boolean
  : O extends { kind: "pair" } ? readonly [string, string] | undefined
  : O extends { kind: "integer" | "duration" | "size" } ? number | undefined
  : O extends { many: true } ? readonly string[]
  : O extends { choices: readonly (infer Choice extends string)[] } ? Choice | undefined
  : string | undefined;

/** The values of the options under a heading, by name. */
export type GroupValues<G extends OptionGroup> = {
  [O in G["options"][number] as O["kind"] extends "noted" | "refused" ? never : O["name"]]: ValueOf<
    O
  >;
};

/** The values of a command's options, by name. */
export type Values<C extends CommandSpec> = GroupValues<C["groups"][number]>;

/** A parsed command line. */
export interface Arguments<C extends CommandSpec> {
  readonly values: Values<C>;
  readonly words: readonly string[];
  /** Messages about options that were accepted and have no effect. */
  readonly notes: readonly string[];
}

/** A command line that cannot be run as written: exit code 2. */
export class UsageError extends WorklistdError {
  override readonly name = "UsageError";
}

interface Meaning {
  readonly option: OptionSpec;
  readonly preset?: Preset;
}

/**
 * Parses the arguments after a command's name.
 *
 * @param spec The command's table.
 * @param args The arguments, command files already expanded.
 * @returns The values and what else stood there.
 * @throws {UsageError} If a word cannot be understood.
 */
export function parseArguments<C extends CommandSpec>(
  spec: C,
  args: readonly string[],
): Arguments<C> {
  const meanings = meaningsOf(spec);
  const values = emptyValues(spec);
  const words: string[] = [];
  const notes: string[] = [];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === "--") {
      words.push(...rest.splice(0));
    } else if (!/^[-+]./.test(arg)) {
      words.push(arg);
    } else {
      take(spec, meanings, arg, rest, values, notes);
    }
  }
  requireNeeded(spec, values);
  // The table gave each value its name and type: the record is what `Values` says.
  return { values: Object.fromEntries(values) as Values<C>, words, notes };
}

function take(
  spec: CommandSpec,
  meanings: Map<string, Meaning>,
  arg: string,
  rest: string[],
  values: Map<string, unknown>,
  notes: string[],
): void {
  const { token, meaning, attached } = resolveToken(spec, meanings, arg);
  const { option, preset } = meaning;
  const next = (): string => {
    const word = attached ?? rest.shift();
    if (word === undefined) throw new UsageError(`${token} needs ${valueWords(option)}`);
    return word;
  };
  for (const other of alternativesTo(spec, option)) values.set(other.name, emptyValue(other));
  if (preset !== undefined) {
    values.set(option.name, preset.value);
    return;
  }
  if (option.implies !== undefined) values.set(option.implies.name, option.implies.value);
  switch (option.kind) {
    case "flag":
      values.set(option.name, true);
      break;
    case "noted":
      for (let n = 0; n < (option.words ?? 0); n++) next();
      notes.push(`${token} has no effect: ${option.help}`);
      break;
    case "refused":
      throw new UsageError(`${token} is not possible: ${option.help}`);
    case "pair": {
      const first = next();
      const second = rest.shift();
      if (second === undefined) throw new UsageError(`${token} needs ${valueWords(option)}`);
      values.set(option.name, [first, second]);
      break;
    }
    default: {
      const value = convert(option, token, next());
      const before = values.get(option.name);
      values.set(option.name, Array.isArray(before) ? [...before, value] : value);
    }
  }
}

/** An option that would do nothing is a mistake that its user should hear of. */
function requireNeeded(spec: CommandSpec, values: ReadonlyMap<string, unknown>): void {
  for (const { name, needs } of optionsOf(spec)) {
    if (needs === undefined || values.get(name) === undefined || values.get(needs)) continue;
    throw new UsageError(`--${name} does nothing without --${needs}`);
  }
}

function resolveToken(
  spec: CommandSpec,
  meanings: Map<string, Meaning>,
  arg: string,
): { token: string; meaning: Meaning; attached?: string } {
  const exact = meanings.get(arg);
  if (exact !== undefined) return { token: arg, meaning: exact };
  const equals = arg.indexOf("=");
  if (arg.startsWith("--") && equals > 0) {
    const token = arg.slice(0, equals);
    const meaning = meanings.get(token);
    if (meaning !== undefined) {
      if (meaning.preset !== undefined || meaning.option.kind === "flag") {
        throw new UsageError(`${token} takes no value`);
      }
      return { token, meaning, attached: arg.slice(equals + 1) };
    }
  }
  const short = arg.slice(0, 2);
  const meaning = arg.startsWith("--") ? undefined : meanings.get(short);
  if (meaning !== undefined && meaning.preset === undefined && takesOneWord(meaning.option)) {
    return { token: short, meaning, attached: arg.slice(2) };
  }
  const near = nearestOf(arg.split("=", 1)[0] ?? arg, meanings.keys());
  const hint = near === undefined ? "" : `; did you mean ${near}?`;
  throw new UsageError(`unknown option ${arg.split("=", 1)[0]} of ${spec.name}${hint}`);
}

function takesOneWord(option: OptionSpec): boolean {
  return !["flag", "pair", "noted", "refused"].includes(option.kind);
}

function valueWords(option: OptionSpec): string {
  return option.choices === undefined ? option.value ?? "a value" : oneOf(option.choices);
}

function oneOf(choices: readonly string[]): string {
  return `one of ${choices.join(", ")}`;
}

function convert(option: OptionSpec, token: string, text: string): string | number {
  if (option.choices !== undefined && !option.choices.includes(text)) {
    throw new UsageError(`${token} must be ${oneOf(option.choices)}`);
  }
  if (option.kind === "integer") return parseWhole(option, token, text);
  if (option.kind === "duration") return parseTime(token, text);
  if (option.kind === "size") return parsed(token, () => parseSize(text));
  return text;
}

function parseWhole(option: OptionSpec, token: string, text: string): number {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = option;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(value >= min && value <= max)) {
    const upper = option.max === undefined ? ` or more` : ` to ${max}`;
    throw new UsageError(`${token} must be a whole number, ${min}${upper}`);
  }
  return value;
}

/** "No limit" of the originals: every wait ends, this one after a day. */
const longestMs = 86_400_000;

/** Seconds, as the originals take them, or a duration as in the configuration. */
function parseTime(token: string, text: string): number {
  const ms = /^\d+(?:\.\d+)?$/.test(text)
    ? Math.ceil(Number(text) * 1000)
    : parsed(token, () => parseDuration(text));
  return ms === 0 ? longestMs : Math.min(ms, longestMs);
}

function parsed(token: string, parse: () => number): number {
  try {
    return parse();
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new UsageError(`${token}: ${cause.message}`, { cause });
  }
}

/** Every option of a command, the common ones included. */
export function optionsOf(spec: CommandSpec): readonly OptionSpec[] {
  return spec.groups.flatMap((group) => group.options);
}

/** The tokens that mean an option without a preset value, its long name first. */
export function tokensOf(option: OptionSpec): readonly string[] {
  return [`--${option.name}`, ...option.aliases ?? []];
}

function meaningsOf(spec: CommandSpec): Map<string, Meaning> {
  const meanings = new Map<string, Meaning>();
  for (const option of optionsOf(spec)) {
    for (const token of tokensOf(option)) meanings.set(token, { option });
    for (const preset of option.presets ?? []) {
      for (const token of preset.tokens) meanings.set(token, { option, preset });
    }
  }
  return meanings;
}

function emptyValues(spec: CommandSpec): Map<string, unknown> {
  const values = new Map<string, unknown>();
  for (const option of optionsOf(spec)) {
    if (option.kind === "noted" || option.kind === "refused") continue;
    values.set(option.name, emptyValue(option));
  }
  return values;
}

function emptyValue({ kind, many }: OptionSpec): unknown {
  if (kind === "flag") return false;
  return many ? [] : undefined;
}

function alternativesTo(spec: CommandSpec, option: OptionSpec): readonly OptionSpec[] {
  const { alternative } = option;
  if (alternative === undefined) return [];
  return optionsOf(spec).filter((other) => other !== option && other.alternative === alternative);
}
