// Touches the world: listens for SIGINT and SIGTERM.
/**
 * Ctrl-C as an abort signal, so that an association is aborted and not just dropped.
 *
 * @module
 */

/** Aborts its signal when the process is interrupted, until it is disposed of. */
export class Interruption implements Disposable {
  readonly #controller = new AbortController();
  readonly #signals: readonly Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT"]
    : ["SIGINT", "SIGTERM"];
  readonly #onSignal = (): void => this.#controller.abort(new Error("interrupted"));

  /** Begins to listen. */
  constructor() {
    for (const signal of this.#signals) Deno.addSignalListener(signal, this.#onSignal);
  }

  /** Aborted by the first interruption. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    for (const signal of this.#signals) Deno.removeSignalListener(signal, this.#onSignal);
  }
}
