// Touches the world: clock and chance.
/**
 * A daemon with its log, its history and its answers to commands: what `run` keeps open for months, and
 * what `poll` opens for a moment where no daemon is running.
 *
 * @module
 */
import { timeText } from "../../base/clock.ts";
import type { ReplayStart } from "../../deliver/replay.ts";
import { systemClock } from "../../base/system_clock.ts";
import type { Config } from "../config.ts";
import { certificatesOf } from "../certificates.ts";
import { ConfigDrift } from "../config_drift.ts";
import type { DaemonEvent } from "../context.ts";
import type { ControlRequest } from "../control_message.ts";
import { requireOwnState } from "../service/state_owner.ts";
import { Daemon } from "../daemon.ts";
import { logDelivery } from "../delivery_log.ts";
import { DeliveryWatch } from "../delivery_watch.ts";
import { logServing } from "../serve_log.ts";
import { logOf } from "../log.ts";
import { PollLog } from "./poll_log.ts";
import { eventLines, type PollReport } from "./poll_report.ts";
import { look } from "../look/look.ts";
import type { EventPart, Knowledge } from "../look/look_request.ts";
import type { Rejection } from "../../worklist/worklist.ts";
import type { QueryStore } from "../../worklist/journal/store.ts";
import { version } from "../version.ts";
import {
  type ConfigurationStatus,
  type DaemonStatus,
  heldEntries,
  noState,
  peerStatuses,
  PollHistory,
  queryStatuses,
  storedPoll,
} from "../status.ts";

/** The result of a poll that a command asked for. */
export interface PollAnswer {
  readonly report: Omit<PollReport, "changes">;
  /** The changes as CloudEvents in JSON: committed, or after a dry run as they would have been. */
  readonly events: readonly string[];
}

/** A daemon with its log, its history and its answers to commands. */
export class Session {
  readonly daemon: Daemon;
  /** Are called after each poll. */
  readonly pollListeners: Set<(report: PollReport) => void>;
  readonly #history: PollHistory;
  readonly #deliveries: DeliveryWatch;
  readonly #started = systemClock.now();
  readonly #drift = new ConfigDrift();
  #lastReload: ConfigurationStatus["reload"];

  private constructor(
    daemon: Daemon,
    history: PollHistory,
    deliveries: DeliveryWatch,
    listeners: Session["pollListeners"],
  ) {
    this.daemon = daemon;
    this.#history = history;
    this.#deliveries = deliveries;
    this.pollListeners = listeners;
  }

  /**
   * Takes the state folder of a configuration.
   *
   * @param config The configuration.
   * @returns The session; nothing is polled yet.
   * @throws {StoreError} If the folder is held by another process, or cannot be read or written.
   */
  static async open(config: Config): Promise<Session> {
    requireOwnState(config.stateDir);
    const history = new PollHistory();
    const listeners: Session["pollListeners"] = new Set();
    const pollLog = new PollLog(
      logOf("poll"),
      logOf("peer"),
      () => daemon.config.log.phi ? logOf("change") : undefined,
      () => daemon.config.log.remindMs,
    );
    const stateLog = logOf("state");
    const remindMs = (): number => daemon.config.log.remindMs;
    const logReport = logDelivery(logOf("deliver"), {
      nowMs: () => systemClock.monotonicMs(),
      remindMs,
    });
    const deliveries = new DeliveryWatch((query) =>
      daemon.problemOf(query) === undefined ? daemon.store(query) : undefined
    );
    const logServe = logServing(logOf("serve"), () => systemClock.monotonicMs());
    const log = (event: DaemonEvent): void => {
      switch (event.kind) {
        case "polled":
          history.report(event.report);
          pollLog.report(event.report);
          for (const listener of listeners) listener(event.report);
          return;
        case "poll-failed":
          history.error(event.query, event.error);
          return pollLog.error(event.query, event.error);
        case "delivery":
          deliveries.report(event.report);
          return logReport(event.report);
        case "serving":
          return logServe(event.report);
        case "state":
          return stateLog.warn("{words}", { words: event.message });
      }
    };
    const daemon: Daemon = await Daemon.open(config, {
      clock: systemClock,
      random: () => Math.random(),
      newId: () => crypto.randomUUID(),
      log,
    });
    return new Session(daemon, history, deliveries, listeners);
  }

  /**
   * Polls a query now.
   *
   * @param name The query.
   * @param isDryRun True to find the changes and commit nothing.
   * @returns The result.
   * @throws {Error} If it failed through no fault of its peer, or there is no such query.
   */
  async poll(name: string, isDryRun: boolean): Promise<PollAnswer> {
    const result = await this.daemon.poll(name, isDryRun);
    if (result === undefined) {
      const why = this.#history.of(name).error;
      throw new Error(`Poll of ${name} failed${why === undefined ? "" : `: ${why}`}`);
    }
    const { changes, ...report } = result;
    return { report, events: eventLines(changes) };
  }

  /**
   * Takes note of a reload, for the status.
   *
   * @param ok True if the configuration was taken over.
   */
  noteReload(ok: boolean): void {
    this.#lastReload = { time: timeText(systemClock.now()), ok };
  }

  /** Puts the status together. */
  status(): DaemonStatus {
    const { daemon } = this;
    const { config } = daemon;
    const now = systemClock.now();
    const queries = queryStatuses(config, this.#history, (name) => {
      const problem = daemon.problemOf(name);
      if (problem !== undefined) return { ...noState, problem };
      const { worklist, lastSequence: sequence, lastPoll } = daemon.store(name);
      return {
        items: worklist.size,
        sequence,
        nextPoll: daemon.nextPoll(name),
        lastPoll: storedPoll(lastPoll, worklist.pollState),
        held: worklist.pollState.held ?? heldEntries(worklist).length,
        suspectReason: worklist.pollState.suspect,
        massRemoval: worklist.pollState.massRemoval,
      };
    }, now);
    return {
      running: true,
      started: timeText(this.#started),
      time: timeText(now),
      version,
      stateDir: config.stateDir,
      configuration: {
        file: config.file,
        state: this.#drift.compare(config),
        reload: this.#lastReload,
      },
      peers: peerStatuses(config, queries),
      queries,
      sinks: daemon.sinkStatus().map((sink) => this.#deliveries.complete(sink)),
      certificates: certificatesOf(config),
      serve: daemon.serveStatus(),
    };
  }

  /** The knowledge of a query that is not in its files; undefined for one that is not configured. */
  #knowledge(name: string): Partial<Knowledge> | undefined {
    const status = this.status().queries.find((query) => query.name === name);
    if (status === undefined) return undefined;
    const { peer, lastComplete, lastPoll, failingSince: since, problem } = status;
    const failure = lastPoll?.failure;
    return {
      peer,
      ...(lastComplete !== undefined && { asOf: lastComplete }),
      failing: failure && { class: failure.class, words: failure.words, since },
      ...(problem !== undefined && { problem }),
    };
  }

  #rejections(query: string): Iterable<Rejection> {
    const { daemon } = this;
    const isOpen = daemon.config.queries.has(query) && daemon.problemOf(query) === undefined;
    return isOpen ? daemon.store(query).worklist.rejections() : [];
  }

  /** Events as they are committed, until nobody listens. */
  async *#tap(name: string | undefined, signal: AbortSignal): AsyncGenerator<EventPart> {
    const { daemon } = this;
    const positions = new Map<string, number>();
    const stores = (): QueryStore[] =>
      [...daemon.config.queries.keys()].filter((query) =>
        (name === undefined || query === name) && daemon.problemOf(query) === undefined
      ).map((query) => daemon.store(query));
    if (name !== undefined) daemon.store(name);
    for (const store of stores()) positions.set(store.query, store.lastSequence);
    while (!signal.aborted) {
      let isQuiet = true;
      for (const store of stores()) {
        const after = positions.get(store.query) ?? store.lastSequence;
        const events = await store.read(after, tapEvents);
        for (const { line } of events) yield { query: store.query, line };
        positions.set(store.query, events.at(-1)?.sequence ?? after);
        if (events.length > 0) isQuiet = false;
      }
      if (isQuiet) await this.#nextPoll(signal);
    }
  }

  /** Waits for the next poll, for a while at most. */
  #nextPoll(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const go = (): void => resolve();
    const timer = setTimeout(go, tapMs);
    this.pollListeners.add(go);
    signal.addEventListener("abort", go, { once: true });
    return promise.finally(() => {
      clearTimeout(timer);
      this.pollListeners.delete(go);
      signal.removeEventListener("abort", go);
    });
  }

  /**
   * Does what a command asks.
   *
   * @param request The command's request.
   * @param reload Reads the configuration again and takes it over.
   * @param signal Aborted when nobody waits for the result any more.
   * @returns The result, as it goes over the control socket.
   */
  async handle(
    request: ControlRequest,
    reload: () => Promise<void>,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<unknown> {
    switch (request.do) {
      case "why":
      case "show":
      case "history":
      case "blame":
      case "held":
        return look(request, {
          stateDir: this.daemon.config.stateDir,
          live: (query) => this.#knowledge(query),
          rejections: (query) => this.#rejections(query),
        });
      case "tap":
        return this.#tap(request.query, signal);
      case "poll":
        return await this.poll(request.query, request.isDryRun);
      case "approve":
        return await this.daemon.approve(request.query, request.approval);
      case "replay":
        return await this.daemon.replay(request.sink, replayStart(request.since), request.query);
      case "resend":
        return await this.daemon.resend(request.sink, request.ids);
      case "status":
        return this.status();
      case "reload":
        return await reload();
      default:
        throw new RangeError("This daemon does not know the request: is it of another version?");
    }
  }
}

/** The number of events that are read at once for `tap`. */
const tapEvents = 100;
/** The interval of looks for new events without a poll. */
const tapMs = 1_000;

/** From where to replay: digits are a sequence, all else is a time in RFC 3339. */
function replayStart(since: string): ReplayStart {
  return /^\d+$/.test(since) ? { sequence: Number(since) } : { time: Temporal.Instant.from(since) };
}
