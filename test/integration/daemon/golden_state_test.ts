import { assert, assertEquals, assertRejects } from "@std/assert";
import { checkSeal } from "../../../src/base/sealed_json.ts";
import { listDeadLetters } from "../../../src/deliver/dead_letters.ts";
import { DaemonBench } from "../../support/daemon_bench.ts";
import { configIn, step } from "../../support/daemon_config.ts";
import { HttpReceiver } from "../../support/http_receiver.ts";
import { readFolder } from "../../support/state_copy.ts";

Deno.test("a daemon goes on with a state folder of version 0.1.0 where that one ended", async () => {
  await using bench = await DaemonBench.make("2026-12-05T12:00:00Z");
  await using receiver = new HttpReceiver();
  for (const [path, bytes] of readFolder("test/golden/state/v1")) {
    const target = `${bench.folder}/state${path}`;
    await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), { recursive: true });
    await Deno.writeFile(target, bytes);
  }
  await Deno.writeTextFile(`${bench.folder}/hook.key`, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  const config = await configIn(
    bench.folder,
    `peers:
  ris: { host: 127.0.0.1, port: ${bench.ris.port}, ae_title: RIS }
queries:
  ct-today:
    peer: ris
    schedule: every 1h
    return: [PatientName, PatientID, StudyInstanceUID, ScheduledProcedureStepSequence.ScheduledProcedureStepID, ScheduledProcedureStepSequence.ScheduledProcedureStepStartTime]
    keys: { ScheduledProcedureStepSequence: { Modality: CT } }
    sinks: [changes, hook]
sinks:
  changes: { type: ndjson, path: changes.ndjson }
  hook: { type: webhook, url: "${receiver.url}", secret_file: hook.key, retry: { schedule: [1h] } }
`,
  );
  const daemon = await bench.open(config);
  // What was due when the old one ended, under its old id.
  await receiver.receivedEvents(1);
  assertEquals(receiver.ids, ["ct-today.0000000000000012"]);
  for (const id of ["1", "4", "5"]) bench.ris.items.set(id, step(id, { time: "160000" }));
  bench.ris.items.set("2", step("2"));
  const report = await daemon.poll("ct-today");
  assertEquals([report?.counts.changed, report?.counts.added], [4, 0]);
  await daemon.delivered(AbortSignal.timeout(5_000));
  assertEquals(receiver.ids.slice(1).map((id) => Number(id.slice(-4))), [13, 14, 15, 16]);
  assertEquals((await bench.events()).length, 4);
  const letters = await listDeadLetters(`${bench.folder}/state`, "hook");
  assertEquals(letters.map(({ id }) => id), [
    "ct-today.0000000000000002",
    "us[CT1].0000000000000002",
  ]);
  const unknown = await assertRejects(
    () => daemon.resend("hook", ["ct-today.0000000000000003"]),
    RangeError,
  );
  assert(unknown.message.includes('Sink "hook" has no dead letter ct-today.0000000000000003'));
  assertEquals(await daemon.resend("hook", [letters[0]?.id ?? ""]), { sent: 1, left: 1 });
  assertEquals(bench.errors, []);
  await daemon.close(AbortSignal.timeout(5_000));
  bench.daemon = undefined;
  for (const name of ["changes", "hook"]) {
    const bytes = await Deno.readFile(`${bench.folder}/state/sinks/${name}.json`);
    assertEquals(checkSeal(bytes.subarray(0, -1)), "intact");
  }
  assert(
    (await Deno.readTextFile(`${bench.folder}/state/version`)).startsWith("worklistd-state-2"),
  );
});
