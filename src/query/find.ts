// Touches the world: reads the clock and the machine's time zone where none is given.
/**
 * C-FIND as a program wants it: ask a peer, take the matches as they come, know how it ended.
 *
 * PS3.4 Annexes C, K and CC.
 *
 * @module
 */

import {
  findBatches,
  type FindOptions,
  type FindSummary,
  type PreparedQuery,
} from "./find_batches.ts";
import type { ResolveContext } from "./date_window.ts";
import { buildIdentifier } from "./identifier.ts";
import type { Match } from "./match.ts";
import type { Peer } from "./peer.ts";
import type { QueryDefinition } from "./query_definition.ts";

/**
 * Asks a peer and yields its matches one by one as they come.
 *
 * The association is made and released here. A query that fails throws, after the matches that came before:
 * it never looks like one with fewer matches. Leaving the loop early cancels the query.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { DataSet, element } from "../dicom/data_set.ts";
 * import { serveWorklist } from "../serve/worklist_scp.ts";
 * import { find } from "./find.ts";
 *
 * await using ris = serveWorklist({ port: 0 });
 * ris.items.set("1", new DataSet([element(0x00100010, ["Doe^Jane"]), element(0x00100020, ["P1"])]));
 *
 * const peer = { host: "127.0.0.1", port: ris.port, aeTitle: "RIS" };
 * const names: string[] = [];
 * for await (const { dataSet } of find(peer, { model: "worklist", keys: { PatientID: "P1" } })) {
 *   names.push(dataSet.string(0x00100010) ?? "");
 * }
 * assertEquals(names, ["Doe^Jane"]);
 * ```
 *
 * @param peer The peer.
 * @param query The query: keys, or an identifier that is built already.
 * @param options Limits, a signal.
 * @returns The matches; the generator's return value is the summary.
 * @throws {IdentifierError} If a key is wrong.
 * @throws {ConnectError} If there is no connection.
 * @throws {AssociationRejectedError} If the peer rejects the association.
 * @throws {AssociationAbortedError} If the association ends before the answer does.
 * @throws {PresentationContextError} If the peer does not offer the model.
 * @throws {DicomTimeoutError} If a deadline passes.
 * @throws {DimseStatusError} If the peer ends the query with a failure.
 * @throws {DicomDecodeError} If the peer breaks the protocol.
 */
export async function* find(
  peer: Peer,
  query: QueryDefinition | PreparedQuery,
  options: FindOptions = {},
): AsyncGenerator<Match, FindSummary> {
  await using batches = findBatches(peer, prepared(query, peer), options);
  for (;;) {
    const { done, value } = await batches.next();
    if (done) return value;
    yield* value;
  }
}

function prepared(query: QueryDefinition | PreparedQuery, peer: Peer): PreparedQuery {
  if ("identifier" in query) return query;
  const { identifier } = buildIdentifier(query, presentContext(peer));
  return { model: query.model, identifier };
}

/** The present moment and the time zone. They are read once, and only if a key is relative: Node 24 has no Temporal. */
function presentContext({ timeZone }: Peer): ResolveContext {
  let now: Temporal.Instant | undefined;
  let zone: string | undefined;
  return {
    get now(): Temporal.Instant {
      return now ??= Temporal.Now.instant();
    },
    get timeZone(): string {
      return zone ??= timeZone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone;
    },
  };
}
