import { assert, assertEquals } from "@std/assert";
import { formatMetrics } from "../../../src/daemon/metrics/format.ts";
import { alertRules, dashboard } from "../../../src/daemon/metrics/monitoring.ts";
import { metricTable } from "../../../src/daemon/metrics/table.ts";
import { metricSource } from "../../support/metric_source.ts";

Deno.test("formatMetrics() escapes what stands in labels and help", () => {
  const metric = {
    name: "m",
    type: "gauge",
    help: 'a\\b\n"c"',
    read: () => [{ labels: { l: 'x\\y\n"z"' }, value: 1.5 }, { value: undefined }],
  } as const;
  assertEquals(
    formatMetrics([metric], undefined, "prometheus"),
    '# TYPE m gauge\n# HELP m a\\\\b\\n\\"c\\"\nm{l="x\\\\y\\n\\"z\\""} 1.5\n',
  );
});

Deno.test("the metrics say what the status says", () => {
  const text = formatMetrics(metricTable, metricSource(), "openmetrics");
  for (
    const line of [
      'worklistd_build_info{version="1.2.3"} 1',
      'worklistd_query_severity{query="ct",peer="ris"} 1',
      'worklistd_query_age_seconds{query="ct",peer="ris"} 8',
      'worklistd_query_held_removals{query="ct",peer="ris"} 9',
      'worklistd_query_suspect{query="ct",peer="ris",reason="brake"} 1',
      'worklistd_polls_total{query="ct",peer="ris",result="complete"} 7',
      'worklistd_polls_total{query="ct",peer="ris",result="suspect"} 3',
      'worklistd_polls_total{query="ct",peer="ris",result="incomplete"} 2',
      'worklistd_poll_duration_seconds_sum{query="ct",peer="ris"} 0.6',
      'worklistd_poll_duration_seconds_count{query="ct",peer="ris"} 12',
      'worklistd_poll_faults_total{query="ct",peer="ris",fault="decode"} 5',
      'worklistd_changes_total{query="ct",peer="ris",kind="left_window"} 4',
      'worklistd_sink_oldest_undelivered_seconds{sink="hook"} 60',
      'worklistd_sink_attempts_total{sink="hook",result="failed"} 3',
      'worklistd_sink_dead_letters{sink="hook"} 1',
      'worklistd_certificate_expiry_timestamp_seconds{used_by="http"} 1798761600',
      "worklistd_config_reload_successful 0",
      "process_resident_memory_bytes 1000",
    ]
  ) assert(text.includes(`\n${line}\n`), `${line} is missing in:\n${text}`);
  assert(text.endsWith("\n# EOF\n"));
  assert(!text.includes("undefined") && !text.includes("NaN"), text);
});

Deno.test("alerts and panels name only metrics that there are", () => {
  const names = new Set(
    metricTable.flatMap(({ name, type }) =>
      type === "counter"
        ? [`${name}_total`]
        : type === "summary"
        ? [`${name}_sum`, `${name}_count`]
        : [name]
    ),
  );
  const expressions = metricTable.flatMap(({ panel, alerts = [] }) => [
    ...alerts.map(({ expr }) => expr),
    ...(panel ? [panel.expr] : []),
  ]);
  for (const expression of expressions) {
    for (const [name] of expression.matchAll(/\b(?:worklistd|process)_\w+/g)) {
      assert(names.has(name), `${name} in ${expression}`);
    }
  }
  assert(alertRules().includes("      - alert: WorklistdStale\n"));
  assertEquals((dashboard()["panels"] as unknown[]).length > 15, true);
});

Deno.test("the metrics tell how old the lists are that stations get, and who asked", () => {
  const source = metricSource();
  const caller = {
    aeTitle: "CT1",
    address: "10.1.0.7",
    lastAsked: "2026-11-27T08:57:00.000Z",
    lastOutcome: "answered",
    matches: 4,
    durationMs: 2,
    answers: 12,
  } as const;
  const serve = {
    listen: "0.0.0.0:11112",
    tls: false,
    state: "listening",
    problem: undefined,
    associations: 2,
    rejections: 5,
    worklists: [{
      name: "RAD",
      queries: ["ct"],
      items: 12,
      ageMs: 61_000,
      maxAgeMs: 60_000,
      whenStale: "serve",
      state: "stale",
      callers: [caller],
    }],
  } as const;
  const text = formatMetrics(
    metricTable,
    { ...source, status: { ...source.status, serve } },
    "openmetrics",
  );
  for (
    const line of [
      "worklistd_serve_listening 1",
      "worklistd_serve_associations 2",
      "worklistd_serve_rejections_total 5",
      'worklistd_serve_age_seconds{worklist="RAD"} 61',
      'worklistd_serve_stale{worklist="RAD"} 1',
      'worklistd_serve_answers_total{worklist="RAD",station="CT1"} 12',
    ]
  ) assert(text.includes(`\n${line}\n`), `${line} is missing in:\n${text}`);
});
