// Touches the world: through the session.
/**
 * A running daemon as the HTTP interface sees it.
 *
 * @module
 */
import { systemClock } from "../../base/system_clock.ts";
import type { Config } from "../config.ts";
import type { Session } from "../poll/session.ts";
import type { HttpBackend } from "./backend.ts";

/**
 * Makes the backend.
 *
 * @param session The daemon.
 * @param reload Takes over what the configuration file says.
 */
export function sessionBackend(session: Session, reload: () => Promise<void>): HttpBackend {
  const { daemon, pollListeners } = session;
  return {
    get config(): Config {
      return daemon.config;
    },
    status: () => session.status(),
    isAlive: () => daemon.isAlive(systemClock.monotonicMs()),
    store: (query) => daemon.store(query),
    approve: (query, approval) => daemon.approve(query, approval),
    reload,
    onPoll(listener): Disposable {
      pollListeners.add(listener);
      return { [Symbol.dispose]: () => void pollListeners.delete(listener) };
    },
  };
}
