// Touches the world: waits before it tries again.
/**
 * Keeps the HTTP interface open as the configuration says, over reloads. Loads it only if it is configured.
 *
 * @module
 */
import { messageOf } from "../deliver/message.ts";
import type { HttpSection } from "./config/http.ts";
import { sessionBackend } from "./http/session_backend.ts";
import { logOf } from "./log.ts";
import type { Session } from "./poll/session.ts";
import { version } from "./version.ts";

/** An address that is taken may become free. */
const retryMs = 30_000;
/** The answer to a reload over HTTP leaves before its listener is closed. */
const partingMs = 250;

/** A listener that is open. */
interface OpenListener {
  close(): Promise<void>;
}

/** The HTTP interface of a running daemon. */
export class HttpListener {
  readonly #session: Session;
  readonly #reload: () => Promise<void>;
  #open: OpenListener | undefined;
  /** The settings of the open listener. */
  #opened = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #work: Promise<void> = Promise.resolve();
  #isClosed = false;

  /**
   * @param session The daemon.
   * @param reload Takes over what the configuration file says.
   */
  constructor(session: Session, reload: () => Promise<void>) {
    this.#session = session;
    this.#reload = reload;
  }

  /** Opens what the configuration says; a listener that cannot be opened is tried again. */
  start(): Promise<void> {
    return this.#inTurn();
  }

  /** Takes over a reloaded configuration, soon. What stays the same stays open. */
  reloaded(): void {
    this.#later(partingMs);
  }

  /** Closes it for good. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#inTurn();
  }

  #later(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#isClosed) this.#timer = setTimeout(() => void this.#inTurn(), ms);
  }

  #inTurn(): Promise<void> {
    this.#work = this.#work.then(() => this.#apply());
    return this.#work;
  }

  async #apply(): Promise<void> {
    const section = this.#isClosed ? undefined : this.#session.daemon.config.http;
    const wanted = section === undefined ? "" : textOf(section);
    if (wanted === this.#opened) return;
    const log = logOf("http");
    try {
      await this.#open?.close();
      this.#open = undefined;
      this.#opened = "";
      if (section === undefined) return;
      const { openHttp } = await loadHttp();
      this.#open = await openHttp(
        section,
        sessionBackend(this.#session, this.#reload),
        version,
      );
      this.#opened = wanted;
      const { host, port } = section.listen;
      const scheme = section.tls === undefined ? "http" : "https";
      const shown = host.includes(":") ? `[${host}]` : host;
      log.info("Status page and API at {url}", { url: `${scheme}://${shown}:${port}/` });
    } catch (error) {
      log.error("Cannot serve HTTP: {words}; trying again in {seconds} s", {
        words: messageOf(error),
        seconds: retryMs / 1000,
      });
      this.#later(retryMs);
    }
  }
}

/** Named where Deno does not see it: it reads all that a program may import before the program starts. */
async function loadHttp(): Promise<typeof import("./http/open_http.ts")> {
  const path = "./http/open_http.ts";
  return await import(path) as typeof import("./http/open_http.ts");
}

/** All that a listener is made of, to see if it changed. */
function textOf({ tls, logins, ...rest }: HttpSection): string {
  const { tokens, users } = logins?.reveal() ?? {};
  return JSON.stringify([rest, tls?.reveal(), tokens, users && [...users]]);
}
