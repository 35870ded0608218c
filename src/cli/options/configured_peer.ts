/**
 * Peers by the names they have in a configuration.
 *
 * @module
 */
import { loadConfig } from "../../daemon/load_config.ts";
import { peerOf } from "../../daemon/poll/question.ts";
import type { Peer } from "../../query/peer.ts";
import { unknownName } from "./known_name.ts";

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
  if (peer === undefined) throw unknownName(file, "peer", name, peers.keys());
  return peerOf(peer);
}
