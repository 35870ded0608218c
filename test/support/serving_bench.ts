/**
 * A RIS, a daemon on a fake clock that polls it, and stations that ask the daemon.
 *
 * @module
 */
import { type Config, parseConfig } from "../../src/daemon/config.ts";
import { Daemon } from "../../src/daemon/daemon.ts";
import type { ServeReport } from "../../src/daemon/context.ts";
import type { DataSet } from "../../src/dicom/data_set.ts";
import { Tag } from "../../src/dicom/tag.ts";
import { find } from "../../src/query/find.ts";
import type { Keys } from "../../src/query/query_definition.ts";
import { serveWorklist, type WorklistScp } from "../../src/serve/worklist_scp.ts";
import { FakeClock } from "./fake_clock.ts";

const endMs = 10_000;

/** A RIS, a daemon and its stations. */
export class ServingBench implements AsyncDisposable {
  readonly clock = new FakeClock("2026-11-27T08:00:00Z");
  readonly reports: ServeReport[] = [];
  readonly errors: string[] = [];
  ris: WorklistScp | undefined;
  risPort: number;
  #daemon: Daemon | undefined;
  #polls = 0;

  private constructor(readonly folder: string, ris: WorklistScp) {
    this.ris = ris;
    this.risPort = ris.port;
  }

  /** Starts a RIS without items. */
  static async make(): Promise<ServingBench> {
    return new ServingBench(
      await Deno.makeTempDir({ prefix: "worklistd-serve-" }),
      serveWorklist({ aeTitle: "RIS" }),
    );
  }

  /** What the RIS has. */
  get items(): Map<string, DataSet> {
    if (this.ris === undefined) throw new Error("the RIS is down");
    return this.ris.items;
  }

  get daemon(): Daemon {
    if (this.#daemon === undefined) throw new Error("no daemon runs");
    return this.#daemon;
  }

  /** Takes the RIS down. */
  async stopRis(): Promise<void> {
    await this.ris?.[Symbol.asyncDispose]();
    this.ris = undefined;
  }

  /** Starts a RIS without items in its place. */
  startRis(): void {
    this.ris = serveWorklist({ aeTitle: "RIS", port: this.risPort });
  }

  /** Reads a configuration with one query, `ct`, and this `serve` part. */
  config(serve: string, more = ""): Promise<Config> {
    const yaml = `peers:
  ris: { host: 127.0.0.1, port: ${this.risPort}, ae_title: RIS, timeouts: { connect: 1s } }
queries:
  ct: { peer: ris, schedule: every 30s }
${more}
serve: ${serve}
`;
    return parseConfig(`${this.folder}/worklistd.yaml`, yaml, {
      resolve: (path) => path.startsWith("/") ? path : `${this.folder}/${path}`,
      read: (path) => Deno.readTextFileSync(path),
      readAll: (path) => [Deno.readFileSync(path)],
      environment: () => undefined,
      timeZone: "UTC",
    });
  }

  /** Starts the daemon; nothing is polled by itself unless the clock is driven. */
  async start(serve: string, more = ""): Promise<Daemon> {
    const config = await this.config(serve, more);
    const daemon = await Daemon.open(config, {
      clock: this.clock,
      random: () => 0.5,
      newId: () => `poll-${++this.#polls}`,
      log: (event) => {
        if (event.kind === "poll-failed") this.errors.push(String(event.error));
        if (event.kind === "serving") this.reports.push(event.report);
      },
    });
    this.#daemon = daemon;
    daemon.start();
    await daemon.listening();
    return daemon;
  }

  /** Ends the daemon in order. */
  async stop(): Promise<void> {
    const daemon = this.#daemon;
    this.#daemon = undefined;
    await daemon?.close(AbortSignal.timeout(endMs));
  }

  /** Where stations ask. */
  get port(): number {
    const status = this.daemon.serveStatus();
    if (status?.state !== "listening") throw new Error(`not listening: ${status?.problem}`);
    return Number(status.listen.slice(status.listen.lastIndexOf(":") + 1));
  }

  /** Asks as a station and returns the matches. */
  async ask(
    query: Keys = {},
    options: { called?: string; calling?: string } = {},
  ): Promise<DataSet[]> {
    const { called = "RAD", calling = "CT1" } = options;
    const peer = {
      host: "127.0.0.1",
      port: this.port,
      aeTitle: called,
      callingAeTitle: calling,
      timeZone: "UTC",
    };
    const matches: DataSet[] = [];
    for await (const { dataSet } of find(peer, { model: "worklist", keys: query })) {
      matches.push(dataSet);
    }
    return matches;
  }

  /** Asks as a station and returns the accession numbers of the matches in order. */
  async accessions(
    query: Keys = {},
    options: { called?: string; calling?: string } = {},
  ): Promise<string[]> {
    const matches = await this.ask(query, options);
    return matches.map((match) => match.string(Tag.AccessionNumber) ?? "").sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.stopRis();
    await Deno.remove(this.folder, { recursive: true });
  }
}
