/**
 * Follows items that got another identity through the journal, after another identity was configured.
 *
 * @module
 */
import { idOf, type ItemKey } from "../item.ts";
import { cutDataSet, type ItemLine } from "./item_line.ts";

/**
 * Reads the line of an item that was taken over or dropped without an event.
 *
 * @param line A line of a journal.
 * @returns The members of the line besides the data set, and the data set. Undefined if it is another kind of
 * line.
 */
export function itemLineOf(
  line: string,
): { head: ItemLine; json: string | undefined } | undefined {
  return line.startsWith('{"item":') ? cutDataSet(line) : undefined;
}

/**
 * Maps the identities of items back to those that they had at one moment. It follows the later commits one by
 * one.
 */
export class Origins {
  /** Ids whose items had another id at that moment; undefined for ids that no item had then. */
  readonly #origins = new Map<string, string | undefined>();

  /**
   * Takes over the items of one later commit that got another identity. All are taken at once, because two
   * items may swap.
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
   * Finds the id that an item had at that moment.
   *
   * @param key The key of the item now.
   * @returns The id; undefined if no item with this key existed then.
   */
  of(key: ItemKey): string | undefined {
    const id = idOf(key);
    return this.#origins.has(id) ? this.#origins.get(id) : id;
  }
}

/** The items that a person asks for, whatever their identities were or are. */
export class WantedItems {
  readonly #wanted: string | undefined;
  /** All ids that an item ever had, by each of its ids. Items with a single id are left out. */
  readonly #names = new Map<string, Set<string>>();
  /** Ids of items that are found by their subject. */
  readonly #ids = new Set<string>();

  /** @param wanted A subject, or a value of a key. Undefined if only {@linkcode want} adds items. */
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

  /** Reads a line of the journal for changed identities. Pass all lines before the first question. */
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

  /** Returns the same id for an item, whichever of its keys is given. */
  firstNameOf(key: ItemKey): string {
    const id = idOf(key);
    const [first = id] = this.#namesOf(id);
    return first;
  }

  /**
   * True if an event is about one of the items.
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

  /** All ids that an item ever had, found by one of them. */
  #namesOf(id: string): ReadonlySet<string> {
    return this.#names.get(id) ?? new Set([id]);
  }
}
