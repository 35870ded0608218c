/**
 * Serves a store in memory as the daemon serves its own, without a daemon.
 *
 * @module
 */
import { Acceptor, type AcceptorOptions } from "../../src/serve/acceptor.ts";
import {
  type ServedWorklist,
  type StationAnswer,
  worklistContexts,
  WorklistService,
} from "../../src/serve/worklist_service.ts";
import type { MemoryStore } from "./served_items.ts";

/** A store that stations can ask. */
export interface ServedMemory extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly aeTitle: string;
  readonly acceptor: Acceptor;
  /** What was answered. */
  readonly answers: StationAnswer[];
}

/** Serves a store as the worklist RAD, names compared exactly as DCMTK does. */
export function serveStore(
  store: MemoryStore,
  options: Partial<ServedWorklist> = {},
  acceptorOptions: Partial<AcceptorOptions> = {},
): ServedMemory {
  const answers: StationAnswer[] = [];
  const worklist: ServedWorklist = {
    name: "RAD",
    queries: [store.query],
    callers: undefined,
    statuses: undefined,
    maxAgeMs: undefined,
    whenStale: "serve",
    staleNote: undefined,
    personNames: { ignoreCase: false, ignoreAccents: false },
    ...options,
  };
  const service = new WorklistService({
    worklists: () => new Map([[worklist.name, worklist]]),
    source: () => ({ store, timeZone: "UTC" }),
    now: () => Temporal.Now.instant(),
    monotonicMs: () => performance.now(),
    onAnswer: (answer) => void answers.push(answer),
    onRejection: () => {},
  });
  const acceptor = Acceptor.listen({
    find: (indication) => service.find(indication),
    admit: (request, address) => service.admit(request, address),
    contexts: worklistContexts,
    ...acceptorOptions,
  });
  return {
    host: acceptor.host,
    port: acceptor.port,
    aeTitle: worklist.name,
    acceptor,
    answers,
    [Symbol.asyncDispose]: () => acceptor.close(),
  };
}
