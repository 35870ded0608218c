// Touches the world: through the state folder.
/**
 * The queries whose state is open. One whose state cannot be opened keeps no other from being polled.
 *
 * @module
 */
import { lastTaken } from "../deliver/sink_state.ts";
import type { StoreProblem } from "../worklist/journal/housekeeping.ts";
import { QueryStore } from "../worklist/journal/store.ts";
import type { Config } from "./config.ts";
import { type PolledQuery, polledQuery } from "./poll/polled_query.ts";

/** What opening queries works with. */
export interface OpenQueriesOptions {
  /** Events of a query after this sequence are needed by sinks. */
  neededAfter(query: string): number;
  /** Is told what was found and mended, or will be tried again. */
  onProblem(query: string, problem: StoreProblem): void;
  /** Is told of a query whose state cannot be opened. */
  onError(query: string, error: unknown): void;
}

/** The queries of a configuration. */
export class OpenQueries {
  readonly #options: OpenQueriesOptions;
  readonly #open = new Map<string, PolledQuery<QueryStore>>();
  readonly #failed = new Map<string, unknown>();
  /** Of the configuration that was taken over last. */
  #wanted: ReadonlySet<string> = new Set();
  /** By query, the poll under way: two at once would confuse what each of them saw. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(options: OpenQueriesOptions) {
    this.#options = options;
  }

  /**
   * Opens the queries of a configuration that are not open yet, and takes over the settings of the others.
   *
   * @param config The configuration.
   * @throws {StoreError} If not one of them can be opened.
   */
  async open(config: Config): Promise<void> {
    this.#failed.clear();
    this.#wanted = new Set(config.queries.keys());
    for (const query of config.queries.values()) {
      const peer = config.peers.get(query.peer);
      if (peer === undefined) continue;
      try {
        const store = this.#open.get(query.name)?.store ??
          await this.inTurn(query.name, () => this.#openStore(config, query.name));
        this.#open.set(query.name, polledQuery(query, peer, store));
      } catch (error) {
        this.#failed.set(query.name, error);
      }
    }
    const [first] = this.#failed.values();
    if (this.#failed.size > 0 && this.#failed.size === config.queries.size) throw first;
    for (const [name, error] of this.#failed) this.#options.onError(name, error);
  }

  /**
   * Opens a query anew, where it was open, from what is in its folder now. To be called in its turn.
   *
   * @param name The query.
   * @param config The configuration that it is of.
   */
  async reopen(name: string, config: Config): Promise<void> {
    const query = this.#open.get(name);
    if (query === undefined) return;
    this.#open.delete(name);
    try {
      await query.store.close();
      this.#open.set(name, { ...query, store: await this.#openStore(config, name) });
    } catch (error) {
      this.#failed.set(name, error);
      this.#options.onError(name, error);
    }
  }

  /** Closes the queries that the configuration no longer has, each when no poll of it is under way. */
  closeOthers(): void {
    for (const name of this.#open.keys()) {
      if (!this.#wanted.has(name)) void this.inTurn(name, () => this.#closeUnlessWanted(name));
    }
  }

  /** Finds a query; `undefined` where it is not open. */
  get(name: string): PolledQuery<QueryStore> | undefined {
    return this.#open.get(name);
  }

  /** Why a query could not be opened; `undefined` where it was. */
  failureOf(name: string): unknown {
    return this.#failed.get(name);
  }

  /**
   * Polls a query when no other poll of it is under way.
   *
   * @param name The query.
   * @param work The poll.
   * @returns What the poll returns.
   */
  async inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(name) ?? Promise.resolve();
    const result = before.then(work);
    const settled = result.catch(() => {});
    this.#turns.set(name, settled);
    try {
      return await result;
    } finally {
      if (this.#turns.get(name) === settled) this.#turns.delete(name);
    }
  }

  /**
   * Closes all queries.
   *
   * @returns What went wrong.
   */
  async close(): Promise<unknown[]> {
    await Promise.all(this.#turns.values());
    const ends = await Promise.allSettled(
      [...this.#open.values()].map(({ store }) => store.close()),
    );
    return ends.flatMap((end) => end.status === "rejected" ? [end.reason] : []);
  }

  /** Another reload may have brought it back while its turn had not come. */
  async #closeUnlessWanted(name: string): Promise<void> {
    const query = this.#open.get(name);
    if (query === undefined || this.#wanted.has(name)) return;
    this.#open.delete(name);
    try {
      await query.store.close();
    } catch (error) {
      this.#options.onError(name, error);
    }
  }

  async #openStore({ stateDir, historyMs, sinks }: Config, name: string): Promise<QueryStore> {
    return await QueryStore.open(stateDir, name, {
      historyMs,
      beginAfter: () => lastTaken(stateDir, sinks.keys(), name),
      keepAfter: () => this.#options.neededAfter(name),
      onProblem: (problem) => this.#options.onProblem(name, problem),
    });
  }
}
