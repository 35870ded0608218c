/**
 * A query of the configuration as the scheduler sees it.
 *
 * @module
 */
import type { QueryConfig } from "../config.ts";
import { parseSchedule, withBlackouts } from "./schedule.ts";
import type { ScheduledQuery } from "./scheduler.ts";

/**
 * Makes what the scheduler runs of a query.
 *
 * @param query The query as configured.
 * @returns Its schedule without the times at which its peer is left alone, and its jitter.
 */
export function scheduledQuery(query: QueryConfig): ScheduledQuery {
  const { name, peer, timeZone, blackouts, jitterMs } = query;
  const schedule = withBlackouts(parseSchedule(query.schedule, timeZone), blackouts, timeZone);
  return { name, peer, schedule, jitterMs };
}
