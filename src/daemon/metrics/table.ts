/**
 * The table of metrics: what each is, how it is read from the status, and what a dashboard shows and an alert
 * watches of it. `/metrics`, the Grafana dashboard, the alert rules and the list in `docs/monitoring.md` all
 * come from this table. No patient data.
 *
 * @module
 */
import { type Level, sayQuery } from "../presentation.js";
import type { DaemonStatus, QueryStatus, SinkReport } from "../status.ts";
import type { Metric, Sample } from "./format.ts";

/** The source of metrics. */
export interface MetricSource {
  readonly status: DaemonStatus;
  /** The present, milliseconds since 1970. */
  readonly nowMs: number;
  readonly usage: {
    readonly cpuSeconds: number;
    readonly residentBytes: number;
    readonly startSeconds: number;
  };
  /** Readers of live events. */
  readonly streams: number;
}

/** A panel of the dashboard. */
export interface Panel {
  readonly title: string;
  /** PromQL. */
  readonly expr: string;
  /** The name of a line; `{{label}}` is replaced. */
  readonly legend: string;
  /** A unit of Grafana. */
  readonly unit: "short" | "s" | "bytes" | "percentunit";
}

/** An alert. */
export interface Alert {
  readonly name: string;
  /** PromQL. */
  readonly expr: string;
  /** The time that the condition must hold, as `5m`. */
  readonly for: string;
  readonly severity: "critical" | "warning";
  /** One sentence; `{{ $labels.query }}` is replaced. */
  readonly summary: string;
  /** The remedy. */
  readonly action: string;
}

/** A metric with what is made of it. */
export interface TableRow extends Metric<MetricSource> {
  readonly panel?: Panel;
  readonly alerts?: readonly Alert[];
}

const severities: Readonly<Record<Level, number>> = { green: 0, amber: 1, red: 2 };
const changeKinds = ["added", "changed", "removed", "leftWindow"] as const;
const kindNames = {
  added: "added",
  changed: "changed",
  removed: "removed",
  leftWindow: "left_window",
};

/** The metrics, in the order in which they are written. */
export const metricTable: readonly TableRow[] = [
  {
    name: "worklistd_build_info",
    type: "gauge",
    help: "Always 1; the label has the version",
    read: ({ status }) => [{ labels: { version: status.version }, value: 1 }],
    alerts: [{
      name: "WorklistdDown",
      expr: 'absent(worklistd_build_info) or up{job="worklistd"} == 0',
      for: "2m",
      severity: "critical",
      summary: "worklistd does not answer: nobody knows how fresh the worklists are",
      action: "Look at `systemctl status worklistd` and at its journal.",
    }],
  },
  {
    name: "worklistd_query_severity",
    type: "gauge",
    help: "How a query is: 0 all is well, 1 look at it, 2 do not rely on it; as on the status page",
    read: ({ status, nowMs }) =>
      queries(status, (query) => [{ value: severities[sayQuery(query, nowMs).level] }]),
    panel: {
      title: "Queries: 0 well, 1 look at it, 2 do not rely on it",
      expr: "max by (query) (worklistd_query_severity)",
      legend: "{{query}}",
      unit: "short",
    },
    alerts: [{
      name: "WorklistdQueryRed",
      expr: "worklistd_query_severity == 2",
      for: "5m",
      severity: "critical",
      summary: "The worklist of {{ $labels.query }} must not be relied on",
      action: "`worklistd status` or the status page says why.",
    }],
  },
  {
    name: "worklistd_query_age_seconds",
    type: "gauge",
    help: "Time since the last complete poll: how old the stored items may be",
    read: ({ status }) =>
      queries(status, ({ ageMs }) => [{ value: ageMs === undefined ? undefined : ageMs / 1000 }]),
    panel: {
      title: "Age of the worklists",
      expr: "worklistd_query_age_seconds",
      legend: "{{query}}",
      unit: "s",
    },
    alerts: [{
      name: "WorklistdStale",
      expr: "worklistd_query_age_seconds > 900",
      for: "1m",
      severity: "critical",
      summary: "The worklist of {{ $labels.query }} is older than 15 minutes",
      action: "Stations go on with the last items. See if the RIS answers: `worklistd echo PEER`.",
    }],
  },
  {
    name: "worklistd_query_items",
    type: "gauge",
    help: "Stored items",
    read: ({ status }) => queries(status, ({ items }) => [{ value: items }]),
    panel: {
      title: "Items",
      expr: "worklistd_query_items",
      legend: "{{query}}",
      unit: "short",
    },
  },
  {
    name: "worklistd_query_held_removals",
    type: "gauge",
    help: "Missing items whose removal is held back, by the brake or because the answer is doubted",
    read: ({ status }) => queries(status, ({ held }) => [{ value: held }]),
    panel: {
      title: "Removals held back",
      expr: "worklistd_query_held_removals",
      legend: "{{query}}",
      unit: "short",
    },
    alerts: [{
      name: "WorklistdRemovalsHeld",
      expr: "worklistd_query_held_removals > 0",
      for: "1m",
      severity: "warning",
      summary: "{{ $value }} removals of {{ $labels.query }} are held back",
      action: "If the RIS really has no such items: `worklistd approve {{ $labels.query }}`.",
    }],
  },
  {
    name: "worklistd_query_suspect",
    type: "gauge",
    help: "1 while the last complete answer is doubted; the label says why",
    read: ({ status }) =>
      queries(status, ({ suspectReason }) => [{
        labels: { reason: suspectReason ?? "" },
        value: suspectReason === undefined ? undefined : 1,
      }]),
  },
  {
    name: "worklistd_query_failures",
    type: "gauge",
    help: "Polls in a row that were incomplete",
    read: ({ status }) => queries(status, ({ failures }) => [{ value: failures }]),
  },
  {
    name: "worklistd_polls",
    type: "counter",
    help: "Polls by result since the start",
    read: ({ status }) =>
      queries(status, ({ polls }) => [
        { labels: { result: "complete" }, value: polls.complete - polls.suspect },
        { labels: { result: "suspect" }, value: polls.suspect },
        { labels: { result: "incomplete" }, value: polls.incomplete },
      ]),
    panel: {
      title: "Polls that were not complete, a minute",
      expr: 'sum by (query, result) (rate(worklistd_polls_total{result!="complete"}[5m])) * 60',
      legend: "{{query}} {{result}}",
      unit: "short",
    },
    alerts: [{
      name: "WorklistdPollsFail",
      expr: 'sum by (query) (rate(worklistd_polls_total{result="incomplete"}[15m])) > ' +
        "sum by (query) (rate(worklistd_polls_total[15m])) * 0.2",
      for: "15m",
      severity: "warning",
      summary: "More than a fifth of the polls of {{ $labels.query }} fail",
      action: "`worklistd status` names the reason.",
    }],
  },
  {
    name: "worklistd_poll_duration_seconds",
    type: "summary",
    help: "Duration of polls since the start",
    read: ({ status }) =>
      queries(status, ({ polls }) => [
        { part: "sum", value: polls.durationMs / 1000 },
        { part: "count", value: polls.complete + polls.incomplete },
      ]),
    panel: {
      title: "Mean duration of a poll",
      expr: "rate(worklistd_poll_duration_seconds_sum[5m]) / " +
        "rate(worklistd_poll_duration_seconds_count[5m])",
      legend: "{{query}}",
      unit: "s",
    },
  },
  {
    name: "worklistd_poll_matches",
    type: "counter",
    help: "Matches received since the start",
    read: ({ status }) => queries(status, ({ polls }) => [{ value: polls.matches }]),
  },
  {
    name: "worklistd_poll_faults",
    type: "counter",
    help:
      "Faults in answers since the start: values that cannot be read, repeated matches, matches " +
      "dropped because they do not match the keys",
    read: ({ status }) =>
      queries(status, ({ polls }) => [
        { labels: { fault: "decode" }, value: polls.warnings },
        { labels: { fault: "duplicate" }, value: polls.duplicates },
        { labels: { fault: "unmatched" }, value: polls.rejected },
      ]),
    panel: {
      title: "Faults in answers, a minute",
      expr: "sum by (query, fault) (rate(worklistd_poll_faults_total[5m])) * 60",
      legend: "{{query}} {{fault}}",
      unit: "short",
    },
  },
  {
    name: "worklistd_changes",
    type: "counter",
    help: "Committed changes by kind since the start",
    read: ({ status }) =>
      queries(
        status,
        ({ polls }) =>
          changeKinds.map((kind) => ({ labels: { kind: kindNames[kind] }, value: polls[kind] })),
      ),
    panel: {
      title: "Changes, a minute",
      expr: "sum by (kind) (rate(worklistd_changes_total[5m])) * 60",
      legend: "{{kind}}",
      unit: "short",
    },
  },
  {
    name: "worklistd_peer_answering",
    type: "gauge",
    help: "1 if the last poll of the peer was complete, 0 if it failed",
    read: ({ status }) =>
      status.peers.map(({ name, state }) => ({
        labels: { peer: name },
        value: state === "unknown" ? undefined : state === "answering" ? 1 : 0,
      })),
    panel: {
      title: "Peers that answer",
      expr: "worklistd_peer_answering",
      legend: "{{peer}}",
      unit: "short",
    },
  },
  {
    name: "worklistd_sink_up",
    type: "gauge",
    help: "1 if a sink takes what it is sent, 0 if it fails or is stopped",
    read: ({ status }) => sinks(status, ({ state }) => [{ value: state === "running" ? 1 : 0 }]),
  },
  {
    name: "worklistd_sink_backlog",
    type: "gauge",
    help: "Committed events that a sink is not done with",
    read: ({ status }) => sinks(status, ({ backlog }) => [{ value: backlog }]),
    panel: {
      title: "Events that wait",
      expr: "worklistd_sink_backlog",
      legend: "{{sink}}",
      unit: "short",
    },
  },
  {
    name: "worklistd_sink_oldest_undelivered_seconds",
    type: "gauge",
    help: "Age of the oldest committed event that a sink is not done with; 0 if none waits",
    read: ({ status, nowMs }) =>
      sinks(status, ({ backlog, oldestUndelivered }) => [{
        value: backlog === 0
          ? 0
          : oldestUndelivered === undefined
          ? undefined
          : Math.max(0, (nowMs - Date.parse(oldestUndelivered)) / 1000),
      }]),
    panel: {
      title: "Oldest event that waits",
      expr: "worklistd_sink_oldest_undelivered_seconds",
      legend: "{{sink}}",
      unit: "s",
    },
    alerts: [{
      name: "WorklistdDeliveryLate",
      expr: "worklistd_sink_oldest_undelivered_seconds > 300",
      for: "1m",
      severity: "warning",
      summary: "Changes have waited for sink {{ $labels.sink }} for more than 5 minutes",
      action: "`worklistd status` says why its receiver does not take them. Nothing is lost.",
    }],
  },
  {
    name: "worklistd_sink_attempts",
    type: "counter",
    help: "Deliveries by result since the start",
    read: ({ status }) =>
      sinks(status, ({ attempts }) => [
        { labels: { result: "delivered" }, value: attempts?.delivered },
        { labels: { result: "failed" }, value: attempts?.failed },
      ]),
    panel: {
      title: "Deliveries, a minute",
      expr: "sum by (sink, result) (rate(worklistd_sink_attempts_total[5m])) * 60",
      legend: "{{sink}} {{result}}",
      unit: "short",
    },
  },
  {
    name: "worklistd_sink_events",
    type: "counter",
    help: "Events that a sink took since the start",
    read: ({ status }) => sinks(status, ({ delivered }) => [{ value: delivered }]),
  },
  {
    name: "worklistd_sink_dead_letters",
    type: "gauge",
    help: "Events that were given up and are kept for `worklistd replay --dead`",
    read: ({ status }) => sinks(status, ({ deadLetters }) => [{ value: deadLetters }]),
    panel: {
      title: "Dead letters",
      expr: "worklistd_sink_dead_letters",
      legend: "{{sink}}",
      unit: "short",
    },
    alerts: [{
      name: "WorklistdDeadLetters",
      expr: "worklistd_sink_dead_letters > 0",
      for: "0m",
      severity: "warning",
      summary: "{{ $value }} events for sink {{ $labels.sink }} were given up",
      action:
        "`worklistd replay {{ $labels.sink }} --dead --list` names them; without `--list` it " +
        "sends them again.",
    }],
  },
  {
    name: "worklistd_certificate_expiry_timestamp_seconds",
    type: "gauge",
    help: "When a configured certificate expires",
    read: ({ status }) =>
      status.certificates.map(({ usedBy, expires }) => ({
        labels: { used_by: usedBy },
        value: Date.parse(expires) / 1000,
      })),
    panel: {
      title: "Time until certificates expire",
      expr: "worklistd_certificate_expiry_timestamp_seconds - time()",
      legend: "{{used_by}}",
      unit: "s",
    },
    alerts: [{
      name: "WorklistdCertificateExpires",
      expr: "worklistd_certificate_expiry_timestamp_seconds - time() < 14 * 86400",
      for: "1h",
      severity: "warning",
      summary: "The certificate of {{ $labels.used_by }} expires within two weeks",
      action: "Replace it, then `worklistd reload`.",
    }],
  },
  {
    name: "worklistd_serve_listening",
    type: "gauge",
    help: "1 if stations can ask, 0 if the listener could not be opened",
    read: ({ status: { serve } }) =>
      serve === undefined ? [] : [{ value: Number(serve.state === "listening") }],
    alerts: [{
      name: "WorklistdServesNoStation",
      expr: "worklistd_serve_listening == 0",
      for: "1m",
      severity: "critical",
      summary: "Stations get no worklist: worklistd cannot listen",
      action: "`worklistd status` says why.",
    }],
  },
  {
    name: "worklistd_serve_associations",
    type: "gauge",
    help: "Associations of stations that are open",
    read: ({ status: { serve } }) => serve === undefined ? [] : [{ value: serve.associations }],
  },
  {
    name: "worklistd_serve_rejections",
    type: "counter",
    help: "Associations and TLS handshakes that were refused since the start",
    read: ({ status: { serve } }) => serve === undefined ? [] : [{ value: serve.rejections }],
  },
  {
    name: "worklistd_serve_age_seconds",
    type: "gauge",
    help: "Age of the list that stations get; absent until each of its queries was answered",
    read: ({ status: { serve } }) =>
      (serve?.worklists ?? []).flatMap(({ name, ageMs }) =>
        ageMs === undefined ? [] : [{ labels: { worklist: name }, value: ageMs / 1000 }]
      ),
    panel: {
      title: "Age of the lists that stations get",
      expr: "worklistd_serve_age_seconds",
      legend: "{{worklist}}",
      unit: "s",
    },
  },
  {
    name: "worklistd_serve_stale",
    type: "gauge",
    help: "1 if a list is older than its max_age",
    read: ({ status: { serve } }) =>
      (serve?.worklists ?? []).map(({ name, state }) => ({
        labels: { worklist: name },
        value: Number(state === "stale"),
      })),
    alerts: [{
      name: "WorklistdServesStaleList",
      expr: "worklistd_serve_stale == 1",
      for: "0m",
      severity: "warning",
      summary: "Stations that ask for {{ $labels.worklist }} get a stale list, or none",
      action: "`worklistd status` says which query is not answered.",
    }],
  },
  {
    name: "worklistd_serve_answers",
    type: "counter",
    help: "Answers to a station since the start",
    read: ({ status: { serve } }) =>
      (serve?.worklists ?? []).flatMap(({ name, callers }) =>
        callers.map(({ aeTitle, answers }) => ({
          labels: { worklist: name, station: aeTitle },
          value: answers,
        }))
      ),
  },
  {
    name: "worklistd_config_reload_successful",
    type: "gauge",
    help: "1 if the last reload took the configuration over, 0 if it was refused",
    read: ({ status: { configuration: { reload } } }) => [
      { value: reload === undefined ? 1 : Number(reload.ok) },
    ],
    alerts: [{
      name: "WorklistdReloadFailed",
      expr: "worklistd_config_reload_successful == 0",
      for: "5m",
      severity: "warning",
      summary: "worklistd goes on with the old configuration: the file has problems",
      action: "`worklistd check` lists them.",
    }],
  },
  {
    name: "worklistd_config_file_changed",
    type: "gauge",
    help: "1 if the configuration file is not what runs",
    read: ({ status: { configuration: { state } } }) => [{ value: state === "same" ? 0 : 1 }],
  },
  {
    name: "worklistd_http_streams",
    type: "gauge",
    help: "Readers of live events",
    read: ({ streams }) => [{ value: streams }],
  },
  {
    name: "process_cpu_seconds",
    type: "counter",
    help: "CPU time of the process in seconds",
    read: ({ usage }) => [{ value: usage.cpuSeconds }],
    panel: {
      title: "CPU, share of a core",
      expr: "rate(process_cpu_seconds_total[5m])",
      legend: "{{instance}}",
      unit: "percentunit",
    },
  },
  {
    name: "process_resident_memory_bytes",
    type: "gauge",
    help: "Resident memory of the process",
    read: ({ usage }) => [{ value: usage.residentBytes }],
    panel: {
      title: "Resident memory",
      expr: "process_resident_memory_bytes",
      legend: "{{instance}}",
      unit: "bytes",
    },
  },
  {
    name: "process_start_time_seconds",
    type: "gauge",
    help: "When the process started, seconds since 1970",
    read: ({ usage }) => [{ value: usage.startSeconds }],
  },
];

function queries(
  status: DaemonStatus,
  read: (query: QueryStatus) => readonly Sample[],
): Sample[] {
  return status.queries.flatMap((query) =>
    read(query).map((sample) => ({
      ...sample,
      labels: { query: query.name, peer: query.peer, ...sample.labels },
    }))
  );
}

function sinks(status: DaemonStatus, read: (sink: SinkReport) => readonly Sample[]): Sample[] {
  return status.sinks.flatMap((sink) =>
    read(sink).map((sample) => ({ ...sample, labels: { sink: sink.name, ...sample.labels } }))
  );
}
