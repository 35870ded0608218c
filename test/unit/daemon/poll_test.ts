import { playHistories } from "../../support/poll_history.ts";
import { SeededRandom } from "../../support/seeded_random.ts";

Deno.test("poll() makes no false event and misses no change in 200 histories", async () => {
  await playHistories(20_261_121, 200, (seed) => new SeededRandom(seed));
});
