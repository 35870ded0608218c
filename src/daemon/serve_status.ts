/**
 * The status of the worklist SCP: the age of each worklist, and the stations that asked. No patient data.
 *
 * @module
 */
import type { StationAnswer, WorklistAge } from "../serve/worklist_service.ts";
import type { ServedWorklistConfig } from "./config.ts";

/** The status of the worklist SCP. Times are RFC 3339, UTC. */
export interface ServeStatus {
  /** The address that is listened on. */
  readonly listen: string;
  readonly tls: boolean;
  readonly state: "listening" | "failed";
  /** Why it does not listen. */
  readonly problem: string | undefined;
  /** Associations that are open now. */
  readonly associations: number;
  /** Associations and TLS handshakes that were refused since the start. */
  readonly rejections: number;
  readonly worklists: readonly ServedWorklistStatus[];
}

/** The status of one worklist. */
export interface ServedWorklistStatus {
  /** The called AE title. */
  readonly name: string;
  readonly queries: readonly string[];
  /** The items of its queries, a step of two queries counted twice; `undefined`: a query is not open. */
  readonly items: number | undefined;
  /** Milliseconds since all of its queries were answered and believed; `undefined`: one never was. */
  readonly ageMs: number | undefined;
  readonly maxAgeMs: number | undefined;
  readonly whenStale: "serve" | "refuse";
  /** `unknown`: no query was answered yet, so stations get status A700. */
  readonly state: "fresh" | "stale" | "unknown" | "unavailable";
  /** The stations that asked or are configured; the one that asked last comes first. */
  readonly callers: readonly CallerStatus[];
}

/** The status of one station. */
export interface CallerStatus {
  readonly aeTitle: string;
  /** The address that it last asked from. */
  readonly address: string | undefined;
  /** When it last asked; `undefined`: not since the start. */
  readonly lastAsked: string | undefined;
  readonly lastOutcome: StationAnswer["outcome"] | undefined;
  /** The matches of the last answer. */
  readonly matches: number | undefined;
  readonly durationMs: number | undefined;
  /** The number of its questions since the start. */
  readonly answers: number;
}

/** More stations than this of one worklist are not remembered: only loopback lets any title in. */
const mostCallers = 200;

/** Remembers who asked. */
export class CallerHistory {
  readonly #worklists = new Map<string, Map<string, CallerStatus>>();

  /**
   * Takes in an answer.
   *
   * @param answer The answer.
   * @param time When it ended.
   */
  answered(answer: StationAnswer, time: string): void {
    const { worklist, caller: aeTitle, address, outcome, matches, durationMs } = answer;
    let callers = this.#worklists.get(worklist);
    if (callers === undefined) this.#worklists.set(worklist, callers = new Map());
    const answers = (callers.get(aeTitle)?.answers ?? 0) + 1;
    callers.delete(aeTitle);
    callers.set(aeTitle, {
      aeTitle,
      address,
      lastAsked: time,
      lastOutcome: outcome,
      matches,
      durationMs: Math.round(durationMs * 10) / 10,
      answers,
    });
    const [oldest] = callers.keys();
    if (callers.size > mostCallers && oldest !== undefined) callers.delete(oldest);
  }

  /** Returns the stations that asked for a worklist, the last one first. */
  of(worklist: string): CallerStatus[] {
    return [...this.#worklists.get(worklist)?.values() ?? []].reverse();
  }

  /** Forgets other worklists than these. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of this.#worklists.keys()) if (!names.has(name)) this.#worklists.delete(name);
  }
}

/**
 * Puts the status of a worklist together.
 *
 * @param worklist The worklist.
 * @param items The items of its queries; `undefined`: a query is not open.
 * @param age Its age.
 * @param asked The stations that asked.
 */
export function worklistStatus(
  worklist: ServedWorklistConfig,
  items: number | undefined,
  { ageMs, isUnknown, isStale }: WorklistAge,
  asked: readonly CallerStatus[],
): ServedWorklistStatus {
  const { name, queries, maxAgeMs, whenStale, callers } = worklist;
  const silent = Object.keys(callers ?? {})
    .filter((aeTitle) => asked.every((one) => one.aeTitle !== aeTitle))
    .map((aeTitle): CallerStatus => ({
      aeTitle,
      address: undefined,
      lastAsked: undefined,
      lastOutcome: undefined,
      matches: undefined,
      durationMs: undefined,
      answers: 0,
    }));
  const known = isStale ? "stale" : "fresh";
  return {
    name,
    queries,
    items,
    ageMs,
    maxAgeMs,
    whenStale,
    state: items === undefined ? "unavailable" : isUnknown ? "unknown" : known,
    callers: [...asked, ...silent],
  };
}
