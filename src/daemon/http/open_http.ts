// Touches the world: listens for HTTP, and draws a random key.
/**
 * Opens the HTTP interface of a daemon. This is the only way in: nothing else of this folder, nor the libraries
 * that it uses, is loaded without an `http` section.
 *
 * @module
 */
import { logOf } from "../log.ts";
import { messageOf } from "../../deliver/message.ts";
import { systemClock } from "../../base/system_clock.ts";
import type { HttpSection } from "../config/http.ts";
import process from "node:process";
import { formatMetrics } from "../metrics/format.ts";
import { metricTable } from "../metrics/table.ts";
import { makeApp } from "./app.ts";
import type { HttpBackend } from "./backend.ts";
import { Logins } from "./login.ts";
import { pageFiles } from "./page_files.ts";
import { PollRing } from "./poll_ring.ts";
import { type HttpServer, serve } from "./server.ts";
import { Streams } from "./stream.ts";

/**
 * Listens.
 *
 * @param section The `http` section of the configuration.
 * @param backend The daemon.
 * @param version The version of the program.
 * @returns The listener.
 * @throws {Error} If the address cannot be listened on.
 */
export async function openHttp(
  section: HttpSection,
  backend: HttpBackend,
  version: string,
): Promise<HttpServer> {
  const log = logOf("http");
  const tls = section.tls?.reveal();
  const nowMs = (): number => systemClock.monotonicMs();
  const key = crypto.getRandomValues(new Uint8Array(32));
  const logins = section.logins && new Logins(section.logins.reveal(), nowMs, key);
  const streams = new Streams(backend, nowMs);
  const polls = new PollRing();
  const listening = backend.onPoll((report) => {
    polls.report(report);
    polls.keepOnly(backend.config.queries);
  });
  const app = makeApp({
    backend,
    hosts: {
      scheme: tls === undefined ? "http" : "https",
      listen: section.listen.host,
      hosts: section.hosts,
      cert: tls?.cert,
    },
    logins,
    streams,
    maxStreams: section.maxStreams,
    polls,
    page: pageFiles,
    metrics: (format) => {
      const { user, system } = process.cpuUsage();
      return formatMetrics(metricTable, {
        status: backend.status(),
        nowMs: systemClock.now().epochMilliseconds,
        usage: {
          cpuSeconds: (user + system) / 1e6,
          residentBytes: Deno.memoryUsage().rss,
          startSeconds: performance.timeOrigin / 1000,
        },
        streams: streams.readers,
      }, format);
    },
    now: () => systemClock.now(),
    version,
    onAction: (words, facts) => log.info(words, { ...facts }),
  });
  const server = await serve({
    listen: section.listen,
    tls,
    maxConnections: section.maxConnections,
    handle: (request, { address }) => app(request, address),
    onError: (error) =>
      log.error("A request failed by a fault of worklistd itself: {words}", {
        words: messageOf(error),
      }),
  });
  return {
    port: server.port,
    async close(): Promise<void> {
      listening[Symbol.dispose]();
      streams.close();
      await server.close();
    },
  };
}
