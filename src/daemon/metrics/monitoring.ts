/**
 * Alert rules for Prometheus, a dashboard for Grafana, and the list of metrics for people, all from the table.
 *
 * @module
 */
import { metricTable } from "./table.ts";

/**
 * Writes the alert rules.
 *
 * @returns A rule file of Prometheus.
 */
export function alertRules(): string {
  const rules = metricTable.flatMap(({ alerts = [] }) => alerts).map((alert) =>
    [
      `      - alert: ${alert.name}`,
      `        expr: ${JSON.stringify(alert.expr)}`,
      `        for: ${alert.for}`,
      `        labels: { severity: ${alert.severity} }`,
      `        annotations:`,
      `          summary: ${JSON.stringify(alert.summary)}`,
      `          description: ${JSON.stringify(alert.action)}`,
    ].join("\n")
  );
  return `# Alerts of worklistd, generated from src/daemon/metrics/table.ts.
# The job that scrapes it must be called "worklistd".
groups:
  - name: worklistd
    rules:
${rules.join("\n")}
`;
}

/**
 * Makes the dashboard.
 *
 * @returns The dashboard that Grafana imports, as a JSON value.
 */
export function dashboard(): Readonly<Record<string, unknown>> {
  const datasource = { type: "prometheus", uid: "${datasource}" };
  const panels = metricTable.flatMap(({ panel, help }) => panel ? [{ ...panel, help }] : []);
  return {
    title: "worklistd",
    uid: "worklistd",
    tags: ["dicom", "worklistd"],
    schemaVersion: 39,
    version: 1,
    refresh: "30s",
    time: { from: "now-24h", to: "now" },
    templating: {
      list: [{ name: "datasource", label: "Data source", type: "datasource", query: "prometheus" }],
    },
    panels: panels.map(({ title, expr, legend, unit, help }, index) => ({
      id: index + 1,
      type: "timeseries",
      title,
      description: help,
      datasource,
      gridPos: { h: 8, w: 12, x: index % 2 * 12, y: Math.floor(index / 2) * 8 },
      fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
      options: { legend: { displayMode: "list", placement: "bottom" } },
      targets: [{ refId: "A", datasource, expr, legendFormat: legend }],
    })),
  };
}

/**
 * Writes the list of metrics.
 *
 * @returns A Markdown table.
 */
export function metricList(): string {
  const rows = metricTable.map(({ name, type, help }) => {
    const shown = type === "counter" ? `${name}_total` : name;
    return `| \`${shown}\` | ${type} | ${help} |`;
  });
  return ["| metric | type | value |", "| --- | --- | --- |", ...rows].join("\n");
}
