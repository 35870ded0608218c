/**
 * The Deno permissions that a configuration needs, and no more.
 *
 * @module
 */
import { parseFolderTemplate } from "../deliver/folder_template.ts";
import type { TlsOptions } from "../network/tls.ts";
import type { SinkOptions } from "../deliver/sinks/sink_types.ts";
import type { Config } from "./config.ts";
import { isLoopback } from "../serve/address_range.ts";

/** The environment variables by which systemd informs a service. */
const serviceVariables = [
  "CREDENTIALS_DIRECTORY",
  "JOURNAL_STREAM",
  "NOTIFY_SOCKET",
  "STATE_DIRECTORY",
  "WATCHDOG_PID",
  "WATCHDOG_USEC",
];

/** The Deno permissions that the daemon needs. */
export interface Grants {
  /** Files and folders that it reads. */
  readonly read: readonly string[];
  /** Folders that it writes in. */
  readonly write: readonly string[];
  /** HOST:PORT, HOST, or a Unix socket as `unix:PATH`. */
  readonly net: readonly string[];
  /** Environment variables. */
  readonly env: readonly string[];
  /**
   * The facts asked of the system. "all" includes the authorities that Deno trusts, which have no name of their own.
   */
  readonly sys: readonly string[] | "all";
}

/**
 * Lists what the daemon needs.
 *
 * @param config The configuration.
 * @param program The folder of `main.ts`: commands are read from it when they are chosen.
 * @returns The permissions that it needs, and no more.
 */
export function grantsOf(config: Config, program: string): Grants {
  const { file, stateDir, peers, used } = config;
  const sinks = [...config.sinks.values()].map(({ options }) => options.reveal());
  const folders = [...new Set([stateDir, ...sinks.flatMap(foldersOf)])];
  const hosts = [...peers.values()].map(({ host, port }) => hostAndPort(host, port));
  const listens = [config.http?.listen, config.serve?.listen]
    .flatMap((listen) => listen === undefined ? [] : [hostAndPort(listen.host, listen.port)]);
  return {
    read: [...new Set([program, file, ...used.files, ...folders])],
    write: folders,
    net: [
      ...new Set([
        ...hosts,
        ...listens,
        ...sinks.flatMap(hostPortsOf),
        `unix:${stateDir}/control.sock`,
      ]),
    ],
    env: [...new Set([...serviceVariables, ...used.variables])],
    // The name for the lock of the state folder, the account for messages about wrong owners.
    sys: trustsBuiltIn(config) ? "all" : ["hostname", "uid"],
  };
}

/**
 * Lists the permissions as options.
 *
 * @param config The configuration.
 * @param program The folder of `main.ts`.
 * @returns Options of `deno run`.
 */
export function permissionsOf(config: Config, program: string): string[] {
  return optionsOf(grantsOf(config, program));
}

/**
 * Writes what the daemon may do as options.
 *
 * @param grants The permissions.
 * @returns Options of `deno run`.
 */
export function optionsOf({ read, write, net, env, sys }: Grants): string[] {
  return [
    option("read", read),
    option("write", write),
    option("net", net),
    option("env", env),
    // What libraries look for and need not find.
    "--ignore-env",
    "--allow-run=systemd-notify",
    sys === "all" ? "--allow-sys" : option("sys", sys),
  ];
}

/**
 * Lists the hosts that the daemon connects to.
 *
 * @param config The configuration.
 * @returns Names and addresses, and whether others connect to the daemon.
 */
export function hostsOf(config: Config): { hosts: string[]; isListening: boolean } {
  const grants = grantsOf(config, "/");
  const hosts = grants.net.filter((each) => !each.startsWith("unix:"))
    .map((each) => each.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1"));
  const listens = [config.http?.listen, config.serve?.listen];
  return { hosts, isListening: listens.some((one) => one && !isLoopback(one.host)) };
}

/** True if somebody is verified by the authorities that come with Deno: it takes a permission to read them. */
function trustsBuiltIn({ peers, sinks }: Config): boolean {
  const isBuiltIn = (tls: TlsOptions): boolean => tls.ca === undefined && tls.verify !== "none";
  const reveal = (tls: { reveal(): TlsOptions } | undefined): TlsOptions | undefined =>
    tls?.reveal();
  return [...peers.values()].flatMap(({ tls }) => reveal(tls) ?? []).some(isBuiltIn) ||
    [...sinks.values()].map(({ options }) => options.reveal()).some((sink) =>
      sink.type === "webhook" &&
      ((sink.url.startsWith("https:") && isBuiltIn(sink.tls ?? {})) ||
        sink.proxy?.url.startsWith("https:") === true)
    );
}

/** The folders that a sink writes in: files are written beside themselves and renamed. */
function foldersOf(sink: SinkOptions): string[] {
  if (sink.type === "ndjson" || sink.type === "snapshot") return [folderOf(sink.path)];
  return sink.type === "worklist-folder" ? [parseFolderTemplate(sink.path).root] : [];
}

function hostPortsOf(sink: SinkOptions): string[] {
  if (sink.type !== "webhook") return [];
  const { proxy, url } = sink;
  return proxy === undefined ? [urlHost(url)] : [urlHost(url), urlHost(proxy.url)];
}

function urlHost(text: string): string {
  const { hostname, port, protocol } = new URL(text);
  return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
}

function hostAndPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

function option(name: string, values: readonly string[]): string {
  return `--allow-${name}=${values.join(",")}`;
}
