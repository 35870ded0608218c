/**
 * The metrics and alert rules, judged by Prometheus's own programs.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { interopTest } from "../support/foreign.ts";
import { step } from "../support/daemon_config.ts";
import { openHttpBench } from "../support/http_bench.ts";

interface Output {
  readonly code: number;
  readonly text: string;
}

async function run(program: string, args: readonly string[], input = ""): Promise<Output> {
  const child = new Deno.Command(program, {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

/** The metrics of a daemon that has polled and whose sink fails. */
async function metricsOf(accept: string): Promise<string> {
  await using bench = await openHttpBench({
    query: ", sinks: [changes, hook]",
    sinks: `sinks:
  changes: { type: ndjson, path: changes.ndjson }
  hook: { type: webhook, url: "http://127.0.0.1:64999/", secret_file: config/hook.key.example }`
      .replace("config/", `${Deno.cwd()}/config/`),
  });
  for (let id = 0; id < 20; id++) bench.ris.items.set(String(id), step(String(id)));
  await bench.poll();
  bench.ris.items.clear();
  await bench.poll();
  await (await bench.get("/api/v1/status")).body?.cancel();
  const response = await bench.get("/metrics", { headers: { accept } });
  const media = response.headers.get("content-type") ?? "";
  assert(media.startsWith(accept), media);
  return await response.text();
}

interopTest("promtool finds nothing to say of the metrics", ["promtool"], async () => {
  const metrics = await metricsOf("text/plain");
  assertEquals(await run("promtool", ["check", "metrics"], metrics), { code: 0, text: "" });
});

interopTest("the OpenMetrics parser of Prometheus's Python client reads all metrics", [
  "prometheus-client",
], async () => {
  const metrics = await metricsOf("application/openmetrics-text");
  const script = "import sys\n" +
    "from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse\n" +
    "print(sum(len(family.samples) for family in parse(sys.stdin.read())))";
  const lines = metrics.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const { code, text } = await run("python3", ["-c", script], metrics);
  assertEquals([code, text.trim()], [0, String(lines.length)]);
});

interopTest(
  "the alert rules are raised by what they name, and by nothing else",
  ["promtool"],
  async () => {
    const check = await run("promtool", ["check", "rules", "monitoring/worklistd.rules.yml"]);
    assertEquals(check.code, 0, check.text);
    const test = await run("promtool", ["test", "rules", "monitoring/worklistd.rules.test.yml"]);
    assertEquals(test.code, 0, test.text);
  },
);
