// Touches the world: waits; and through the acceptor.
/**
 * The worklist SCP of the daemon: opened, opened again where that failed, and accounted for.
 *
 * A listener that cannot be opened is the listener's failure. Polls and sinks go on.
 *
 * @module
 */
import { timeText } from "../base/clock.ts";
import { messageOf } from "../deliver/message.ts";
import { Acceptor } from "../serve/acceptor.ts";
import { listenPlain, type StationListener } from "../serve/listener.ts";
import type { ServedStore } from "../serve/served_query.ts";
import { worklistContexts, WorklistService } from "../serve/worklist_service.ts";
import type { Config, ServeConfig, ServedWorklistConfig } from "./config.ts";
import type { DaemonContext, ServeReport } from "./context.ts";
import type { PollReport } from "./poll/poll_report.ts";
import { CallerHistory, type ServeStatus, worklistStatus } from "./serve_status.ts";

/** The wait before a listener that could not be opened is tried again. */
const retrySeconds = 5;

/** A poll with this number of changes is worth preparing for. */
const manyItems = 200;

/** Commands and identifiers of stations are short. */
const maxMessageLength = 1 << 18;

/** Serves stations while the daemon runs. */
export class Serving {
  readonly #context: Pick<DaemonContext, "clock" | "log">;
  readonly #storeOf: (query: string) => ServedStore | undefined;
  readonly #service: WorklistService;
  readonly #callers: CallerHistory;
  #config: Config | undefined;
  #acceptor: Acceptor | undefined;
  /** The settings of the open acceptor. */
  #openedWith = "";
  #problem: string | undefined;
  #rejections = 0;
  /** One change after the other. */
  #changing: Promise<void> = Promise.resolve();
  #retrying: AbortController | undefined;

  /**
   * @param context Clock and log.
   * @param storeOf Finds the store of a query that is open.
   */
  constructor(
    context: Pick<DaemonContext, "clock" | "log">,
    storeOf: (query: string) => ServedStore | undefined,
  ) {
    this.#context = context;
    this.#storeOf = storeOf;
    const { clock } = context;
    this.#callers = new CallerHistory();
    this.#service = new WorklistService({
      worklists: () => this.#config?.serve?.worklists ?? noWorklists,
      source: (query) => ({
        store: storeOf(query),
        timeZone: this.#config?.queries.get(query)?.timeZone ?? "UTC",
      }),
      now: () => clock.now(),
      monotonicMs: () => clock.monotonicMs(),
      onAnswer: (answer) => {
        this.#callers.answered(answer, timeText(clock.now()));
        this.#report({ kind: "answer", answer });
      },
      onRejection: (rejection) => {
        this.#rejections++;
        this.#report({ kind: "rejected", rejection });
      },
    });
  }

  /**
   * Takes over a configuration. Associations go on if address, limits and certificates stay the same.
   *
   * @param config The configuration.
   * @returns Resolves when stations can ask, or when the listener could not be opened and will be tried again.
   */
  open(config: Config): Promise<void> {
    return this.#inOrder(() => this.#open(config));
  }

  /** Ends all associations and stops listening. */
  close(): Promise<void> {
    this.#retrying?.abort();
    return this.#inOrder(async () => {
      this.#config = undefined;
      await this.#closeAcceptor();
    });
  }

  /** Prepares many new items for the stations that will ask for them. */
  polled({ counts: { added, changed } }: PollReport): void {
    if (this.#acceptor !== undefined && added + changed >= manyItems) this.#warm();
  }

  #warm(): void {
    const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
    // What cannot be read is reported when a station asks for it.
    void this.#service.warm(turn).catch(() => {});
  }

  /** Returns the status of the listener and its worklists; `undefined` if no station is served. */
  status(): ServeStatus | undefined {
    const serve = this.#config?.serve;
    if (serve === undefined) return undefined;
    return {
      listen: addressText(this.#acceptor ?? serve.listen),
      tls: serve.tls !== undefined,
      state: this.#acceptor === undefined ? "failed" : "listening",
      problem: this.#problem,
      associations: this.#acceptor?.associations ?? 0,
      rejections: this.#rejections,
      worklists: [...serve.worklists.values()].map((worklist) => this.#statusOf(worklist)),
    };
  }

  #statusOf(worklist: ServedWorklistConfig): ServeStatus["worklists"][number] {
    const items = worklist.queries.map((query) => this.#storeOf(query)?.worklist.size);
    return worklistStatus(
      worklist,
      items.includes(undefined)
        ? undefined
        : items.reduce((sum: number, one) => sum + (one ?? 0), 0),
      this.#service.ageOf(worklist),
      this.#callers.of(worklist.name),
    );
  }

  #report(report: ServeReport): void {
    this.#context.log({ kind: "serving", report });
  }

  async #open(config: Config): Promise<void> {
    const { serve } = config;
    this.#retrying?.abort();
    this.#config = config;
    this.#service.forgetOthers();
    this.#callers.keepOnly(new Set(serve?.worklists.keys()));
    const wanted = serve === undefined ? "" : listenerText(serve);
    if (this.#acceptor !== undefined && wanted === this.#openedWith) return;
    await this.#closeAcceptor();
    if (serve === undefined) return;
    await this.#listen(serve, wanted);
  }

  async #listen(serve: ServeConfig, wanted: string): Promise<void> {
    const address = addressText(serve.listen);
    try {
      const listener = await this.#openListener(serve);
      this.#acceptor = Acceptor.listen({
        listener,
        find: (indication) => this.#service.find(indication),
        contexts: worklistContexts,
        maxAssociations: serve.maxAssociations,
        maxPduLength: serve.maxPduLength,
        maxMessageLength,
        timeouts: serve.timeouts,
        admit: (request, from) => this.#service.admit(request, from),
        onError: (error, from) => this.#report({ kind: "ended", address: from ?? "", error }),
      });
      this.#openedWith = wanted;
      this.#problem = undefined;
      this.#warm();
      this.#report({
        kind: "listening",
        address: addressText(listener),
        worklists: serve.worklists.size,
      });
    } catch (error) {
      const isNew = this.#problem === undefined;
      this.#problem = `Cannot listen on ${address}: ${whyNoListener(error)}`;
      if (isNew) this.#report({ kind: "not-listening", address, error: new Error(this.#problem) });
      this.#tryAgain();
    }
  }

  async #openListener(serve: ServeConfig): Promise<StationListener> {
    const { listen: { host, port }, tls, timeouts } = serve;
    if (tls === undefined) return listenPlain(host, port);
    const { listenTls } = await import("../serve/tls_listener.ts");
    return await listenTls({
      host,
      port,
      credentials: tls.credentials.reveal(),
      clientCert: tls.clientCert,
      handshakeMs: timeouts.associateMs,
      onRefused: (why, address) => {
        this.#rejections++;
        this.#report({ kind: "tls-refused", address, why });
      },
    });
  }

  #tryAgain(): void {
    const retrying = new AbortController();
    this.#retrying = retrying;
    const { clock } = this.#context;
    const at = clock.now().add({ seconds: retrySeconds });
    void clock.sleepUntil(at, retrying.signal).then(() =>
      this.#inOrder(async () => {
        if (!retrying.signal.aborted && this.#config !== undefined) await this.#open(this.#config);
      })
    ).catch(() => {});
  }

  async #closeAcceptor(): Promise<void> {
    const acceptor = this.#acceptor;
    this.#acceptor = undefined;
    this.#openedWith = "";
    await acceptor?.close();
  }

  #inOrder(work: () => Promise<void>): Promise<void> {
    const result = this.#changing.then(work);
    this.#changing = result.catch(() => {});
    return result;
  }
}

const noWorklists: ReadonlyMap<string, ServedWorklistConfig> = new Map();

function addressText({ host, port }: { host: string; port: number }): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Returns the settings of a listener as text, to find out if they changed. It holds a private key: never shown. */
function listenerText(serve: ServeConfig): string {
  const { listen, maxAssociations, maxPduLength, timeouts, tls } = serve;
  const credentials = tls?.credentials.reveal();
  return JSON.stringify([
    listen,
    maxAssociations,
    maxPduLength,
    timeouts,
    credentials,
    tls?.clientCert,
  ]);
}

function whyNoListener(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (error instanceof Deno.errors.AddrInUse || code === "EADDRINUSE") {
    return "another program listens there; stop it or choose another port";
  }
  if (error instanceof Deno.errors.AddrNotAvailable || code === "EADDRNOTAVAIL") {
    return "this machine has no such address";
  }
  if (error instanceof Deno.errors.PermissionDenied || code === "EACCES") {
    return "ports under 1024 need CAP_NET_BIND_SERVICE, which the unit of `worklistd unit` has";
  }
  if (error instanceof Deno.errors.NotCapable) {
    return "Deno was started without --allow-net for it; write the unit again with `worklistd unit`";
  }
  return messageOf(error);
}
