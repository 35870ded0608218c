/**
 * A daemon in this process with a worklist to poll and its HTTP interface open: for tests of the interface.
 *
 * @module
 */
import { openHttp } from "../../src/daemon/http/open_http.ts";
import { sessionBackend } from "../../src/daemon/http/session_backend.ts";
import { Session } from "../../src/daemon/poll/session.ts";
import type { HttpSection } from "../../src/daemon/config/http.ts";
import { Hidden } from "../../src/daemon/config/hidden.ts";
import { serveWorklist, type WorklistScp } from "../../src/serve/worklist_scp.ts";
import { configIn } from "./daemon_config.ts";

/** A token as configured by default. */
export const token = "0123456789abcdef0123456789abcdef";

/** What a bench is made of. */
export interface HttpBenchOptions {
  /** More of the query's settings. */
  readonly query?: string;
  /** The sinks section and what the query tells. */
  readonly sinks?: string;
  /** True: the daemon runs, with the worklist SCP if one is configured; the schedule polls once a year. */
  readonly isStarted?: boolean;
  /** Changes the `http` section. */
  readonly section?: Partial<HttpSection>;
  /** False: nobody must log in. @default {true} */
  readonly hasToken?: boolean;
  /** Takes over the configuration file. */
  reload?(): Promise<void>;
}

/** A daemon with its HTTP interface. */
export interface HttpBench extends AsyncDisposable {
  readonly ris: WorklistScp;
  readonly session: Session;
  /** Without a slash at its end. */
  readonly url: string;
  readonly folder: string;
  /** Polls the query `ct` once. */
  poll(): Promise<void>;
  /** Closes the HTTP interface and leaves the daemon. */
  closeHttp(): Promise<void>;
  /** Opens it again. */
  openHttp(): Promise<void>;
  /** Fetches a path with the token. */
  get(path: string, init?: RequestInit): Promise<Response>;
}

/** Opens a bench; nothing is polled but by `poll()`. */
export async function openHttpBench(options: HttpBenchOptions = {}): Promise<HttpBench> {
  const { query = "", sinks = "", hasToken = true } = options;
  const folder = await Deno.makeTempDir();
  const ris = serveWorklist();
  const yaml = `state_dir: ${folder}/state
peers: { ris: { host: 127.0.0.1, port: ${ris.port}, ae_title: ANY } }
queries:
  ct: { peer: ris, schedule: 0 0 1 1 * ${query} }
${sinks}
`;
  const session = await Session.open(await configIn(folder, yaml));
  if (options.isStarted) session.daemon.start();
  const section: HttpSection = {
    listen: { host: "127.0.0.1", port: 0 },
    tls: undefined,
    logins: hasToken ? new Hidden({ tokens: [token], users: new Map() }) : undefined,
    hosts: [],
    maxConnections: 200,
    maxStreams: 50,
    ...options.section,
  };
  const reload = options.reload ?? (() => Promise.resolve());
  const open = (): ReturnType<typeof openHttp> =>
    openHttp(section, sessionBackend(session, reload), "1.2.3");
  let server = await open();
  const url = `${section.tls === undefined ? "http" : "https"}://127.0.0.1:${server.port}`;
  return {
    ris,
    session,
    url,
    folder,
    async poll(): Promise<void> {
      await session.poll("ct", false);
    },
    closeHttp: () => server.close(),
    async openHttp(): Promise<void> {
      server = await open();
    },
    get: (path, init = {}) =>
      fetch(`${url}${path}`, {
        ...init,
        headers: { authorization: `Bearer ${token}`, ...init.headers },
      }),
    async [Symbol.asyncDispose](): Promise<void> {
      await server.close();
      await session.daemon.close(AbortSignal.timeout(5_000));
      await ris[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
