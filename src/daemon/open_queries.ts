// Touches the world: through the state folder.
/**
 * The queries of a configuration and their state. A query whose state cannot be opened delays no other.
 *
 * @module
 */
import { lastSeen } from "../deliver/last_seen.ts";
import { readGeneration } from "./state/generation.ts";
import { OpenJournals } from "../worklist/journal/open_journals.ts";
import { QueryStore } from "../worklist/journal/store.ts";
import type { Config } from "./config.ts";
import type { PollContext } from "./context.ts";
import { LiveQuery } from "./poll/live_query.ts";
import { polledQuery } from "./poll/polled_query.ts";
import type { PollReport } from "./poll/poll_report.ts";
import { parseSchedule, withBlackouts } from "./schedule/schedule.ts";
import type { ScheduledQuery } from "./schedule/scheduler.ts";

/** The limits that others set to the state of queries. */
export interface StateLimits {
  /** Events of a query after this sequence are needed by sinks. */
  neededAfter(query: string): number;
  /** Awaited before anything is committed; throws if the state folder is no longer held. */
  beforeCommit(): Promise<void>;
}

/** The queries of a configuration. */
export class OpenQueries {
  readonly #context: PollContext;
  readonly #limits: StateLimits;
  readonly #openJournals = new OpenJournals();
  /** By name: the queries of the configuration, and those that are being closed. */
  readonly #queries = new Map<string, LiveQuery>();
  /** The names in the configuration that was taken over last. */
  #wanted: ReadonlySet<string> = new Set();

  /**
   * @param context Clock and log.
   * @param limits The limits that sinks and the state folder set.
   */
  constructor(context: PollContext, limits: StateLimits) {
    this.#context = context;
    this.#limits = limits;
  }

  /**
   * Opens the queries of a configuration that are not open yet, and takes over the settings of the others.
   *
   * @param config The configuration.
   */
  async open(config: Config): Promise<void> {
    this.#wanted = new Set(config.queries.keys());
    for (const query of this.#queries.values()) query.failure = undefined;
    const seen = await seenBy(config);
    for (const name of config.queries.keys()) await this.#openOne(name, config, seen);
    for (const { name: query, failure: error } of this.#failed()) {
      this.#context.log({ kind: "poll-failed", query, error });
    }
  }

  /** True if the state of a query could not be opened. */
  get hasFailures(): boolean {
    return this.#failed().length > 0;
  }

  /**
   * Tries again to open queries that could not be opened.
   *
   * @param config The configuration in force.
   * @returns The names of the queries that are open now.
   */
  async openFailed(config: Config): Promise<string[]> {
    const failed = this.#failed();
    const seen = await seenBy(config);
    for (const { name } of failed) await this.#openOne(name, config, seen);
    return failed.filter(({ opened }) => opened !== undefined).map(({ name }) => name);
  }

  /**
   * Opens a query again from its folder, if it was open. To be called in its turn.
   *
   * @param name The query.
   * @param config Its configuration.
   */
  async reopen(name: string, config: Config): Promise<void> {
    const query = this.#queries.get(name);
    const before = query?.opened;
    if (query === undefined || before === undefined) return;
    query.opened = undefined;
    try {
      await before.store.close();
      query.opened = {
        ...before,
        store: await this.#openStore(config, name, await seenBy(config)),
      };
    } catch (error) {
      query.failure = error;
      this.#context.log({ kind: "poll-failed", query: name, error });
    }
  }

  /** Closes the queries that the configuration no longer has, each when no poll of it is under way. */
  closeOthers(): void {
    for (const query of this.#queries.values()) {
      if (!this.#wanted.has(query.name)) void query.inTurn(() => this.#closeUnlessWanted(query));
    }
  }

  /** Finds a query of the configuration, open or not. */
  get(name: string): LiveQuery | undefined {
    return this.#queries.get(name);
  }

  /** Finds the state of a query; `undefined` if it is not open. */
  storeOf(name: string): QueryStore | undefined {
    return this.#queries.get(name)?.opened?.store;
  }

  /**
   * Finds the queries that can be polled.
   *
   * @param config The configuration.
   * @returns The open queries of the configuration with their schedules, which leave out blackouts.
   */
  scheduled(config: Config): ScheduledQuery<PollReport>[] {
    return [...config.queries.values()].flatMap((settings) => {
      const { name, peer, model, timeZone, blackouts, jitterMs } = settings;
      const query = this.#queries.get(name);
      if (query?.opened === undefined) return [];
      const schedule = withBlackouts(
        parseSchedule(settings.schedule, timeZone),
        blackouts,
        timeZone,
      );
      return [{ query, peer, model, schedule, jitterMs }];
    });
  }

  /**
   * Closes all queries.
   *
   * @returns The errors.
   */
  async close(): Promise<unknown[]> {
    const queries = [...this.#queries.values()];
    await Promise.all(queries.map((query) => query.idle()));
    const ends = await Promise.allSettled(queries.map(({ opened }) => opened?.store.close()));
    return ends.flatMap((end) => end.status === "rejected" ? [end.reason] : []);
  }

  #failed(): LiveQuery[] {
    return [...this.#queries.values()].filter(({ failure }) => failure !== undefined);
  }

  /** Opens the state of a query unless it is open, and takes over its settings. */
  async #openOne(name: string, config: Config, seen: Seen): Promise<void> {
    const settings = config.queries.get(name);
    const peer = settings && config.peers.get(settings.peer);
    if (settings === undefined || peer === undefined) return;
    const query = this.#queries.get(name) ?? new LiveQuery(name, this.#context);
    this.#queries.set(name, query);
    try {
      const store = query.opened?.store ??
        await query.inTurn(() => this.#openStore(config, name, seen));
      query.opened = polledQuery(settings, peer, store);
      query.failure = undefined;
    } catch (error) {
      query.failure = error;
    }
  }

  /** Another reload may have brought the query back before its turn came, or while it was closed. */
  async #closeUnlessWanted(query: LiveQuery): Promise<void> {
    const { name, opened } = query;
    if (this.#wanted.has(name)) return;
    query.opened = undefined;
    try {
      await opened?.store.close();
    } catch (error) {
      this.#context.log({ kind: "poll-failed", query: name, error });
    }
    if (!this.#wanted.has(name)) this.#queries.delete(name);
  }

  async #openStore(
    { stateDir, historyMs }: Config,
    name: string,
    seen: Seen,
  ): Promise<QueryStore> {
    return await QueryStore.open(stateDir, name, {
      historyMs,
      openJournals: this.#openJournals,
      beforeCommit: () => this.#limits.beforeCommit(),
      beginAfter: () => Promise.resolve(Math.max(seen.bySinks.get(name) ?? 0, seen.after)),
      keepAfter: () => this.#limits.neededAfter(name),
      onProblem: ({ message, error }) =>
        this.#context.log({ kind: "state", message: `${name}: ${message}${causeOf(error)}` }),
    });
  }
}

function causeOf(error: unknown): string {
  return error instanceof Error ? `: ${error.message}` : "";
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
