/**
 * The Deno permissions that a configuration needs, and no more.
 *
 * @module
 */
import { parseFolderTemplate } from "../deliver/folder_template.ts";
import type { SinkOptions } from "../deliver/sinks/sink_types.ts";
import type { Config } from "./config.ts";

/** What systemd tells a service by. */
const serviceVariables = [
  "CREDENTIALS_DIRECTORY",
  "NOTIFY_SOCKET",
  "STATE_DIRECTORY",
  "WATCHDOG_PID",
  "WATCHDOG_USEC",
];

/**
 * Lists the permissions.
 *
 * @param config The configuration.
 * @param program The folder of `main.ts`: commands are read from it when they are chosen.
 * @returns Options of `deno run`.
 */
export function permissionsOf(config: Config, program: string): string[] {
  const { file, stateDir, peers, used } = config;
  const sinks = [...config.sinks.values()].map(({ options }) => options.reveal());
  const folders = [stateDir, ...sinks.flatMap(foldersOf)];
  const hosts = [...peers.values()].map(({ host, port }) => hostAndPort(host, port));
  return [
    option("read", [program, file, ...used.files, ...folders]),
    option("write", folders),
    option("net", [...hosts, ...sinks.flatMap(hostsOf), `unix:${stateDir}/control.sock`]),
    option("env", [...serviceVariables, ...used.variables]),
    // What libraries look for and need not find.
    "--ignore-env",
    "--allow-run=systemd-notify",
    "--allow-sys=hostname",
  ];
}

/** The folders that a sink writes in: files are written beside themselves and renamed. */
function foldersOf(sink: SinkOptions): string[] {
  if (sink.type === "ndjson" || sink.type === "snapshot") return [folderOf(sink.path)];
  return sink.type === "worklist-folder" ? [parseFolderTemplate(sink.path).root] : [];
}

function hostsOf(sink: SinkOptions): string[] {
  if (sink.type !== "webhook") return [];
  const { proxy, url } = sink;
  // Where there is no proxy, the name is looked up before requests, which Deno does not permit by the port.
  return proxy === undefined ? [new URL(url).hostname] : [urlHost(url), urlHost(proxy.url)];
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
  return `--allow-${name}=${[...new Set(values)].join(",")}`;
}
