// Touches the world: through the state folder.
/**
 * The queries whose state is open. One whose state cannot be opened keeps no other from being polled.
 *
 * @module
 */
import { lastSeen } from "../deliver/last_seen.ts";
import { readGeneration } from "./state/generation.ts";
import type { StoreProblem } from "../worklist/journal/housekeeping.ts";
import { OpenJournals } from "../worklist/journal/open_journals.ts";
import { QueryStore } from "../worklist/journal/store.ts";
import type { Config } from "./config.ts";
import { type PolledQuery, polledQuery } from "./poll/polled_query.ts";

/** What opening queries works with. */
export interface OpenQueriesOptions {
  /** Events of a query after this sequence are needed by sinks. */
  neededAfter(query: string): number;
  /** Is awaited before anything is committed; throws where the state folder is no longer held. */
  beforeCommit(): Promise<void>;
  /** Is told what was found and mended, or will be tried again. */
  onProblem(query: string, problem: StoreProblem): void;
  /** Is told of a query whose state cannot be opened. */
  onError(query: string, error: unknown): void;
}

/** The queries of a configuration. */
export class OpenQueries {
  readonly #options: OpenQueriesOptions;
  readonly #openJournals = new OpenJournals();
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
   */
  async open(config: Config): Promise<void> {
    this.#failed.clear();
    this.#wanted = new Set(config.queries.keys());
    const seen = await seenBy(config);
    for (const query of config.queries.values()) {
      const peer = config.peers.get(query.peer);
      if (peer === undefined) continue;
      try {
        const store = this.#open.get(query.name)?.store ??
          await this.inTurn(query.name, () => this.#openStore(config, query.name, seen));
        this.#open.set(query.name, polledQuery(query, peer, store));
      } catch (error) {
        this.#failed.set(query.name, error);
      }
    }
    for (const [name, error] of this.#failed) this.#options.onError(name, error);
  }

  /** True if the state of a query could not be opened. */
  get hasFailures(): boolean {
    return this.#failed.size > 0;
  }

  /**
   * Tries again to open what could not be opened.
   *
   * @param config The configuration in force.
   * @returns The names of the queries that are open now.
   */
  async openFailed(config: Config): Promise<string[]> {
    const opened: string[] = [];
    const seen = await seenBy(config);
    for (const name of [...this.#failed.keys()]) {
      const query = config.queries.get(name);
      const peer = query && config.peers.get(query.peer);
      if (query === undefined || peer === undefined) continue;
      try {
        const store = await this.inTurn(name, () => this.#openStore(config, name, seen));
        this.#open.set(name, polledQuery(query, peer, store));
        this.#failed.delete(name);
        opened.push(name);
      } catch (error) {
        this.#failed.set(name, error);
      }
    }
    return opened;
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
      const store = await this.#openStore(config, name, await seenBy(config));
      this.#open.set(name, { ...query, store });
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

  async #openStore(
    { stateDir, historyMs }: Config,
    name: string,
    seen: Seen,
  ): Promise<QueryStore> {
    return await QueryStore.open(stateDir, name, {
      historyMs,
      openJournals: this.#openJournals,
      beforeCommit: () => this.#options.beforeCommit(),
      beginAfter: () => Promise.resolve(Math.max(seen.bySinks.get(name) ?? 0, seen.after)),
      keepAfter: () => this.#options.neededAfter(name),
      onProblem: (problem) => this.#options.onProblem(name, problem),
    });
  }
}

/** Sequences that new events must be higher than. */
interface Seen {
  /** The last one of each query that sinks have seen. */
  readonly bySinks: ReadonlyMap<string, number>;
  /** The last one that an earlier generation of the state folder may have used. */
  readonly after: number;
}

async function seenBy({ stateDir, sinks }: Config): Promise<Seen> {
  const bySinks = await lastSeen(
    stateDir,
    Array.from(sinks.values(), ({ options }) => options.reveal()),
  );
  return { bySinks, after: (await readGeneration(stateDir)).after };
}
