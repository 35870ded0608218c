/**
 * The part of a query's configuration that its stored items depend on, and the effects of changing it.
 *
 * Each item records the configuration under which it was received. After a change, attributes that only one
 * of the two configurations requested or compared cannot show a change. They are taken over without an event.
 *
 * @module
 */
import { parseKeyPath } from "../query/key_path.ts";
import type { Level, ModelName } from "../query/model.ts";

/** The part of a query's configuration on which its state depends. Plain JSON. */
export interface QueryConfiguration {
  readonly model: ModelName;
  readonly level?: Level;
  /** The peer as `AET@host:port`. */
  readonly peer: string;
  /** The matching keys as configured, with relative dates unresolved: key path to value. */
  readonly keys: Readonly<Record<string, string>>;
  /** The key paths that are requested, matching keys included. */
  readonly requested: readonly string[];
  /** The key paths of the identity. */
  readonly identity: readonly string[];
  /** The key paths that are not compared. */
  readonly ignore: readonly string[];
}

/**
 * True if two configurations are the same. The order of the requested key paths does not matter.
 *
 * @param one A configuration.
 * @param other Another.
 */
export function sameConfiguration(one: QueryConfiguration, other: QueryConfiguration): boolean {
  return canonical(one) === canonical(other);
}

/**
 * True if two configurations have the same matching keys.
 *
 * @param one A configuration.
 * @param other Another.
 */
export function sameKeys(one: QueryConfiguration, other: QueryConfiguration): boolean {
  return JSON.stringify(sorted(one.keys)) === JSON.stringify(sorted(other.keys));
}

/**
 * Finds the attributes in which two states of an item can be compared, if they were received under two
 * configurations.
 *
 * @param before The configuration of the earlier state.
 * @param after The configuration of the later one.
 * @returns A test for the tags of a path: true if both configurations request and compare the attribute.
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
 * True if a configuration requests attributes.
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
 * True if items can be found again under another identity. For that, the new configuration must request the
 * attributes of the old identity, or the old one those of the new.
 *
 * @param before The configuration of the items.
 * @param after The configuration to use from now on.
 */
export function canLink(before: QueryConfiguration, after: QueryConfiguration): boolean {
  return asksForAll(after, before.identity) || asksForAll(before, after.identity);
}

/**
 * Describes the effects of a changed configuration on the stored state of a query, for `check`.
 *
 * @param before The configuration of the stored state.
 * @param after The configuration to use from now on.
 * @returns One sentence for each effect; empty if nothing changes.
 */
export function describeConfigChange(
  before: QueryConfiguration,
  after: QueryConfiguration,
): string[] {
  if (before.model !== after.model || before.level !== after.level) {
    return [
      `model ${before.model}${levelText(before)} becomes ${after.model}${levelText(after)}: ` +
      "the stored items are dropped without events, and the next complete poll begins with an empty list",
    ];
  }
  const effects: string[] = [];
  if (before.peer !== after.peer) {
    effects.push(
      `peer ${before.peer} becomes ${after.peer}: items that the new peer does not return are reported ` +
        "as left_window, not as removed, once removal.confirm_polls and the brake allow it",
    );
  }
  if (!sameKeys(before, after)) {
    effects.push(
      "other keys: items that no longer match are reported as left_window at the next complete poll, " +
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
      : "no attribute links old and new items, so the next complete poll takes over all items without events";
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

/** The most key paths that a message names; the default return keys have two hundred. */
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
