// Touches the world: reads the clock, writes a line to the terminal.
/**
 * A line on the terminal that counts what has come, for answers that take long.
 *
 * @module
 */

const firstAfterMs = 1000;
const everyMs = 200;

/** Counts on stderr where that is a terminal and the results go elsewhere. */
export class Progress {
  readonly #shown: boolean;
  readonly #begun = performance.now();
  #last = 0;
  #length = 0;

  /** @param wanted True if a progress line is wanted. */
  constructor(wanted: boolean) {
    this.#shown = wanted && Deno.stderr.isTerminal() && !Deno.stdout.isTerminal();
  }

  /** Shows the count, a few times a second at most. */
  show(count: number): void {
    if (!this.#shown) return;
    const now = performance.now();
    if (now - this.#begun < firstAfterMs || now - this.#last < everyMs) return;
    this.#last = now;
    const seconds = Math.round((now - this.#begun) / 1000);
    const line = `${count.toLocaleString("en")} matches, ${seconds} s`;
    this.#write(`\r${line.padEnd(this.#length)}`);
    this.#length = line.length;
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#length > 0) this.#write(`\r${" ".repeat(this.#length)}\r`);
    this.#length = 0;
  }

  #write(text: string): void {
    Deno.stderr.writeSync(new TextEncoder().encode(text));
  }
}
