// Touches the world: through the state lock and the polls that it starts.
/**
 * The daemon: the state folder, its queries and sinks, and the schedule that drives them.
 *
 * @module
 */
import { timeText } from "../base/clock.ts";
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
import type { Config } from "./config.ts";
import type { DaemonContext, PollContext } from "./context.ts";
import { askDaemon } from "./control.ts";
import type { LiveQuery } from "./poll/live_query.ts";
import { PeerTurn } from "./poll/peer_turn.ts";
import type { PollReport } from "./poll/poll_report.ts";
import { OpenQueries } from "./open_queries.ts";
import { OpenSinks } from "./open_sinks.ts";
import type { ServeStatus } from "./serve_status.ts";
import { Serving } from "./serving.ts";
import { Scheduler } from "./schedule/scheduler.ts";

/** A state folder at work. */
export class Daemon {
  config: Config;
  readonly #context: PollContext;
  readonly #lock: StateLock;
  readonly #queries: OpenQueries;
  readonly #scheduler: Scheduler<PollReport>;
  readonly #sinks: OpenSinks;
  readonly #serving: Serving;
  #listening: Promise<void> = Promise.resolve();
  /** Ends polls without committing them. */
  readonly #hardStop = new AbortController();
  #running: Promise<void> | undefined;
  /** The last change of open queries and sinks; changes are made one after the other. */
  #changing: Promise<unknown> = Promise.resolve();
  #isClosing = false;
  /** Aborted when the daemon begins to close. */
  readonly #ending = new AbortController();
  #isRetrying = false;
  /** True once another process holds the state folder. */
  #isLost = false;
  readonly #lost = Promise.withResolvers<Error>();

  private constructor(config: Config, lock: StateLock, context: DaemonContext) {
    this.config = config;
    this.#lock = lock;
    this.#context = {
      ...context,
      log: (event) => {
        if (event.kind === "polled") this.#serving.polled(event.report);
        context.log(event);
        if (event.kind === "poll-failed" && event.error instanceof StaleStoreError) {
          void this.#inOrder(() => this.#reopen(event.query));
        }
      },
      stop: this.#hardStop.signal,
    };
    this.#queries = new OpenQueries(this.#context, {
      beforeCommit: () => this.#holdFolder(),
      neededAfter: (name) => this.#sinks.neededAfter(name),
    });
    this.#sinks = new OpenSinks(this.#context, {
      mayWrite: () => !this.#isLost,
      sourceOf: (query) => this.#queries.storeOf(query),
    });
    this.#serving = new Serving(this.#context, (query) => this.#queries.storeOf(query));
    this.#scheduler = new Scheduler<PollReport>(this.#context);
  }

  /**
   * Takes the state folder, opens what is in it and begins to deliver. Nothing is polled yet.
   *
   * @param config The configuration.
   * @param context Clock, chance, names of polls and log.
   * @returns The daemon.
   * @throws {StoreError} If the folder is held by another process, or cannot be read or written.
   */
  static async open(config: Config, context: DaemonContext): Promise<Daemon> {
    const lock = await StateLock.take(config.stateDir, timeText(context.clock.now()));
    const daemon = new Daemon(config, lock, context);
    try {
      await refuseSecond(config.stateDir);
      await takeStateVersion(localDisk, config.stateDir, (message) => daemon.#note(message));
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
    this.#scheduler.update(this.config.peers, this.#queries.scheduled(this.config));
    this.#running = this.#scheduler.start();
  }

  /**
   * Polls a query now.
   *
   * @param name The query.
   * @param isDryRun True to find the changes and commit nothing.
   * @returns The report; `undefined` if the poll failed through no fault of its peer: the log has the error.
   * @throws {RangeError} If there is no such query.
   * @throws {StoreError} If its state could not be opened.
   */
  async poll(name: string, isDryRun = false): Promise<PollReport | undefined> {
    const query = this.#query(name);
    const { config, peer } = query.required();
    if (this.#running !== undefined && !isDryRun) return await this.#scheduler.runNow(query);
    await using turn = new PeerTurn(peer, [config.model], this.#context);
    return await query.poll(turn, { isCommanded: true, isDryRun });
  }

  /**
   * Releases by hand what a query holds back: by its brake, or for its count.
   *
   * @param name The query.
   * @param approval The approver and the reason; recorded in the journal.
   * @returns True if anything was held back.
   * @throws {RangeError} If there is no such query.
   */
  async approve(name: string, approval?: Approval): Promise<boolean> {
    return await this.#query(name).required().store.approve(
      timeText(this.#context.clock.now()),
      approval,
    );
  }

  /**
   * Delivers committed events again.
   *
   * @param sink The sink.
   * @param start The first event.
   * @param query Only the events of this query.
   * @returns The number of these events.
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
   * @returns The number of events taken, and of those left.
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

  /** Returns the status of the worklist SCP; `undefined` if no station is served. */
  serveStatus(): ServeStatus | undefined {
    return this.#serving.status();
  }

  /** Returns the status of each sink. */
  sinkStatus(): SinkStatus[] {
    return this.#sinks.status();
  }

  /** Why a query is not open, as a message; `undefined` if it is open. */
  problemOf(name: string): string | undefined {
    const query = this.#queries.get(name);
    if (query?.opened !== undefined) return undefined;
    const error = query?.failure;
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
    return this.#query(name).required().store;
  }

  /**
   * Returns true if the schedule goes on.
   *
   * @param nowMs The present on the monotonic clock.
   */
  isAlive(nowMs: number): boolean {
    return nowMs - this.#scheduler.lastWakeMs < longestSilenceMs;
  }

  /** When a query is polled next; `undefined` while it is polled, or where it never is. */
  nextPoll(name: string): Temporal.Instant | undefined {
    const query = this.#queries.get(name);
    return query && this.#scheduler.nextRun(query);
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
    this.#scheduler.update(config.peers, this.#queries.scheduled(config));
    if (this.#running !== undefined) await this.#serving.open(config);
    this.#queries.closeOthers();
    this.#retryLater();
  }

  /** Tries again, after a while, to open queries that could not be opened: files may have been restored meanwhile. */
  #retryLater(): void {
    if (this.#isClosing || this.#isRetrying || !this.#queries.hasFailures) return;
    this.#isRetrying = true;
    const { clock } = this.#context;
    const due = clock.now().add({ milliseconds: reopenMs });
    clock.sleepUntil(due, this.#ending.signal)
      .then(() => this.#inOrder(() => this.#openFailed()))
      .catch((error) => this.#isClosing || this.#note(messageOf(error)))
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
      this.#scheduler.update(this.config.peers, this.#queries.scheduled(this.config));
    }
    for (const name of opened) this.#note(`${name}: its state could be opened now`);
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

  #note(message: string): void {
    this.#context.log({ kind: "state", message });
  }

  /** Throws where nothing may be committed, because another process holds the state folder now. */
  async #holdFolder(): Promise<void> {
    try {
      if (!await this.#lock.verify()) return;
      this.#note("the lock of the state folder had been removed and is taken again");
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
      await this.#queries.get(name)?.inTurn(async () => {
        await this.#sinks.pause();
        await this.#queries.reopen(name, this.config);
      });
      await this.#sinks.open(this.config);
      const items = this.#queries.storeOf(name)?.worklist.size;
      if (items !== undefined) this.#note(`${name}: opened again, with ${items} items`);
      this.#retryLater();
    } catch (error) {
      this.#context.log({ kind: "poll-failed", query: name, error });
    }
  }

  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#changing.then(work);
    this.#changing = result.catch(() => {});
    return result;
  }

  #query(name: string): LiveQuery {
    const query = this.#queries.get(name);
    if (!this.config.queries.has(name)) throw new RangeError(`There is no query "${name}"`);
    if (query === undefined) throw new Error(`"${name}" is being opened: try again`);
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

/** The wait before the state of a query is opened again after a failure. */
const reopenMs = 60_000;
/** The time that a running daemon may take to answer at the start of a second one. */
const answerMs = 2_000;
/** The schedule is looked at every half minute; so long without, and something hangs. */
const longestSilenceMs = 90_000;
