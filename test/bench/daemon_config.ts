/**
 * Configurations of the daemon for the bench.
 *
 * @module
 */

/** A query of the bench. */
export interface BenchQuery {
  /** What the acceptor is called, which says how many matches it has. */
  readonly aeTitle: string;
  readonly schedule: string;
}

/** A configuration with a peer per AE title and these queries. */
export function configText(
  port: string,
  stateDir: string,
  queries: Readonly<Record<string, BenchQuery>>,
): string {
  const titles = new Set(Object.values(queries).map(({ aeTitle }) => aeTitle));
  const peers = [...titles].map((title) => [title, {
    host: "127.0.0.1",
    port: Number(port),
    ae_title: title,
    max_associations: 4,
  }]);
  const keys = {
    ScheduledProcedureStepSequence: {
      ScheduledStationAETitle: "CT1",
      Modality: "CT",
      ScheduledProcedureStepStartDate: "20260101..20260102",
    },
  };
  return JSON.stringify({
    state_dir: stateDir,
    peers: Object.fromEntries(peers),
    queries: Object.fromEntries(
      Object.entries(queries).map(([name, { aeTitle, schedule }]) => [name, {
        peer: aeTitle,
        model: "worklist",
        schedule,
        timezone: "UTC",
        keys,
        sinks: [],
      }]),
    ),
  });
}
