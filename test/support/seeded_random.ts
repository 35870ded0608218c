/** Random numbers that a seed repeats (Mulberry32). */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** An integer from 0 to `limit` - 1. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6D2B79F5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor(((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32 * limit);
  }

  /** Whether something happens that happens once in `often` times. */
  oneIn(often: number): boolean {
    return this.below(often) === 0;
  }

  /** One of several. */
  pick<const T>(choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0];
  }

  /** Random bytes. */
  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }
}

/** The seed of a fuzz run: `SEED` of the environment, or a new one. Test names tell it, to repeat a failure by. */
export function fuzzSeed(): number {
  return Number(Deno.env.get("SEED") ?? Date.now() >>> 0);
}

/** How many cases of a kind to try: `ROUNDS` of the environment, or as many as take about a second. */
export function fuzzRounds(usual: number): number {
  return Number(Deno.env.get("ROUNDS") ?? usual);
}
