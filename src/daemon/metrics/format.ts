/**
 * Writes metrics as text: OpenMetrics 1.0 or the older Prometheus text format 0.0.4.
 *
 * @module
 */

/** A metric and how it is read from what is known, `S`. */
export interface Metric<S> {
  /** Without `_total`: counters get it. */
  readonly name: string;
  readonly type: "counter" | "gauge" | "summary";
  readonly help: string;
  /** Its samples. */
  read(source: S): Iterable<Sample>;
}

/** One value. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  /** Undefined: there is no such value now, and no line of it. */
  readonly value: number | undefined;
  /** Of a summary: which of its values. */
  readonly part?: "sum" | "count";
}

/** The two formats. */
export type MetricsFormat = "openmetrics" | "prometheus";

/** The media type of each format. */
export const metricsType: Readonly<Record<MetricsFormat, string>> = {
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
};

/**
 * Writes metrics.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { formatMetrics } from "./format.ts";
 *
 * const metric = {
 *   name: "polls",
 *   type: "counter",
 *   help: "Polls",
 *   read: (value: number) => [{ labels: { query: "ct" }, value }],
 * } as const;
 * assertEquals(
 *   formatMetrics([metric], 3, "openmetrics"),
 *   '# TYPE polls counter\n# HELP polls Polls\npolls_total{query="ct"} 3\n# EOF\n',
 * );
 * ```
 *
 * @param metrics The metrics, in the order in which they are written.
 * @param source Their source.
 * @param format The format.
 * @returns The text.
 */
export function formatMetrics<S>(
  metrics: readonly Metric<S>[],
  source: S,
  format: MetricsFormat,
): string {
  const lines: string[] = [];
  for (const { name, type, help, read } of metrics) {
    const total = type === "counter" ? "_total" : "";
    // The older format has the suffix also where it names the type.
    const family = format === "openmetrics" ? name : name + total;
    lines.push(`# TYPE ${family} ${type}`, `# HELP ${family} ${escape(help)}`);
    for (const { labels = {}, value, part } of read(source)) {
      if (value === undefined) continue;
      const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escape(text)}"`);
      const suffix = part === undefined ? total : `_${part}`;
      lines.push(`${name}${suffix}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}`);
    }
  }
  if (format === "openmetrics") lines.push("# EOF");
  return lines.join("\n") + "\n";
}

function escape(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
