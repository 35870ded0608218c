import { interopTest, lastRelease } from "../support/foreign.ts";
import { fuzzRounds, fuzzSeed, SeededRandom } from "../support/seeded_random.ts";
import { unpackLastRelease, UpgradedState } from "../support/upgraded_state.ts";

const seed = fuzzSeed();

interopTest(
  `an upgrade from ${lastRelease.version} at any moment loses no event and repeats none, SEED=${seed}`,
  ["last-release"],
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "worklistd-release-" });
    try {
      const oldMain = await unpackLastRelease(folder);
      for (let round = 0; round < fuzzRounds(3); round++) {
        await playUpgrade(new SeededRandom(seed + round), oldMain);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

async function playUpgrade(random: SeededRandom, oldMain: string): Promise<void> {
  await using state = new UpgradedState(random, oldMain);
  for (let runs = 1 + random.below(3); runs > 0; runs--) await state.run("old");
  for (let runs = random.below(3); runs > 0; runs--) {
    // Its format is not that of the last release from its first moment on.
    if (await state.run("new") && random.oneIn(2)) await state.refuse();
  }
  await state.settle();
}
