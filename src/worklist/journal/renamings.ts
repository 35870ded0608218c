/**
 * Items that got another identity, because another one was configured: who is who in the journal.
 *
 * @module
 */
import { idOf, type ItemKey } from "../item.ts";
import { cutDataSet, type ItemLine } from "./item_line.ts";

/**
 * Reads the line of an item that was taken over or dropped without an event.
 *
 * @param line A line of a journal.
 * @returns What it says besides the data set, and that; undefined if the line is another one.
 */
export function itemLineOf(
  line: string,
): { head: ItemLine; json: string | undefined } | undefined {
  return line.startsWith('{"item":') ? cutDataSet(line) : undefined;
}

/** The identities that items had at one moment, by those that they have since: told commit by commit. */
export class Origins {
  /** Ids that are not what they were then; undefined for those that no item had then. */
  readonly #origins = new Map<string, string | undefined>();

  /**
   * Takes in the items of one later commit that got another identity; all of them at once, as they may swap.
   *
   * @param lines The lines of the commit.
   */
  follow(lines: readonly string[]): void {
    const renamed = lines.flatMap((line) => {
      const { was, key } = itemLineOf(line)?.head ?? {};
      return was && key ? [{ was: idOf(was), now: idOf(key), origin: this.of(was) }] : [];
    });
    for (const { was } of renamed) this.#origins.set(was, undefined);
    for (const { now, origin } of renamed) this.#origins.set(now, origin);
  }

  /**
   * The id that an item had then.
   *
   * @param key Its key since.
   * @returns The id; undefined if no item had it then that has this key since.
   */
  of(key: ItemKey): string | undefined {
    const id = idOf(key);
    return this.#origins.has(id) ? this.#origins.get(id) : id;
  }
}

/** Which items somebody asks for, whatever they were called before or are called since. */
export class WantedItems {
  readonly #wanted: string | undefined;
  /** By id: all that the item was ever called, if that is not all. */
  readonly #names = new Map<string, Set<string>>();
  /** Ids of items that are wanted by their subject. */
  readonly #ids = new Set<string>();

  /** @param wanted A subject, or a value of a key; undefined if only {@linkcode want} says what is wanted. */
  constructor(wanted?: string) {
    this.#wanted = wanted;
  }

  /** True if no item was found by its subject or by {@linkcode want}. */
  get isEmpty(): boolean {
    return this.#ids.size === 0;
  }

  /**
   * Adds an item that is wanted for another reason than its subject or key.
   *
   * @param key Its key at any time.
   */
  want(key: ItemKey): void {
    this.#ids.add(idOf(key));
  }

  /** Learns who is who from a line of the journal; to be told of all of them first. */
  observe(line: string): void {
    const { item, was, key } = itemLineOf(line)?.head ?? {};
    if (key === undefined) return;
    const now = idOf(key);
    if (item !== undefined && item === this.#wanted) this.#ids.add(now);
    if (was === undefined) return;
    const former = idOf(was);
    const names = new Set([...this.#namesOf(former), ...this.#namesOf(now)]);
    for (const name of names) this.#names.set(name, names);
  }

  /** One id for an item, whatever it is called. */
  firstNameOf(key: ItemKey): string {
    const id = idOf(key);
    const [first = id] = this.#namesOf(id);
    return first;
  }

  /**
   * Tells whether an event is about one of them.
   *
   * @param subject The subject of the event.
   * @param key The key of its item.
   */
  has(subject: string | undefined, key: ItemKey | undefined): boolean {
    if (key === undefined) return false;
    const id = idOf(key);
    if (subject !== undefined && subject === this.#wanted) this.#ids.add(id);
    for (const name of this.#namesOf(id)) {
      if (this.#ids.has(name)) return true;
      if (this.#wanted === undefined) continue;
      const values: unknown[] = Object.values(JSON.parse(name));
      if (values.includes(this.#wanted)) return true;
    }
    return false;
  }

  /** All that an item was ever called, by one of its ids. */
  #namesOf(id: string): ReadonlySet<string> {
    return this.#names.get(id) ?? new Set([id]);
  }
}
