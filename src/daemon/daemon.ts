// Touches the world: through the state lock and the polls that it starts.
/**
 * The daemon: the state folder, its queries and sinks, and the schedule that drives them.
 *
 * @module
 */
import { timeText } from "../base/clock.ts";
import type { DeliveryOptions } from "../deliver/deliver.ts";
import type { Resent } from "../deliver/resend.ts";
import type { ReplayStart } from "../deliver/replay.ts";
import type { SinkStatus } from "../deliver/sink_status.ts";
import { messageOf } from "../deliver/message.ts";
import { localDisk } from "../worklist/journal/disk.ts";
import { LockLostError, StateLock } from "../worklist/journal/state_lock.ts";
import type { Approval } from "../worklist/journal/journal_lines.ts";
import type { QueryStore } from "../worklist/journal/store.ts";
import { takeStateVersion } from "../worklist/journal/state_version.ts";
import { StaleStoreError, StoreError } from "../worklist/journal/store_error.ts";
import type { Clock } from "../base/system_clock.ts";
import type { Config } from "./config.ts";
import { askDaemon } from "./control.ts";
import type { PolledQuery } from "./poll/polled_query.ts";
import type { PollReport } from "./poll/poll_report.ts";
import { OpenQueries } from "./open_queries.ts";
import { OpenSinks } from "./open_sinks.ts";
import type { ServeStatus } from "./serve_status.ts";
import { type ServeReport, Serving } from "./serving.ts";
import { type PollRunnerOptions, runPolls } from "./poll/poll_runner.ts";
import { scheduledQuery } from "./schedule/scheduled_query.ts";
import { type ScheduledQuery, Scheduler } from "./schedule/scheduler.ts";

/** What a daemon works with. */
export interface DaemonOptions {
  readonly clock: Clock;
  /** A number from 0 to 1, for jitter. */
  random(): number;
  /** Makes a name for a poll that no other poll has. */
  newId(): string;
  /** Is told how each poll went. */
  onReport(report: PollReport): void;
  /** Is told of a poll that came to nothing by no fault of its peer. */
  onError(query: string, error: unknown): void;
  /** Is told what happens at the sinks. */
  readonly onDelivery: DeliveryOptions["report"];
  /** Is told what was found and mended in the state folder. */
  onNote(message: string): void;
  /** Called with what happens where stations ask. */
  onServe?(report: ServeReport): void;
}

/** A state folder at work. */
export class Daemon {
  config: Config;
  readonly #options: DaemonOptions;
  readonly #lock: StateLock;
  readonly #queries: OpenQueries;
  readonly #scheduler: Scheduler<PollReport>;
  readonly #sinks: OpenSinks;
  readonly #serving: Serving;
  #listening: Promise<void> = Promise.resolve();
  /** Ends polls without committing them. */
  readonly #hardStop = new AbortController();
  #running: Promise<void> | undefined;
  /** What opens and closes queries and sinks does so one after the other. */
  #changing: Promise<unknown> = Promise.resolve();
  #isClosing = false;
  /** Aborted when the daemon begins to close. */
  readonly #ending = new AbortController();
  #isRetrying = false;
  /** True once another process holds the state folder. */
  #isLost = false;
  readonly #lost = Promise.withResolvers<Error>();

  private constructor(config: Config, lock: StateLock, options: DaemonOptions) {
    this.config = config;
    this.#lock = lock;
    this.#options = options;
    this.#queries = new OpenQueries({
      beforeCommit: () => this.#holdFolder(),
      neededAfter: (name) => this.#sinks.neededAfter(name),
      onProblem: (name, { message, error }) =>
        options.onNote(`${name}: ${message}${causeOf(error)}`),
      onError: (name, error) => options.onError(name, error),
    });
    this.#sinks = new OpenSinks({
      mayWrite: () => !this.#isLost,
      clock: options.clock,
      random: () => options.random(),
      report: options.onDelivery,
      onNote: (message) => options.onNote(message),
      sourceOf: (query) => this.#queries.get(query)?.store,
    });
    this.#serving = new Serving({
      clock: options.clock,
      store: (query) => this.#queries.get(query)?.store,
      report: (report) => options.onServe?.(report),
    });
    this.#scheduler = new Scheduler<PollReport>({
      clock: options.clock,
      random: () => options.random(),
      run: (names, commanded) => this.#run(names, commanded),
      isRetriable: (report) => report.isRetriable,
    });
  }

  /**
   * Takes the state folder, opens what is in it and begins to deliver. Nothing is polled yet.
   *
   * @param config The configuration.
   * @param options What it works with.
   * @returns The daemon.
   * @throws {StoreError} If the folder is held by another process, or cannot be read or written.
   */
  static async open(config: Config, options: DaemonOptions): Promise<Daemon> {
    const lock = await StateLock.take(config.stateDir, timeText(options.clock.now()));
    const daemon = new Daemon(config, lock, options);
    try {
      await refuseSecond(config.stateDir);
      await takeStateVersion(localDisk, config.stateDir, (message) => options.onNote(message));
      await daemon.#queries.open(config);
      await daemon.#sinks.open(config);
    } catch (error) {
      await daemon.close(AbortSignal.abort());
      throw error;
    }
    daemon.#retryLater();
    return daemon;
  }

  /** Resolves with the reason when the daemon cannot go on: another process holds the state folder. */
  get lost(): Promise<Error> {
    return this.#lost.promise;
  }

  /** Begins to answer stations, and to poll on schedule. */
  start(): void {
    this.#listening = this.#serving.open(this.config);
    this.#scheduler.update(this.config.peers, this.#scheduled(this.config));
    this.#running = this.#scheduler.start();
  }

  /**
   * Polls a query now.
   *
   * @param name The query.
   * @param isDryRun Whether to commit nothing.
   * @returns What came of it; `undefined` where it came to nothing, of which the log tells.
   * @throws {RangeError} If there is no such query.
   */
  async poll(name: string, isDryRun = false): Promise<PollReport | undefined> {
    const query = this.#query(name);
    if (this.#running !== undefined && !isDryRun) return await this.#scheduler.runNow(name);
    const options = this.#runnerOptions(new Set([name]));
    const reports = await runPolls([query], query.peer, options, isDryRun);
    return reports.get(name);
  }

  /**
   * Releases by hand what a query holds back: by its brake, or for its count.
   *
   * @param name The query.
   * @param approval Who approves it and why; recorded in the journal.
   * @returns Whether anything was held back.
   * @throws {RangeError} If there is no such query.
   */
  async approve(name: string, approval?: Approval): Promise<boolean> {
    return await this.#query(name).store.approve(timeText(this.#options.clock.now()), approval);
  }

  /**
   * Delivers committed events again.
   *
   * @param sink The sink.
   * @param start The first event.
   * @param query Only the events of this query.
   * @returns How many events that is.
   * @throws {RangeError} If there is no such sink or query.
   */
  async replay(sink: string, start: ReplayStart, query?: string): Promise<number> {
    if (query !== undefined) this.#query(query);
    return await this.#sinks.deliveries.replay(sink, start, query);
  }

  /**
   * Sends dead letters of a sink again.
   *
   * @param sink The sink.
   * @param ids The ids of the events; undefined: all.
   * @returns How many were taken, and how many are left.
   */
  async resend(sink: string, ids: readonly string[] | undefined): Promise<Resent> {
    return await this.#sinks.deliveries.resend(sink, ids, this.#hardStop.signal);
  }

  /**
   * Waits until every sink has what was committed before.
   *
   * @param signal Ends the wait: the promise rejects with its reason.
   */
  async delivered(signal: AbortSignal): Promise<void> {
    await this.#sinks.deliveries.drained(signal);
  }

  /** Waits until stations can ask, or the listener is known to have failed. */
  async listening(): Promise<void> {
    await this.#listening;
  }

  /** How the worklist SCP fares; `undefined` if no station is served. */
  serveStatus(): ServeStatus | undefined {
    return this.#serving.status();
  }

  /** How the sinks fare. */
  sinkStatus(): SinkStatus[] {
    return this.#sinks.status();
  }

  /** Why a query is not open, as a message; `undefined` if it is open. */
  problemOf(name: string): string | undefined {
    if (this.#queries.get(name) !== undefined) return undefined;
    const error = this.#queries.failureOf(name);
    return error === undefined ? "its state is being opened" : messageOf(error);
  }

  /**
   * Finds the state of a query, for those who read it.
   *
   * @param name The query.
   * @throws {StoreError} If it could not be opened.
   * @throws {RangeError} If there is no such query.
   */
  store(name: string): QueryStore {
    return this.#query(name).store;
  }

  /**
   * Tells whether the schedule goes on.
   *
   * @param nowMs The present on the monotonic clock.
   */
  isAlive(nowMs: number): boolean {
    return nowMs - this.#scheduler.lastWakeMs < longestSilenceMs;
  }

  /** When a query is polled next; `undefined` while it is polled, or where it never is. */
  nextPoll(name: string): Temporal.Instant | undefined {
    return this.#scheduler.nextRun(name);
  }

  /**
   * Takes over another configuration. What stays as it was goes on undisturbed, but for the sinks, which
   * are closed and opened again.
   *
   * @param config The configuration; its state folder must be the same.
   * @throws {RangeError} If the state folder is another one.
   * @throws {StoreError} If state cannot be opened; the daemon goes on as it was.
   */
  reload(config: Config): Promise<void> {
    return this.#inOrder(() => this.#reload(config));
  }

  async #reload(config: Config): Promise<void> {
    if (this.#isClosing) throw new Error("Cannot reload: the daemon is ending");
    if (config.stateDir !== this.config.stateDir) {
      throw new RangeError("Cannot change state_dir while running: restart the daemon");
    }
    const before = this.config;
    await this.#queries.open(config);
    this.config = config;
    await this.#sinks.pause();
    try {
      await this.#sinks.open(config);
    } catch (error) {
      this.config = before;
      await this.#queries.open(before);
      await this.#sinks.open(before);
      this.#queries.closeOthers();
      throw error;
    }
    this.#scheduler.update(config.peers, this.#scheduled(config));
    if (this.#running !== undefined) await this.#serving.open(config);
    this.#queries.closeOthers();
    this.#retryLater();
  }

  /** Tries again, after a while, to open queries that could not be opened: files may have been restored meanwhile. */
  #retryLater(): void {
    if (this.#isClosing || this.#isRetrying || !this.#queries.hasFailures) return;
    this.#isRetrying = true;
    const { clock } = this.#options;
    const due = clock.now().add({ milliseconds: reopenMs });
    clock.sleepUntil(due, this.#ending.signal)
      .then(() => this.#inOrder(() => this.#openFailed()))
      .catch((error) => this.#isClosing || this.#options.onNote(messageOf(error)))
      .finally(() => {
        this.#isRetrying = false;
        this.#retryLater();
      });
  }

  async #openFailed(): Promise<void> {
    if (this.#isClosing) return;
    const opened = await this.#queries.openFailed(this.config);
    if (opened.length === 0) return;
    await this.#sinks.pause();
    await this.#sinks.open(this.config);
    if (this.#running !== undefined) {
      this.#scheduler.update(this.config.peers, this.#scheduled(this.config));
    }
    for (const name of opened) this.#options.onNote(`${name}: its state could be opened now`);
  }

  /**
   * Ends everything in order: no more polls, deliveries, state, lock. Deliveries under way get 5 s: the next
   * start repeats them under their ids.
   *
   * @param deadline When aborted, polls under way are given up; nothing of them is committed.
   * @throws {AggregateError} If something could not be kept.
   */
  async close(deadline: AbortSignal): Promise<void> {
    const cut = (): void => this.#hardStop.abort(deadline.reason);
    if (deadline.aborted) cut();
    else deadline.addEventListener("abort", cut, { once: true });
    const errors: unknown[] = [];
    const attempt = (work: Promise<unknown> | undefined): Promise<unknown> =>
      Promise.resolve(work).catch((error) => errors.push(error));
    this.#isClosing = true;
    this.#ending.abort();
    await attempt(this.#serving.close());
    await attempt(this.#scheduler.stop());
    await attempt(this.#running);
    await this.#changing;
    await attempt(this.#sinks.close(deadline));
    errors.push(...await this.#queries.close());
    this.#lock.release();
    deadline.removeEventListener("abort", cut);
    if (errors.length > 0) throw new AggregateError(errors, "Cannot keep the state");
  }

  async #run(
    names: readonly string[],
    commanded: ReadonlySet<string>,
  ): Promise<Map<string, PollReport>> {
    const open = names.flatMap((name) => this.#queries.get(name) ?? []);
    const [first] = open;
    if (first === undefined) return new Map();
    const { peer } = first;
    // Another configuration may have moved one since they were lined up: its turn comes there.
    const queries = open.filter((query) => query.peer.name === peer.name);
    return await runPolls(queries, peer, this.#runnerOptions(commanded));
  }

  #runnerOptions(commanded: ReadonlySet<string>): PollRunnerOptions {
    const { clock } = this.#options;
    return {
      clock,
      commanded,
      newId: () => this.#options.newId(),
      onReport: (report) => {
        this.#serving.polled(report);
        this.#options.onReport(report);
      },
      onError: (query, error) => {
        this.#options.onError(query, error);
        if (error instanceof StaleStoreError) void this.#inOrder(() => this.#reopen(query));
      },
      inTurn: (query, work) => this.#queries.inTurn(query, work),
      stop: this.#hardStop.signal,
    };
  }

  /** Throws where nothing may be committed, because another process holds the state folder now. */
  async #holdFolder(): Promise<void> {
    try {
      if (!await this.#lock.verify()) return;
      this.#options.onNote("the lock of the state folder had been removed and is taken again");
    } catch (error) {
      if (error instanceof LockLostError) {
        this.#isLost = true;
        this.#lost.resolve(error);
      }
      throw error;
    }
  }

  /** Goes on from what another hand left of a query's state. The sinks keep first how far they are. */
  async #reopen(name: string): Promise<void> {
    if (this.#isClosing) return;
    try {
      await this.#queries.inTurn(name, async () => {
        await this.#sinks.pause();
        await this.#queries.reopen(name, this.config);
      });
      await this.#sinks.open(this.config);
      const items = this.#queries.get(name)?.store.worklist.size;
      if (items !== undefined) this.#options.onNote(`${name}: opened again, with ${items} items`);
      this.#retryLater();
    } catch (error) {
      this.#options.onError(name, error);
    }
  }

  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#changing.then(work);
    this.#changing = result.catch(() => {});
    return result;
  }

  /** Polls of those queries whose state is open. */
  #scheduled(config: Config): ScheduledQuery[] {
    return [...config.queries.values()].filter(({ name }) => this.#queries.get(name) !== undefined)
      .map(scheduledQuery);
  }

  #query(name: string): PolledQuery<QueryStore> {
    if (!this.config.queries.has(name)) throw new RangeError(`There is no query "${name}"`);
    const query = this.#queries.get(name);
    if (query === undefined) {
      throw this.#queries.failureOf(name) ?? new Error(`"${name}" is being opened: try again`);
    }
    return query;
  }
}

/** A daemon whose lock file was removed still answers on its control socket. */
async function refuseSecond(stateDir: string): Promise<void> {
  const answer = await askDaemon(stateDir, { do: "status" }, answerMs).catch(() => undefined);
  if (answer === undefined) return;
  throw new StoreError(
    `Cannot hold ${stateDir}: another worklistd runs on it, without its lock file`,
    {
      path: stateDir,
      hint: "stop the other worklistd, or give this one another state_dir; never remove the lock",
    },
  );
}

/** How long after a failure the state of a query is opened again. */
const reopenMs = 60_000;
/** How long a daemon that lives may take to answer at the start of a second one. */
const answerMs = 2_000;
/** The schedule is looked at every half minute; so long without, and something hangs. */
const longestSilenceMs = 90_000;

function causeOf(error: unknown): string {
  return error instanceof Error ? `: ${error.message}` : "";
}
