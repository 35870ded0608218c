/**
 * The text of a first configuration: one peer, one query, two sinks, each with a comment.
 *
 * @module
 */

/** The values to ask for. */
export interface FirstAnswers {
  readonly peer: { readonly host: string; readonly port: number; readonly aeTitle: string };
  /** Our calling AE title. */
  readonly aeTitle: string;
  /** Only steps of this Scheduled Station AE Title. */
  readonly station?: string;
  /** Only steps of this modality. */
  readonly modality?: string;
}

/**
 * Writes a configuration.
 *
 * @param answers The values to ask for.
 * @returns YAML that has no problems.
 */
export function firstConfiguration({ peer, aeTitle, station, modality }: FirstAnswers): string {
  return `# worklistd: asks a worklist server again and again, and reports what changed.
# Each key is explained in config/worklistd.yaml and docs. \`worklistd check\` finds mistakes in this file.

# Our own AE title. The worklist server must know it; many refuse or ignore strangers.
ae_title: ${quoted(aeTitle)}

# The state of the service is in /var/lib/worklistd ($STATE_DIRECTORY); otherwise it is in ./state beside this file.
# state_dir: /var/lib/worklistd

peers:
  ris:
    host: ${quoted(peer.host)}
    port: ${peer.port}
    ae_title: ${quoted(peer.aeTitle)} # the AE title of the server
    # character_set: { default: ISO_IR 100 }   # if it sends names without saying how they are encoded
    # tls: { ca: ca.pem }                      # if it speaks TLS

queries:
  today:
    peer: ris
    schedule: every 30s
    keys:
      ScheduledProcedureStepSequence:
        ScheduledProcedureStepStartDate: today..today+1
        ${
    station === undefined
      ? "# ScheduledStationAETitle: CT1"
      : `ScheduledStationAETitle: ${quoted(station)}`
  }
        ${modality === undefined ? "# Modality: CT" : `Modality: ${quoted(modality)}`}
    sinks: [changes, current]

sinks:
  # Each change as a line of JSON (CloudEvents).
  changes: { type: ndjson, path: ./changes.ndjson }
  # The whole worklist as it is now.
  current: { type: snapshot, path: ./current.json }
  # Other sinks: webhook, worklist-folder, stdout; see docs/sinks.md.

# Status page, metrics and API; see docs/http.md.
# http: { listen: "127.0.0.1:9180" }
`;
}

/** JSON strings are YAML, whatever is in them. A dollar would begin a variable. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
