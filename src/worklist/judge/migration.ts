/**
 * Brings items from the configuration under which they were received to the one in force.
 *
 * @module
 */
import { parseJson } from "../../dicom/json/json_decode.ts";
import { type KeyPath, parseKeyPath } from "../../query/key_path.ts";
import type { FreshMatch } from "./answer.ts";
import {
  asksForAll,
  canLink,
  commonScope,
  type QueryConfiguration,
  sameConfiguration,
  sameKeys,
} from "../configuration.ts";
import type { DiffOptions } from "./diff.ts";
import { type Identity, identityOf, idOf, type ItemKey, parseIdentity } from "../item.ts";
import type { Entry, Worklist } from "../worklist.ts";

/** The relation of stored items to the configuration in force. */
export class Migration {
  /** The number of the configuration in force from this poll on. */
  readonly number: number;
  /** True if this configuration is new. */
  readonly isNew: boolean;
  /** True if the items are of another model or level, so that nothing relates them. */
  readonly isOtherModel: boolean;
  /** True if the peer is another one than that of the last poll. */
  readonly isOtherPeer: boolean;
  readonly #worklist: Worklist;
  readonly #configuration: QueryConfiguration;
  readonly #identity: Identity;
  readonly #ignore: readonly KeyPath[];
  readonly #options = new Map<number, DiffOptions>();
  readonly #others: readonly (readonly string[])[];
  #relinked: Map<string, Entry[]> | undefined;

  /**
   * @param worklist The items.
   * @param configuration The configuration in force from this poll on.
   */
  constructor(worklist: Worklist, configuration: QueryConfiguration) {
    const current = worklist.configuration;
    this.isNew = current === undefined || !sameConfiguration(current, configuration);
    this.number = worklist.configurationNumber + (this.isNew ? 1 : 0);
    this.isOtherModel = worklist.isOfOtherModel(configuration);
    this.isOtherPeer = current !== undefined && current.peer !== configuration.peer;
    this.#worklist = worklist;
    this.#configuration = configuration;
    this.#identity = parseIdentity(configuration.identity);
    this.#ignore = configuration.ignore.map(parseKeyPath);
    this.#others = worklist.otherIdentities(configuration);
  }

  /** True if an item was received under the configuration in force. */
  isCurrent(entry: Entry): boolean {
    return entry.item.configuration === this.number;
  }

  /** Returns how an item is compared with a match. */
  readonly compare = (entry: Entry): DiffOptions => {
    const { configuration } = entry.item;
    const options = this.#options.get(configuration) ?? this.#optionsFor(entry);
    this.#options.set(configuration, options);
    return options;
  };

  /** True if other keys were configured when the item was last received. */
  hadOtherKeys(entry: Entry): boolean {
    const before = this.#worklist.configurationOf(entry.item);
    return before !== undefined && !sameKeys(before, this.#configuration);
  }

  /**
   * The reason why a loss proves nothing, if the configuration has changed. Either another peer had the item,
   * or the keys name an attribute that was not requested then, so that the stored data set cannot be checked.
   */
  doubt(entry: Entry): "peer-changed" | "keys-changed" | undefined {
    const before = this.#worklist.configurationOf(entry.item);
    if (before === undefined || entry.item.configuration === this.number) return undefined;
    if (before.peer !== this.#configuration.peer) return "peer-changed";
    const keys = Object.keys(this.#configuration.keys);
    return asksForAll(before, keys) ? undefined : "keys-changed";
  }

  /** The identity of an item by the configuration in force. */
  keyOf(entry: Entry): ItemKey {
    return this.hasOtherIdentity(entry)
      ? identityOf(parseJson(entry.item.json), this.#identity)
      : entry.item.key;
  }

  /** True if items may still be stored under another identity than that of the configuration in force. */
  get mayRename(): boolean {
    return this.#others.length > 0;
  }

  /** Finds the stored items that a match may be, and the identity that links them, which may be a former one. */
  known(match: FreshMatch): { link: string; entries: readonly Entry[] } {
    const { baseId } = match;
    if (this.isOtherModel) return { link: baseId, entries: [] };
    const own = this.#worklist.group(match.key, baseId);
    if (!this.mayRename) return { link: baseId, entries: own };
    for (const [index, key] of match.formerKeys.entries()) {
      const identity = this.#others[index]?.join();
      const entries = this.#worklist.group(key).filter((entry) =>
        this.#worklist.configurationOf(entry.item)?.identity.join() === identity
      );
      if (entries.length > 0) return { link: idOf(key), entries: [...own, ...entries] };
    }
    if (own.length > 0) return { link: baseId, entries: own };
    return { link: baseId, entries: this.#relink().get(baseId) ?? [] };
  }

  /**
   * True if nothing links an item of another identity to the new one. That is so if the new configuration
   * does not request the attributes of the old identity, and the old one did not request those of the new.
   */
  isUnlinkable(entry: Entry): boolean {
    const before = this.#worklist.configurationOf(entry.item);
    if (before === undefined || !this.hasOtherIdentity(entry)) return false;
    return !canLink(before, this.#configuration);
  }

  /** True if an item is stored under another identity than that of the configuration in force. */
  hasOtherIdentity(entry: Entry): boolean {
    const before = this.#worklist.configurationOf(entry.item);
    return before !== undefined && before.identity.join() !== this.#configuration.identity.join();
  }

  #optionsFor(entry: Entry): DiffOptions {
    const before = this.#worklist.configurationOf(entry.item);
    if (before === undefined || sameConfiguration(before, this.#configuration)) {
      return { ignore: this.#ignore };
    }
    return { ignore: this.#ignore, within: commonScope(before, this.#configuration) };
  }

  /** Groups items of another identity by the identity that their stored data sets have now. */
  #relink(): Map<string, Entry[]> {
    if (this.#relinked) return this.#relinked;
    this.#relinked = new Map();
    for (const entry of this.#worklist.entries()) {
      if (!this.hasOtherIdentity(entry)) continue;
      const id = idOf(this.keyOf(entry));
      this.#relinked.set(id, [...this.#relinked.get(id) ?? [], entry]);
    }
    return this.#relinked;
  }
}
