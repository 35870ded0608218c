// Touches the world: signals, the service manager, the end of the process.
/**
 * The daemon as a process: started, reloaded by SIGHUP, ended by SIGTERM or SIGINT.
 *
 * @module
 */
import { abortable } from "../base/abortable.ts";
import { messageOf } from "../deliver/message.ts";
import { systemClock } from "../base/system_clock.ts";
import type { Config } from "./config.ts";
import { ConfigError, formatProblem, formatWarning } from "./config/problems.ts";
import { HttpListener } from "./http_listener.ts";
import { type ControlServer, serveControl } from "./control.ts";
import { startDeadline } from "../base/deadline.ts";
import { loadConfig, readConfigText } from "./load_config.ts";
import { flushLog, logOf, openLog } from "./log.ts";
import { grantsOf } from "./permissions.ts";
import { releaseReloads } from "./service/early_reload.ts";
import { missingGrants } from "./service/granted.ts";
import { filePrints, watchFiles } from "./service/file_watch.ts";
import { type ServiceManager, serviceManager } from "./notify.ts";
import { Session } from "./poll/session.ts";
import { problemsOf, serviceStatus } from "./service/service_status.ts";

/** The time that polls and deliveries under way may take to end. */
const shutdownMs = 15_000;
/** The further wait for work that ignores the deadline, such as a write to a pipe that nobody reads. */
const unheededMs = 3_000;

/**
 * Runs the daemon until a signal ends it. The caller then ends the process: SIGTERM and SIGINT no longer do.
 *
 * @param file The configuration file.
 * @param signal Ends it as SIGTERM does.
 * @returns The exit code: 0, or 1 where it could not start or could not keep its state.
 * @throws {ConfigError} If the configuration has problems.
 */
export async function run(file: string, signal?: AbortSignal): Promise<number> {
  const text = readConfigText(file);
  const config = await loadConfig(file, text);
  await openLog(config.log);
  try {
    return await runWith(config, file, text, signal);
  } finally {
    await flushLog();
  }
}

async function runWith(
  config: Config,
  file: string,
  text: string,
  signal: AbortSignal | undefined,
): Promise<number> {
  const prints = filePrints(config.used.files);
  const log = logOf("daemon");
  logWarnings(config);
  let session: Session;
  try {
    session = await Session.open(config);
  } catch (error) {
    log.error("Cannot start: {words}", { words: messageOf(error) });
    return 1;
  }
  const manager = serviceManager(
    (name) => Deno.env.get(name),
    (message) => log.error("Cannot notify systemd: {words}", { words: message }),
  );
  const reloading = new Reloading(file, text, session, manager);
  using signals = listenToSignals(() => void reloading.request().catch(() => {}), signal);
  const isReloadDue = releaseReloads();
  const control = await openControl(session, reloading);
  const http = new HttpListener(session, () => reloading.request());
  reloading.onReloaded = (): void => http.reloaded();
  await http.start();
  session.daemon.start();
  await session.daemon.listening();
  const { queries, sinks, stateDir } = config;
  log.info("Started; queries: {queries}, sinks: {sinks}, state in {stateDir}", {
    queries: queries.size,
    sinks: sinks.size,
    stateDir,
  });
  await manager.notify("READY=1", statusLine(session));
  if (isReloadDue) void reloading.request().catch(() => {});
  const watchdog = startWatchdog(manager, session);
  const stopStatus = keepStatus(manager, session);
  const stopWatching = watchFiles({
    files: () => session.daemon.config.used.files,
    since: prints,
    onChange: () => reloading.renew().catch(() => {}),
  });

  const lost = await Promise.race([signals.ended, session.daemon.lost]);
  if (lost !== undefined) log.error("Cannot go on: {words}", { words: messageOf(lost) });
  log.info("Ending: a second signal ends it at once");
  watchdog?.();
  stopStatus();
  stopWatching();
  await manager.notify("STOPPING=1");
  await control?.close();
  await http.close();
  const code = await closeInTime(session, signals.hurry);
  log.info("Ended");
  return lost === undefined ? code : 1;
}

/** The signals that end the process. */
interface Signals extends Disposable {
  /** Resolves at the first SIGTERM or SIGINT. */
  readonly ended: Promise<void>;
  /** Aborted at the second. */
  readonly hurry: AbortSignal;
}

function listenToSignals(onReload: () => void, signal: AbortSignal | undefined): Signals {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const hurry = new AbortController();
  let isEnding = false;
  const onEnd = (): void => {
    if (isEnding) hurry.abort(new Error("a second signal ends it at once"));
    isEnding = true;
    resolve();
  };
  const onRejection = (event: PromiseRejectionEvent): void => {
    event.preventDefault();
    logOf("daemon").error("A fault of worklistd itself, please report it: {words}", {
      words: event.reason instanceof Error ? event.reason.stack : String(event.reason),
    });
  };
  Deno.addSignalListener("SIGTERM", onEnd);
  Deno.addSignalListener("SIGINT", onEnd);
  Deno.addSignalListener("SIGHUP", onReload);
  globalThis.addEventListener("unhandledrejection", onRejection);
  signal?.addEventListener("abort", onEnd, { once: true });
  if (signal?.aborted) onEnd();
  return {
    ended,
    hurry: hurry.signal,
    [Symbol.dispose](): void {
      // SIGTERM and SIGINT are listened to until the process is gone: a signal between "Ended" and the exit must not
      // change the exit code.
      Deno.removeSignalListener("SIGHUP", onReload);
      globalThis.removeEventListener("unhandledrejection", onRejection);
      signal?.removeEventListener("abort", onEnd);
    },
  };
}

/** Closes the state; returns the exit code. */
async function closeInTime(session: Session, hurry: AbortSignal): Promise<number> {
  using late = startDeadline(
    systemClock,
    shutdownMs,
    () => new Error(`not ended within ${shutdownMs / 1000} s`),
    hurry,
  );
  const stuck = new Error("something does not end: is a disk or a reader of our output stuck?");
  const unheeded = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const waitNoLonger = (): void => {
    timer = setTimeout(() => unheeded.abort(stuck), unheededMs);
  };
  if (late.signal.aborted) waitNoLonger();
  else late.signal.addEventListener("abort", waitNoLonger, { once: true });
  try {
    await abortable(session.daemon.close(late.signal), unheeded.signal);
    return 0;
  } catch (error) {
    for (const each of error instanceof AggregateError ? error.errors : [error]) {
      logOf("daemon").error("Cannot keep the state: {words}", { words: messageOf(each) });
    }
    return 1;
  } finally {
    clearTimeout(timer);
  }
}

/** Reads the configuration again, one time after the other. */
class Reloading {
  readonly #file: string;
  /** The text of the file when it was last taken over. */
  #text: string;
  readonly #session: Session;
  readonly #manager: ServiceManager;
  readonly #log = logOf("daemon");
  #queue: Promise<void> = Promise.resolve();
  /** Is called after a configuration was taken over. */
  onReloaded: () => void = () => {};

  constructor(file: string, text: string, session: Session, manager: ServiceManager) {
    this.#file = file;
    this.#text = text;
    this.#session = session;
    this.#manager = manager;
  }

  /**
   * Takes over what the file says now. A file with problems changes nothing.
   *
   * @throws {Error} If it was not taken over; the log says why too.
   */
  request(): Promise<void> {
    return this.#inOrder(() => this.#reload(() => readConfigText(this.#file)));
  }

  /**
   * Reads certificates and secrets again. The configuration stays what it was when it was last taken over: someone may
   * be editing its file.
   *
   * @throws {Error} If they do not fit together; the daemon goes on with the old ones, and the log says why.
   */
  renew(): Promise<void> {
    this.#log.info("A certificate or secret was renewed");
    return this.#inOrder(() => this.#reload(() => this.#text));
  }

  #inOrder(work: () => Promise<void>): Promise<void> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => {});
    return result;
  }

  async #reload(read: () => string): Promise<void> {
    await this.#manager.notify("RELOADING=1");
    try {
      const text = read();
      const config: Config = await loadConfig(this.#file, text);
      requireGrants(config);
      await this.#session.daemon.reload(config);
      this.#text = text;
      await openLog(config.log);
      this.#session.noteReload(true);
      this.onReloaded();
      logWarnings(config);
      this.#log.info("Reloaded {file}", { file: this.#file });
    } catch (error) {
      this.#session.noteReload(false);
      const lines = error instanceof ConfigError
        ? error.problems.map(formatProblem)
        : [messageOf(error)];
      for (const words of lines) this.#log.error("Not reloaded: {words}", { words });
      throw error;
    } finally {
      await this.#manager.notify("READY=1", statusLine(this.#session));
    }
  }
}

/** Says what is probably not meant; `check` does the same. */
function logWarnings({ warnings }: Config): void {
  for (const warning of warnings) {
    logOf("daemon").warn("Configuration: {words}", { words: formatWarning(warning) });
  }
}

/** A reload cannot give a process more permissions than it started with. */
function requireGrants(config: Config): void {
  const program = decodeURIComponent(new URL(".", Deno.mainModule).pathname);
  const missing = missingGrants(grantsOf(config, program.replace(/\/$/, "")));
  if (missing.length === 0) return;
  throw new Error(
    `this process may not ${missing.join(", ")}. Restart it (systemctl restart worklistd); ` +
      "if `worklistd unit` wrote the unit, write it again first",
  );
}

/** Commands that cannot reach the daemon are no reason not to run it. */
async function openControl(
  session: Session,
  reloading: Reloading,
): Promise<ControlServer | undefined> {
  try {
    return await serveControl(
      session.daemon.config.stateDir,
      (request, signal) => session.handle(request, () => reloading.request(), signal),
    );
  } catch (error) {
    const words = messageOf(error);
    logOf("daemon").warn("Commands cannot reach this daemon: {words}", { words });
    return undefined;
  }
}

/** One line for `systemctl status`. */
function statusLine(session: Session): string {
  return `STATUS=${serviceStatus(session.status(), Date.now())}`;
}

/** At least so long between two lines for `systemctl status`: a query may be polled every second. */
const statusMs = 5_000;

/** Keeps the line for `systemctl status` true: renewed when what it says of problems changes, and with each watchdog ping. */
function keepStatus(manager: ServiceManager, session: Session): () => void {
  if (!manager.isThere) return () => {};
  let said = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const onPoll = (): void => {
    const problems = problemsOf(session.status(), Date.now());
    if (problems === said || timer !== undefined) return;
    said = problems;
    void manager.notify(statusLine(session));
    timer = setTimeout(() => timer = undefined, statusMs);
  };
  session.pollListeners.add(onPoll);
  return () => {
    clearTimeout(timer);
    session.pollListeners.delete(onPoll);
  };
}

/** Sends systemd a sign of life as long as the schedule goes on. */
function startWatchdog(manager: ServiceManager, session: Session): (() => void) | undefined {
  const { watchdogMs } = manager;
  if (watchdogMs === undefined) return undefined;
  const ping = (): void => {
    if (session.daemon.isAlive(systemClock.monotonicMs())) {
      void manager.notify("WATCHDOG=1", statusLine(session));
    }
  };
  ping();
  const id = setInterval(ping, watchdogMs / 2);
  return () => clearInterval(id);
}
