/**
 * Peers by the names they have in a configuration.
 *
 * @module
 */
import { loadConfig } from "../daemon/load_config.ts";
import { peerOf } from "../daemon/question.ts";
import type { Peer } from "../query/peer.ts";
import { UsageError } from "./option_table.ts";
import { nearestOf } from "../dicom/edit_distance.ts";

/**
 * Finds a peer in a configuration.
 *
 * @param file The configuration.
 * @param name The peer's name.
 * @returns The peer.
 * @throws {ConfigError} If the configuration has problems.
 * @throws {UsageError} If it names no such peer.
 */
export async function loadPeer(file: string, name: string): Promise<Peer> {
  const { peers } = await loadConfig(file);
  const peer = peers.get(name);
  if (peer !== undefined) return peerOf(peer);
  const near = nearestOf(name, peers.keys());
  throw new UsageError(
    `${file} has no peer ${name}${near === undefined ? "" : `; did you mean ${near}?`}`,
  );
}
