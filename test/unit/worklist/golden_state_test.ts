import { assert, assertEquals } from "@std/assert";
import { checkSeal } from "../../../src/base/sealed_json.ts";
import { diskWith, openAll, readFolder } from "../../support/state_copy.ts";

const files = readFolder("test/golden/state/v1");

function keysAndTimes(items: readonly string[]): string[] {
  return items.map((text) => {
    const [{ key, json, characterSet, subject }, missed] = JSON.parse(text);
    const { "00400100": { Value: [step] }, "00100010": { Value: [name] } } = JSON.parse(json);
    return [
      key.ScheduledProcedureStepID,
      step["00400003"].Value[0],
      name.Alphabetic,
      characterSet ?? "-",
      subject.slice(0, 7),
      missed,
    ].join(" ");
  });
}

Deno.test("a state folder of version 0.1.0 is read as it was written", async () => {
  const disk = diskWith(files);
  const ct = await openAll(disk, "ct-today");
  assertEquals(ct.problems, []);
  assertEquals(ct.sequence, 12);
  assertEquals(keysAndTimes(ct.items).sort(), [
    "S1 093000 Doe^Jane - k1-72f6 0",
    "S2 080000 Müller^Jörg ISO_IR 100 k1-7bfb 0",
    "S4 151000 Doe^Jane - k1-d674 0",
    "S5 080000 Doe^Jane - k1-727c 0",
  ]);
  assertEquals(ct.events?.map((line) => JSON.parse(line).sequence.slice(-2)), [
    "09",
    "10",
    "11",
    "12",
  ]);
  const us = await openAll(disk, "us[CT1]");
  assertEquals([us.problems, us.sequence, us.items.length], [[], 6, 2]);
});

Deno.test("a state folder of version 0.1.0 gets its checksums when it is opened", async () => {
  const disk = diskWith(files);
  const before = await openAll(disk, "ct-today");
  await openAll(disk, "us[CT1]");
  for (const query of ["ct-today", "us[CT1]"]) {
    const snapshot = disk.text(`state/queries/${query}/snapshot.json`)?.trimEnd();
    assertEquals(checkSeal(new TextEncoder().encode(snapshot)), "intact");
    assertEquals(JSON.parse(snapshot ?? "").format, "worklistd-snapshot-2");
  }
  assert(/^[0-9a-f]{64} [0-9a-f]{8}\n$/.test(disk.text("state/subject.key") ?? ""));
  const again = await openAll(disk, "ct-today");
  assertEquals([again.items, again.events], [before.items, before.events]);
});
