import { Deliveries } from "../../src/deliver/deliver.ts";
import type { Clock } from "../../src/base/clock.ts";
import type { DeliveryReport } from "../../src/deliver/sink_loop.ts";
import type { SinkOptions } from "../../src/deliver/sinks/sink_types.ts";
import type { JournalSource } from "../../src/worklist/journal/journal.ts";
import { FakeClock } from "./fake_clock.ts";

/** A temporary folder that is removed when it goes out of scope. */
export class TemporaryFolder implements AsyncDisposable {
  readonly path: string;

  constructor() {
    this.path = Deno.makeTempDirSync({ prefix: "worklistd-test-" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

/** Deliveries as the daemon opens them, with what they report. */
export class DeliveryBench implements AsyncDisposable {
  readonly reports: DeliveryReport[] = [];
  readonly clock: Clock;
  readonly stateDir: string;
  #deliveries: Deliveries | undefined;

  constructor(stateDir: string, clock: Clock = new FakeClock()) {
    this.stateDir = stateDir;
    this.clock = clock;
  }

  get deliveries(): Deliveries {
    if (this.#deliveries === undefined) throw new Error("the deliveries are not open");
    return this.#deliveries;
  }

  /** Opens sinks, each for all of the journals. */
  async open(
    sinks: Readonly<Record<string, SinkOptions>>,
    ...sources: readonly JournalSource[]
  ): Promise<Deliveries> {
    this.#deliveries = await Deliveries.open({
      stateDir: this.stateDir,
      sinks: Object.entries(sinks).map(([name, options]) => ({ name, options, sources })),
      clock: this.clock,
      report: (report) => this.reports.push(report),
      random: () => 0.5,
    });
    return this.#deliveries;
  }

  /** Waits until the sinks have everything. */
  drained(): Promise<void> {
    return this.deliveries.drained(new AbortController().signal);
  }

  /** The messages of reports. */
  get messages(): string[] {
    return this.reports.map((report) => {
      if (report.kind === "note") return report.message;
      if (report.kind === "delivered") return `delivered ${report.events}`;
      return `${report.kind}: ${report.error instanceof Error ? report.error.message : "-"}`;
    });
  }

  async close(): Promise<void> {
    const open = this.#deliveries;
    this.#deliveries = undefined;
    await open?.close(AbortSignal.abort());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
