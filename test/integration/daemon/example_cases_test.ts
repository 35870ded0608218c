import { assert, assertEquals } from "@std/assert";
import { caseJsonSchema, parseCases } from "../../../src/cases/case_file.ts";
import { runCase } from "../../../src/cases/run_case.ts";
import { loadConfig } from "../../../src/daemon/load_config.ts";
import { worklistd } from "../../support/running_daemon.ts";

const folder = new URL("../../../config/", import.meta.url);
const schemaFile = new URL("examples/cases.schema.json", folder);
const example = new URL("examples/cases.yaml", folder);
const config = new URL("worklistd.yaml", folder);

Deno.test("config/examples/cases.schema.json is what the validator generates", async () => {
  const generated = JSON.stringify(caseJsonSchema(), null, 2) + "\n";
  if (Deno.env.get("UPDATE") === "1") await Deno.writeTextFile(schemaFile, generated);
  const message = "run: UPDATE=1 deno test -A test/integration/daemon/example_cases_test.ts";
  assertEquals(await Deno.readTextFile(schemaFile), generated, message);
});

Deno.test("config/examples/cases.yaml passes against config/worklistd.yaml", async () => {
  const text = await Deno.readTextFile(example);
  const cases = await parseCases("cases.yaml", text, await loadConfig(config.pathname));
  assert(cases.length > 0);
  for (const one of cases) assertEquals([one.name, await runCase(one)], [one.name, []]);
});

Deno.test("worklistd test prints a line for each case, and what is wrong with those that fail", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/cases.yaml`;
    const data = 'data_sets: { jane: { StudyInstanceUID: "1.2.3" } }\nquery: {}\ncases:\n';
    const poll = "polls: [{ at: 2026-11-21T08:00, answer: [jane]";
    const good = `  - { name: right, ${poll}, expect: [{ event: added }] }] }\n`;
    const bad = `  - { name: "wrong\\e[31m", ${poll} }] }\n`;

    await Deno.writeTextFile(file, data + good);
    const passed = await worklistd(["test", "cases.yaml"], { cwd: folder });
    assertEquals(passed, {
      code: 0,
      stdout: "ok     cases.yaml: right\n",
      stderr: "1 passed, 0 failed\n",
    });

    await Deno.writeTextFile(file, data + good + bad.replace("\\e[31m", ""));
    const failed = await worklistd(["test", "cases.yaml"], { cwd: folder });
    assertEquals(failed, {
      code: 1,
      stdout: "ok     cases.yaml: right\nFAILED cases.yaml: wrong\n" +
        "         poll 1, 2026-11-21T08:00:00+00:00\n" +
        "           not expected: added StudyInstanceUID=1.2.3 ScheduledProcedureStepID=\n",
      stderr: "1 passed, 1 failed\n",
    });

    await Deno.writeTextFile(file, data + bad);
    const unreadable = await worklistd(["test", "cases.yaml"], { cwd: folder });
    assertEquals([unreadable.code, unreadable.stderr], [
      78,
      "cases.yaml:4:13: cases[0].name: must not have control characters in it\n",
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
