/**
 * Ranges of IP addresses, from which a calling AE title may connect.
 *
 * RFC 4632 (CIDR), IPv4 and IPv6. An IPv4 address that comes as an IPv6 one (`::ffff:10.1.0.7`) counts as IPv4.
 *
 * @module
 */

/** A range of addresses. */
export interface AddressRange {
  /** The text of the range. */
  readonly text: string;
  /** 4 or 6. */
  readonly version: 4 | 6;
  /** The first bits that an address must have. */
  readonly prefix: bigint;
  /** The number of bits after them that may have any value. */
  readonly freeBits: bigint;
}

interface Address {
  readonly version: 4 | 6;
  readonly bits: bigint;
}

/**
 * Reads a range of addresses.
 *
 * @example Usage
 * ```ts
 * import { assert } from "@std/assert";
 * import { includesAddress, parseAddressRange } from "./address_range.ts";
 *
 * const range = parseAddressRange("10.1.0.0/16");
 * assert(includesAddress(range, "10.1.200.7"));
 * assert(!includesAddress(range, "10.2.0.1"));
 * ```
 *
 * @param text An address, or an address, `/` and the number of leading bits that must be equal.
 * @throws {SyntaxError} If it is neither.
 */
export function parseAddressRange(text: string): AddressRange {
  const [written = "", bits, ...rest] = text.trim().split("/");
  const address = parseAddress(written);
  if (address === undefined || rest.length > 0) {
    throw new SyntaxError("not an address or a range of addresses such as 10.1.0.0/16");
  }
  const width = address.version === 4 ? 32 : 128;
  const length = bits === undefined ? width : /^\d{1,3}$/.test(bits) ? Number(bits) : NaN;
  if (!(length <= width)) {
    throw new SyntaxError(`the number after / must be from 0 to ${width}`);
  }
  const freeBits = BigInt(width - length);
  const prefix = address.bits >> freeBits;
  if (prefix << freeBits !== address.bits) {
    throw new SyntaxError(
      `the address has bits after the first ${length}: write the first address of the range`,
    );
  }
  return { text: text.trim(), version: address.version, prefix, freeBits };
}

/**
 * True if an address is in a range.
 *
 * @param range The range.
 * @param text The address.
 */
export function includesAddress(
  { version, prefix, freeBits }: AddressRange,
  text: string,
): boolean {
  const address = parseAddress(text);
  return address?.version === version && address.bits >> freeBits === prefix;
}

/**
 * True if only this machine can reach a host name or address.
 *
 * @param host A host name or address.
 */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === "localhost") return true;
  const address = parseAddress(host);
  return address !== undefined &&
    (address.version === 4 ? address.bits >> 24n === 127n : address.bits === 1n);
}

function parseAddress(text: string): Address | undefined {
  if (!text.includes(":")) return parseIpv4(text);
  const groups = groupsOf(text);
  if (groups === undefined) return undefined;
  const bits = groups.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n);
  const isMapped = bits >> 32n === 0xFFFFn;
  return isMapped ? { version: 4, bits: bits & 0xFFFF_FFFFn } : { version: 6, bits };
}

function parseIpv4(text: string): Address | undefined {
  const parts = text.split(".");
  const isAddress = parts.length === 4 &&
    parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
  if (!isAddress) return undefined;
  return { version: 4, bits: parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n) };
}

/** The eight groups of an IPv6 address (RFC 4291 section 2.2). A zone such as `%eth0` is ignored. */
function groupsOf(text: string): number[] | undefined {
  const [address = ""] = text.split("%");
  const halves = address.split("::");
  if (halves.length > 2) return undefined;
  const read = halves.map((half) => half === "" ? [] : readGroups(half.split(":")));
  const [first, second] = read;
  if (first === undefined) return undefined;
  if (halves.length === 1) return first.length === 8 ? first : undefined;
  if (second === undefined) return undefined;
  const missing = 8 - first.length - second.length;
  return missing < 1 ? undefined : [...first, ...new Array<number>(missing).fill(0), ...second];
}

function readGroups(texts: readonly string[]): number[] | undefined {
  const groups: number[] = [];
  for (const [index, text] of texts.entries()) {
    const ipv4 = index === texts.length - 1 ? parseIpv4(text) : undefined;
    if (ipv4 !== undefined) groups.push(Number(ipv4.bits >> 16n), Number(ipv4.bits & 0xFFFFn));
    else if (/^[0-9a-f]{1,4}$/i.test(text)) groups.push(parseInt(text, 16));
    else return undefined;
  }
  return groups;
}
