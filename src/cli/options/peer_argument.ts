/**
 * The forms in which a command line names a peer.
 *
 * @module
 */
import { UsageError } from "./option_table.ts";

/** The address of a peer, or its name in the configuration. */
export type PeerArgument =
  | { readonly host: string; readonly port: number; readonly aeTitle?: string }
  | { readonly name: string };

const forms = "AET@HOST:PORT, HOST:PORT or HOST PORT";

/**
 * Takes the peer off the front of a command line's arguments.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { takePeer } from "./peer_argument.ts";
 *
 * const [peer, rest] = takePeer(["RIS@ris.example.org:104", "query.dcm"], { named: false });
 * assertEquals(peer, { host: "ris.example.org", port: 104, aeTitle: "RIS" });
 * assertEquals(rest, ["query.dcm"]);
 * ```
 *
 * @param words The arguments that are no options.
 * @param options `named`: whether a name of the configuration may stand there.
 * @returns The peer and the arguments after it.
 * @throws {UsageError} If the first arguments name no peer.
 */
export function takePeer(
  words: readonly string[],
  options: { named: boolean },
): [peer: PeerArgument, rest: readonly string[]] {
  const [first, second] = words;
  if (first === undefined) throw new UsageError(`a peer is missing: ${forms}`);
  const at = first.lastIndexOf("@");
  const aeTitle = at < 0 ? undefined : checkedAeTitle(first.slice(0, at));
  const { host, port } = splitAddress(first.slice(at + 1));
  const peerAt = (portText: string): PeerArgument => ({
    host,
    port: checkedPort(portText),
    ...aeTitle === undefined ? {} : { aeTitle },
  });
  if (host === "") throw new UsageError(`the peer has no host: ${forms}`);
  if (port !== undefined) return [peerAt(port), words.slice(1)];
  if (options.named && at < 0) return [{ name: first }, words.slice(1)];
  if (second !== undefined && /^\d+$/.test(second)) return [peerAt(second), words.slice(2)];
  throw new UsageError(`the peer ${first} has no port: ${forms}`);
}

/** An address with more than one colon and no brackets is an IPv6 address without a port. */
function splitAddress(text: string): { host: string; port?: string } {
  const bracketed = /^\[([^\]]+)\](?::(.*))?$/.exec(text);
  if (bracketed !== null) {
    const [, host = "", port] = bracketed;
    return port === undefined ? { host } : { host, port };
  }
  const colon = text.indexOf(":");
  if (colon < 0 || text.indexOf(":", colon + 1) >= 0) return { host: text };
  return { host: text.slice(0, colon), port: text.slice(colon + 1) };
}

function checkedPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65535) throw new UsageError("the port must be a number, 1 to 65535");
  return port;
}

/**
 * Checks an AE title: PS3.5 section 6.2, at most 16 characters of the default repertoire, no backslash, not
 * only spaces.
 *
 * @param text The title; spaces around it do not count.
 * @returns The title without them.
 * @throws {UsageError} If it is none.
 */
export function checkedAeTitle(text: string): string {
  const title = text.trim();
  if (!/^[ -[\]-~]{1,16}$/.test(title)) {
    throw new UsageError(
      `"${title}" is no AE title: these have 1 to 16 ASCII characters, without backslash`,
    );
  }
  return title;
}
