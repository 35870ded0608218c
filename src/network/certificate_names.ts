/**
 * The names in a certificate: of hosts, and what authorities may sign. RFC 5280, section 4.2.1.6 and 4.2.1.10;
 * RFC 6125.
 *
 * @module
 */
import { DerReader, DerTag, sameBytes } from "./der.ts";

/** A name, by the tag of its kind. */
export interface GeneralName {
  readonly tag: number;
  readonly content: Uint8Array;
}

/** Tags of the kinds of names that are understood. */
export const NameTag = { dns: 0x82, directory: 0xa4, address: 0x87 } as const;

/**
 * Reads names.
 *
 * @param reader The content of their sequence.
 * @returns The names.
 */
export function readGeneralNames(reader: DerReader): GeneralName[] {
  const names: GeneralName[] = [];
  while (!reader.atEnd) {
    const { tag, content } = reader.read();
    names.push({ tag, content });
  }
  return names;
}

/**
 * Writes the host names and addresses among names, for a message.
 *
 * @param names The names.
 * @returns The names that hold only characters of such names, at most 10.
 */
export function formatHostNames(names: readonly GeneralName[]): string[] {
  return names.flatMap((name) => {
    if (name.tag === NameTag.dns) return [textOf(name.content)];
    return name.tag === NameTag.address ? [formatAddress(name.content)] : [];
  }).filter((text) => /^[\w.:*-]{1,253}$/.test(text)).slice(0, 10);
}

/**
 * Looks for a host among the names of a certificate.
 *
 * @param names The names.
 * @param host A host name or an address.
 * @returns True if one of them is that of the host. A `*` stands for the whole first label and for nothing else.
 */
export function namesHost(names: readonly GeneralName[], host: string): boolean {
  const address = parseAddress(host);
  if (address !== undefined) {
    return names.some(({ tag, content }) => tag === NameTag.address && sameBytes(content, address));
  }
  const wanted = normalHost(host);
  return names.some(({ tag, content }) => {
    if (tag !== NameTag.dns) return false;
    const name = textOf(content).toLowerCase().replace(/\.$/, "");
    if (!name.startsWith("*.")) return name === wanted;
    const dot = wanted.indexOf(".");
    // A wild card for a whole top-level domain is not believed.
    return dot > 0 && name.indexOf(".", 2) > 0 && wanted.slice(dot) === name.slice(1);
  });
}

/**
 * Looks for an address that was written as a host name.
 *
 * @param names The names of a certificate.
 * @param host An address.
 * @returns True if a DNS name reads like the address.
 */
export function namesAddressAsHost(names: readonly GeneralName[], host: string): boolean {
  return parseAddress(host) !== undefined &&
    names.some(({ tag, content }) => tag === NameTag.dns && textOf(content) === host);
}

/**
 * Checks a name against what an authority may sign.
 *
 * @param name The name.
 * @param constraints The permitted and the excluded names.
 * @returns True if it may be signed. A kind of name that is constrained in a way we do not know may not.
 */
export function isNameAllowed(
  name: GeneralName,
  constraints: {
    readonly permitted: readonly GeneralName[];
    readonly excluded: readonly GeneralName[];
  },
): boolean {
  const permitted = constraints.permitted.filter(({ tag }) => tag === name.tag);
  const excluded = constraints.excluded.filter(({ tag }) => tag === name.tag);
  if (permitted.length + excluded.length === 0) return true;
  const within = withinByTag.get(name.tag);
  if (within === undefined) return false;
  if (excluded.some((base) => within(name.content, base.content))) return false;
  return permitted.length === 0 || permitted.some((base) => within(name.content, base.content));
}

type Within = (name: Uint8Array, base: Uint8Array) => boolean;

const withinByTag: ReadonlyMap<number, Within> = new Map<number, Within>([
  [NameTag.dns, (name, base) => {
    const domain = textOf(base).toLowerCase().replace(/^\./, "");
    const host = textOf(name).toLowerCase().replace(/\.$/, "");
    return domain === "" || host === domain || host.endsWith(`.${domain}`);
  }],
  [NameTag.address, (name, base) => {
    const size = base.length / 2;
    if (size !== name.length) return false;
    return name.every((byte, index) => {
      const mask = base[size + index] ?? 0;
      return (byte & mask) === ((base[index] ?? 0) & mask);
    });
  }],
  [NameTag.directory, (name, base) => {
    const [all, first] = [partsOf(name), partsOf(base)];
    return first.length <= all.length &&
      first.every((part, index) => sameBytes(part, all[index] ?? new Uint8Array()));
  }],
]);

/** The relative distinguished names of a directory name. */
function partsOf(content: Uint8Array): Uint8Array[] {
  const outer = new DerReader(content);
  const reader = new DerReader(outer.read(DerTag.sequence).content);
  const parts: Uint8Array[] = [];
  while (!reader.atEnd) parts.push(reader.read().whole);
  return parts;
}

function textOf(content: Uint8Array): string {
  return new TextDecoder("latin1").decode(content);
}

/** Lower case, without the last dot, international names as they are in certificates. */
function normalHost(host: string): string {
  const url = `http://${host}/`;
  const name = URL.canParse(url) ? new URL(url).hostname : host.toLowerCase();
  return name.replace(/\.$/, "");
}

/** The bytes of an address; undefined if it is none. */
function parseAddress(host: string): Uint8Array | undefined {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(host)) {
    const bytes = host.split(".").map(Number);
    return bytes.every((byte) => byte < 256) ? Uint8Array.from(bytes) : undefined;
  }
  const plain = host.replace(/%.*$/, "").replace(/^\[(.*)\]$/, "$1");
  if (!plain.includes(":") || !URL.canParse(`http://[${plain}]/`)) return undefined;
  const text = new URL(`http://[${plain}]/`).hostname.slice(1, -1);
  const [head = "", tail] = text.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array<string>(zeros).fill("0"), ...after];
  return Uint8Array.from(groups.flatMap((group) => {
    const value = parseInt(group, 16);
    return [value >> 8, value & 0xff];
  }));
}

function formatAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.length !== 16) return "";
  const groups = Array.from(
    { length: 8 },
    (_, n) => (((bytes[2 * n] ?? 0) << 8) | (bytes[2 * n + 1] ?? 0)).toString(16),
  );
  const url = `http://[${groups.join(":")}]/`;
  return new URL(url).hostname.slice(1, -1);
}
