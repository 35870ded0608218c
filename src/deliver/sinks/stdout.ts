// Touches the world: writes to standard output.
/**
 * The `stdout` sink: every event as one line on standard output, for containers.
 *
 * @module
 */
import { DeliveryError } from "../delivery_error.ts";
import { localPolicy } from "../policy.ts";
import type {
  Delivery,
  DeliveryPolicy,
  EventSelection,
  EventSink,
  OutgoingEvent,
  SinkContext,
} from "../sink.ts";

/** The options of the `stdout` sink. */
export interface StdoutOptions extends EventSelection {
  readonly type: "stdout";
}

class StdoutSink implements EventSink {
  readonly kind = "events";
  readonly receiver = "stdout";
  readonly policy: DeliveryPolicy;
  readonly #name: string;
  #busy: Promise<void> = Promise.resolve();

  constructor(options: StdoutOptions, { name }: SinkContext) {
    this.#name = name;
    this.policy = localPolicy(options);
  }

  open(): Promise<ReadonlyMap<string, OutgoingEvent>> {
    return Promise.resolve(new Map());
  }

  send({ events }: Delivery): Promise<void> {
    const bytes = new TextEncoder().encode(events.map(({ line }) => line + "\n").join(""));
    const written = this.#busy.then(() => this.#write(bytes));
    this.#busy = written.catch(() => {});
    return written;
  }

  close(): Promise<void> {
    return this.#busy;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) at += await Deno.stdout.write(bytes.subarray(at));
    } catch (cause) {
      throw new DeliveryError(this.#name, "standard output is closed", { cause });
    }
  }
}

/**
 * Makes a `stdout` sink.
 *
 * @param options Its options.
 * @param context The clock, the name and the way to report.
 * @returns The sink.
 */
export function makeStdoutSink(options: StdoutOptions, context: SinkContext): EventSink {
  return new StdoutSink(options, context);
}
