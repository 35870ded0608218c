// Touches the world: through sockets and the control socket.
/**
 * Work of commands on a state folder: through the daemon that holds it, or by holding it for a moment if none runs.
 *
 * @module
 */
import type { Resent } from "../deliver/resend.ts";
import { systemClock } from "../base/system_clock.ts";
import type { Config } from "./config.ts";
import type { Approval } from "../worklist/journal/journal_lines.ts";
import { askDaemon, askInParts } from "./control.ts";
import {
  type CheckedRequest,
  type ControlRequest,
  requireControlResult,
} from "./control_message.ts";
import { look } from "./look/look.ts";
import type { LookRequest } from "./look/look_request.ts";
import { flushLog, openLog } from "./log.ts";
import { type PollAnswer, Session } from "./poll/session.ts";
import type { DaemonStatus } from "./status.ts";
import { storedStatus } from "./stored_status.ts";

/** The time that sinks may take to deliver the changes of a command; the rest waits for the daemon. */
const deliveryMs = 10_000;

/**
 * Polls a query of the configuration once.
 *
 * @param config The configuration.
 * @param query The name of the query.
 * @param isDryRun True to find the changes and commit nothing.
 * @returns The result.
 * @throws {Error} If it failed through no fault of its peer, or there is no such query.
 */
export async function pollOnce(
  config: Config,
  query: string,
  isDryRun: boolean,
): Promise<PollAnswer> {
  const request = { do: "poll", query, isDryRun } as const;
  // Sinks would deliver changes that are left from before.
  const needed = isDryRun ? { ...config, sinks: new Map() } : config;
  return await reach(needed, request, async (session) => {
    const answer = await session.poll(query, isDryRun);
    if (!isDryRun) await delivered(session);
    return answer;
  });
}

/**
 * Accepts what a query holds back.
 *
 * @param config The configuration.
 * @param query The name of the query.
 * @param approval The approver and the reason.
 * @returns True if something was held back.
 * @throws {RangeError} If there is no such query.
 */
export async function approve(
  config: Config,
  query: string,
  approval: Approval,
): Promise<boolean> {
  const request = { do: "approve", query, approval } as const;
  return await reach(config, request, (session) => session.daemon.approve(query, approval));
}

/** The sink, the first event and the query. */
export interface ReplayRequest {
  readonly sink: string;
  /** A sequence, or a time in RFC 3339. */
  readonly since: string;
  /** Only the events of this query. */
  readonly query?: string;
}

/**
 * Delivers committed events again.
 *
 * @param config The configuration.
 * @param replay The sink, the first event and the query.
 * @returns The number of these events.
 * @throws {RangeError} If there is no such sink or query.
 */
export async function replay(config: Config, replay: ReplayRequest): Promise<number> {
  const request = { do: "replay", ...replay } as const;
  return await reach(config, request, (session) => handleAndDeliver<number>(session, request));
}

/**
 * Sends dead letters of a sink again.
 *
 * @param config The configuration.
 * @param sink The name of the sink.
 * @param ids The ids of the events; undefined: all.
 * @returns The number of events sent, and of dead letters left.
 */
export async function resend(
  config: Config,
  sink: string,
  ids?: readonly string[],
): Promise<Resent> {
  const request = { do: "resend", sink, ...(ids && { ids }) } as const;
  return await reach(config, request, (session) => session.daemon.resend(sink, ids));
}

/**
 * Reads how peers, queries and sinks are.
 *
 * @param stateDir The state folder.
 * @param config The configuration, for when no daemon runs.
 * @returns The status of the running daemon, otherwise the one in the state folder; undefined if no daemon runs
 * and there is no configuration.
 */
export async function readStatus(
  stateDir: string,
  config: Config | undefined,
): Promise<DaemonStatus | undefined> {
  const answer = await askDaemon(stateDir, { do: "status" });
  if (answer !== undefined) {
    requireControlResult("status", answer.result);
    return answer.result as DaemonStatus;
  }
  return config && await storedStatus(config, systemClock.now());
}

/**
 * Asks about the stored items: the running daemon, or otherwise the files.
 *
 * @param stateDir The state folder.
 * @param request The question.
 * @returns The parts of the answer; their type goes with the question.
 */
export async function* lookUp(
  stateDir: string,
  request: Exclude<LookRequest, { do: "tap" }>,
): AsyncGenerator<unknown> {
  const parts = await askInParts(stateDir, request);
  yield* parts ?? look(request, { stateDir });
}

async function handleAndDeliver<T>(session: Session, request: ControlRequest): Promise<T> {
  const noReload = (): Promise<void> => Promise.resolve();
  const result = await session.handle(request, noReload) as T;
  await delivered(session);
  return result;
}

async function delivered(session: Session): Promise<void> {
  try {
    await session.daemon.delivered(AbortSignal.timeout(deliveryMs));
  } catch {
    // What is committed is delivered when the daemon runs.
  }
}

/** Asks the daemon, or opens the state for as long as the work takes. */
async function reach<T>(
  config: Config,
  request: ControlRequest & { readonly do: CheckedRequest },
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const answer = await askDaemon(config.stateDir, request);
  if (answer !== undefined) {
    requireControlResult(request.do, answer.result);
    return answer.result as T;
  }
  await openLog({ ...config.log, level: "warning" });
  try {
    const session = await Session.open(config);
    try {
      return await work(session);
    } finally {
      await session.daemon.close(AbortSignal.timeout(deliveryMs));
    }
  } finally {
    await flushLog();
  }
}
