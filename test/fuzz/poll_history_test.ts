import { playHistories } from "../support/poll_history.ts";
import { fuzzRounds, fuzzSeed, SeededRandom } from "../support/seeded_random.ts";

const seed = fuzzSeed();

Deno.test(`poll() makes no false event and misses no change, whatever peers, clocks and disks do, SEED=${seed}`, async () => {
  await playHistories(seed, fuzzRounds(10_000), (seed) => new SeededRandom(seed));
});
