// Touches the world: listens for SIGINT and SIGTERM.
/**
 * Ctrl-C as an abort signal, so that an association is aborted and not just dropped.
 *
 * @module
 */

/** The exit code that shells report of a program that a signal ended. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;
let interruptedBy: keyof typeof exitCodes | undefined;

/**
 * Finds the exit code of a command that did not end well.
 *
 * @param code Its own exit code.
 * @returns 130 after Ctrl-C and 143 after SIGTERM, unless the command was done: its own then.
 */
export function exitCodeAfter(code: number): number {
  return code === 0 || interruptedBy === undefined ? code : exitCodes[interruptedBy];
}

/** Notes that a person pressed Ctrl-C where that is a key and not a signal. */
export function noteCtrlC(): void {
  interruptedBy ??= "SIGINT";
}

/** Aborts its signal when the process is interrupted, until it is disposed of. */
export class Interruption implements Disposable {
  readonly #controller = new AbortController();
  readonly #signals: readonly (keyof typeof exitCodes)[] = Deno.build.os === "windows"
    ? ["SIGINT"]
    : ["SIGINT", "SIGTERM"];
  readonly #onSignal = {
    SIGINT: (): void => this.#interrupt("SIGINT"),
    SIGTERM: (): void => this.#interrupt("SIGTERM"),
  };

  /** Begins to listen. */
  constructor() {
    for (const signal of this.#signals) Deno.addSignalListener(signal, this.#onSignal[signal]);
  }

  /** Aborted by the first interruption. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    for (const signal of this.#signals) Deno.removeSignalListener(signal, this.#onSignal[signal]);
  }

  #interrupt(signal: keyof typeof exitCodes): void {
    interruptedBy ??= signal;
    this.#controller.abort(new Error("interrupted"));
  }
}
