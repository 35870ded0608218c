import { playDoubtedHistories } from "../support/doubted_history.ts";
import { fuzzRounds, fuzzSeed, SeededRandom } from "../support/seeded_random.ts";

const seed = fuzzSeed();

Deno.test(`poll() removes nothing that is there, however peers restart, cut and repeat or clocks are set, SEED=${seed}`, async () => {
  await playDoubtedHistories(seed, fuzzRounds(70), (seed) => new SeededRandom(seed));
});
