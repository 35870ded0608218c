/**
 * The part of a query's configuration that its stored items depend on, and what changing it does.
 *
 * Each item knows under which configuration it was asked for. When that changes, attributes that only
 * one of the two asked for or compared say nothing about a change, and are taken over silently.
 *
 * @module
 */
import { parseKeyPath } from "../query/key_path.ts";
import type { Level, ModelName } from "../query/model.ts";

/** What of a query's configuration its state belongs to. Plain JSON. */
export interface QueryConfiguration {
  readonly model: ModelName;
  readonly level?: Level;
  /** The peer as `AET@host:port`. */
  readonly peer: string;
  /** The matching keys as configured, relative dates unresolved: key path to value. */
  readonly keys: Readonly<Record<string, string>>;
  /** The key paths of all that is asked for, matching keys included. */
  readonly requested: readonly string[];
  /** The key paths of the identity. */
  readonly identity: readonly string[];
  /** The key paths that are not compared. */
  readonly ignore: readonly string[];
}

/**
 * Tells whether two configurations are the same; the order of what is asked for does not matter.
 *
 * @param one A configuration.
 * @param other Another.
 */
export function sameConfiguration(one: QueryConfiguration, other: QueryConfiguration): boolean {
  return canonical(one) === canonical(other);
}

/**
 * Tells whether two configurations have the same matching keys.
 *
 * @param one A configuration.
 * @param other Another.
 */
export function sameKeys(one: QueryConfiguration, other: QueryConfiguration): boolean {
  return JSON.stringify(sorted(one.keys)) === JSON.stringify(sorted(other.keys));
}

/**
 * Tells which attributes two states of an item can be compared in, asked for under two configurations.
 *
 * @param before The configuration of the earlier state.
 * @param after The configuration of the later one.
 * @returns A test for the tags of a path: whether both asked for it and both compare it.
 */
export function commonScope(
  before: QueryConfiguration,
  after: QueryConfiguration,
): (path: readonly number[]) => boolean {
  const asked = [before, after].map(({ requested }) => requested.map(tagsOf));
  const ignored = [...before.ignore, ...after.ignore].map(tagsOf);
  return (path) =>
    asked.every((paths) => paths.some((one) => startsWith(path, one) || startsWith(one, path))) &&
    !ignored.some((one) => startsWith(path, one));
}

/**
 * Tells whether a configuration asked for attributes.
 *
 * @param configuration The configuration.
 * @param paths The key paths of the attributes.
 */
export function asksForAll(configuration: QueryConfiguration, paths: readonly string[]): boolean {
  return paths.map(tagsOf).every((tags) =>
    configuration.requested.some((one) => startsWith(tags, tagsOf(one)))
  );
}

/**
 * Tells whether items can be found again under another identity: the new configuration asks for the old one, or the
 * old one asked for the new.
 *
 * @param before The configuration of the items.
 * @param after The one that is to be used.
 */
export function canLink(before: QueryConfiguration, after: QueryConfiguration): boolean {
  return asksForAll(after, before.identity) || asksForAll(before, after.identity);
}

/**
 * Says what a changed configuration does to the stored state of a query, for `check`.
 *
 * @param before The configuration that the state belongs to.
 * @param after The one that is to be used.
 * @returns One sentence for each effect; none if nothing changes.
 */
export function describeConfigChange(
  before: QueryConfiguration,
  after: QueryConfiguration,
): string[] {
  if (before.model !== after.model || before.level !== after.level) {
    return [
      `model ${before.model}${levelText(before)} becomes ${after.model}${levelText(after)}: ` +
      "the stored items are dropped without events, and the next complete poll begins anew",
    ];
  }
  const effects: string[] = [];
  if (before.peer !== after.peer) {
    effects.push(
      `peer ${before.peer} becomes ${after.peer}: items that the new peer does not return are told ` +
        "as left_window, not as removed, once removal.confirm_polls and the brake allow it",
    );
  }
  if (!sameKeys(before, after)) {
    effects.push(
      "other keys: items that no longer match are told as left_window at the next complete poll, " +
        "items that match now as added",
    );
  }
  const added = missingFrom(after.requested, before.requested);
  if (added.length > 0) effects.push(`newly asked for, taken over without events: ${added}`);
  const dropped = missingFrom(before.requested, after.requested);
  if (dropped.length > 0) effects.push(`no longer asked for, dropped without events: ${dropped}`);
  if (before.identity.join() !== after.identity.join()) {
    const effect = canLink(before, after)
      ? "items keep their history and get new subjects without events"
      : "nothing tells which item is which, so the next complete poll begins anew, without events";
    effects.push(
      `identity ${before.identity.join(", ")} becomes ${after.identity.join(", ")}: ${effect}`,
    );
  }
  const compared = missingFrom(before.ignore, after.ignore);
  if (compared.length > 0) effects.push(`compared from the next poll on: ${compared}`);
  const ignored = missingFrom(after.ignore, before.ignore);
  if (ignored.length > 0) effects.push(`no longer compared: ${ignored}`);
  return effects;
}

function levelText({ level }: QueryConfiguration): string {
  return level === undefined ? "" : ` at level ${level}`;
}

/** The default return keys have two hundred paths. */
const mostNamed = 8;

function missingFrom(paths: readonly string[], others: readonly string[]): string {
  const missing = paths.filter((path) => !others.includes(path));
  const named = missing.slice(0, mostNamed).join(", ");
  const more = missing.length - mostNamed;
  return more > 0 ? `${named} and ${more} more` : named;
}

function canonical(configuration: QueryConfiguration): string {
  const { model, level, peer, keys, requested, identity, ignore } = configuration;
  return JSON.stringify([
    model,
    level ?? null,
    peer,
    sorted(keys),
    [...requested].sort(),
    identity,
    [...ignore].sort(),
  ]);
}

function sorted(keys: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(keys).sort(([one], [other]) => one < other ? -1 : 1);
}

function tagsOf(path: string): number[] {
  return parseKeyPath(path).map(({ tag }) => tag);
}

function startsWith(path: readonly number[], start: readonly number[]): boolean {
  return start.every((tag, index) => path[index] === tag);
}
