import { assertEquals } from "@std/assert";
import { alertRules, dashboard, metricList } from "../../../src/daemon/metrics/monitoring.ts";

const root = new URL("../../../", import.meta.url);
const message =
  "run: UPDATE=1 deno test -A test/integration/daemon/monitoring_files_test.ts && deno fmt";

/** Compares a file with what is generated; with UPDATE=1 writes it first. */
async function isGenerated(path: string, make: (before: string) => string): Promise<void> {
  const file = new URL(path, root);
  const before = await Deno.readTextFile(file).catch(() => "");
  const generated = make(before);
  if (Deno.env.get("UPDATE") === "1") await Deno.writeTextFile(file, generated);
  assertEquals(plain(await Deno.readTextFile(file)), plain(generated), message);
}

/** Without what `deno fmt` does to tables. */
function plain(text: string): string {
  return text.replaceAll(/[ \t]+/g, " ").replaceAll(/-{3,}/g, "---");
}

Deno.test("monitoring/worklistd.rules.yml is what the table of metrics says", async () => {
  await isGenerated("monitoring/worklistd.rules.yml", alertRules);
});

Deno.test("monitoring/grafana.json is what the table of metrics says", async () => {
  await isGenerated(
    "monitoring/grafana.json",
    () => JSON.stringify(dashboard(), null, 2) + "\n",
  );
});

Deno.test("docs/monitoring.md lists the metrics of the table", async () => {
  await isGenerated("docs/monitoring.md", (before) =>
    before.replace(
      /<!-- metrics -->[\s\S]*<!-- \/metrics -->/,
      () => `<!-- metrics -->\n\n${metricList()}\n\n<!-- /metrics -->`,
    ));
});
