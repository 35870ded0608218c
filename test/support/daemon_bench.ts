/**
 * A daemon in a test's own process.
 *
 * @module
 */
import type { Config } from "../../src/daemon/config.ts";
import type { DaemonContext } from "../../src/daemon/context.ts";
import { Daemon } from "../../src/daemon/daemon.ts";
import type { PollReport } from "../../src/daemon/poll/poll_report.ts";
import { serveWorklist, type WorklistScp } from "../../src/serve/worklist_scp.ts";
import { configIn } from "./daemon_config.ts";
import { FakeClock } from "./fake_clock.ts";

/** A daemon on a fake clock beside a worklist server, in a folder of its own. */
export class DaemonBench implements AsyncDisposable {
  readonly errors: string[] = [];
  readonly notes: string[] = [];
  readonly clock: FakeClock;
  /** Called with each note of the daemon on its state folder. */
  onNote: (message: string) => void = () => {};
  /** Called after each error that no peer is to blame for. */
  onError: () => void = () => {};
  /** Called with each report of a poll. */
  onReport: (report: PollReport) => void = () => {};
  #polls = 0;
  ris: WorklistScp;
  daemon: Daemon | undefined;

  private constructor(readonly folder: string, start: string) {
    this.clock = new FakeClock(start);
    this.ris = serveWorklist();
  }

  /** Makes a bench whose clock stands at a moment. */
  static async make(start = "2026-11-21T12:00:00Z"): Promise<DaemonBench> {
    return new DaemonBench(await Deno.makeTempDir(), start);
  }

  config(query = "", more = "", port = this.ris.port): Promise<Config> {
    return configIn(
      this.folder,
      `peers:
  ris: { host: 127.0.0.1, port: ${port}, ae_title: RIS, timeouts: { connect: 1s } }
queries:
  ct:
    peer: ris
    schedule: every 30s
    keys: { ScheduledProcedureStepSequence: { Modality: CT } }
    sinks: [changes]
    ${query}
${more}
sinks:
  changes: { type: ndjson, path: changes.ndjson }
`,
    );
  }

  async open(config?: Config): Promise<Daemon> {
    this.daemon = await Daemon.open(config ?? await this.config(), this.context());
    return this.daemon;
  }

  context(): DaemonContext {
    return {
      clock: this.clock,
      random: () => 0.5,
      newId: () => `poll-${++this.#polls}`,
      log: (event) => {
        if (event.kind === "polled") this.onReport(event.report);
        if (event.kind === "poll-failed") {
          this.errors.push(String(event.error));
          this.onError();
        }
        if (event.kind !== "state") return;
        this.notes.push(event.message);
        this.onNote(event.message);
      },
    };
  }

  /** Everything in the sink's file, once the sink has all that was committed. */
  async events(): Promise<string[]> {
    await this.daemon?.delivered(AbortSignal.timeout(5_000));
    const text = await Deno.readTextFile(`${this.folder}/changes.ndjson`).catch(() => "");
    return text.split("\n").filter((line) => line !== "").map((line) => {
      const { type, data } = JSON.parse(line);
      const about = data.key?.ScheduledProcedureStepID ?? data.reason ?? "";
      return `${type.replace("dicom.", "")} ${about}`.trim();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon?.close(AbortSignal.timeout(5_000));
    await this.ris[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}
