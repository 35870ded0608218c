import { assert, assertEquals } from "@std/assert";
import { takeStateVersion } from "../../../src/worklist/journal/state_version.ts";
import { StoreError } from "../../../src/worklist/journal/store_error.ts";
import { CrashingDisk } from "../../support/crashing_disk.ts";
import { flipAll, noFlips, shapes } from "../../support/flipped_state.ts";

for (const shape of await shapes()) {
  Deno.test(`a flipped bit in any byte of a state with ${shape.name} is noticed`, async () => {
    const count = noFlips();
    await flipAll(shape, [1], count);
    assertEquals(count.silent.slice(0, 10), []);
    assert(count.flips > 1000, `${count.flips} flips`);
    if (shape.mayLoseLastCommit) assert(count.lastCommitLost > 100, JSON.stringify(count));
  });
}

Deno.test("a flipped bit in any byte of the version of a state folder is mended, and one of a newer version is refused", async () => {
  const disk = new CrashingDisk();
  await takeStateVersion(disk, "state", () => {});
  const bytes = disk.bytes("state/version");
  const text = disk.text("state/version");
  for (let at = 0; at < bytes.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const flipped = bytes.slice();
      flipped[at] = (flipped[at] ?? 0) ^ (1 << bit);
      disk.put("state/version", flipped);
      const problems: string[] = [];
      await takeStateVersion(disk, "state", (words) => problems.push(words));
      assertEquals(problems, ["state/version is damaged and is written again"]);
      assertEquals(disk.text("state/version"), text);
    }
  }
});

Deno.test("a state folder of a newer version is refused by name", async () => {
  const disk = new CrashingDisk();
  disk.put("state/version", new TextEncoder().encode("worklistd-state-3 51ab2ba7\n"));
  const error = await takeStateVersion(disk, "state", () => {}).catch((error) => error);
  assert(error instanceof StoreError, String(error));
  assert(error.message.includes("it is of format 3"), error.message);
});
