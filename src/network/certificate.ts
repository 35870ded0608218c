/**
 * Reads X.509 certificates: what has to be known to verify a chain of them. RFC 5280, section 4.
 *
 * @module
 */
import {
  DerReader,
  DerTag,
  formatObjectIdentifier,
  readOnly,
  sameBytes,
  wholeBits,
} from "./der.ts";
import { type GeneralName, readGeneralNames } from "./certificate_names.ts";

/** A certificate. Names and algorithms are kept as DER: they are compared byte by byte. */
export interface Certificate {
  /** The certificate as it is. */
  readonly der: Uint8Array;
  /** 1, 2 or 3. */
  readonly version: number;
  /** The signed part. */
  readonly signed: Uint8Array;
  readonly signatureAlgorithm: Uint8Array;
  readonly signature: Uint8Array;
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  /** Milliseconds since 1970. */
  readonly notAfter: number;
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  /** True if it is that of an authority. */
  readonly isAuthority: boolean;
  /** The most authorities that may stand between this one and the peer's certificate. */
  readonly pathLength: number | undefined;
  /** False if there is a key usage without keyCertSign. */
  readonly maySignCertificates: boolean;
  /** Object identifiers; undefined: for any purpose. */
  readonly purposes: readonly string[] | undefined;
  /** Of the subject alternative name; undefined if there is none. */
  readonly alternativeNames: readonly GeneralName[] | undefined;
  readonly nameConstraints: NameConstraints | undefined;
  /** An extension that must be understood and is not. */
  readonly unknownCritical: string | undefined;
}

/** The names that an authority may, or may not, sign. */
export interface NameConstraints {
  readonly permitted: readonly GeneralName[];
  readonly excluded: readonly GeneralName[];
}

/**
 * Reads a certificate.
 *
 * @param der The certificate in DER, and nothing after it.
 * @returns Its content; nothing is verified.
 * @throws {SyntaxError} If it cannot be read.
 */
export function parseCertificate(der: Uint8Array): Certificate {
  const outer = readOnly(der);
  const { whole: signed, content } = outer.read(DerTag.sequence);
  const { whole: signatureAlgorithm } = outer.read(DerTag.sequence);
  const signature = wholeBits(outer.read(DerTag.bitString).content);
  outer.end();

  const reader = new DerReader(content);
  const version = readVersion(reader);
  reader.read(DerTag.integer); // serialNumber
  if (!sameBytes(reader.read(DerTag.sequence).whole, signatureAlgorithm)) {
    throw new SyntaxError("Cannot read the certificate: it names two signature algorithms");
  }
  const { whole: issuer } = reader.read(DerTag.sequence);
  const validity = new DerReader(reader.read(DerTag.sequence).content);
  const notBefore = readTime(validity);
  const notAfter = readTime(validity);
  validity.end();
  const { whole: subject } = reader.read(DerTag.sequence);
  const { whole: publicKey } = reader.read(DerTag.sequence);
  const extensions = version === 3 && !reader.atEnd
    ? readExtensions(readOnly(reader.read(0xa3).content))
    : new Extensions();
  reader.end();
  return {
    der,
    version,
    signed,
    signatureAlgorithm,
    signature,
    issuer,
    subject,
    notBefore,
    notAfter,
    publicKey,
    ...extensions,
  };
}

function readVersion(reader: DerReader): number {
  const element = reader.readIf(0xa0);
  if (element === undefined) return 1;
  const inner = new DerReader(element.content);
  const { content } = inner.read(DerTag.integer);
  inner.end();
  const [version = 0] = content;
  if (content.length !== 1 || version > 2) {
    throw new SyntaxError("Cannot read the certificate: its version is unknown");
  }
  return version + 1;
}

function readTime(reader: DerReader): number {
  const { tag, content } = reader.read();
  const text = String.fromCharCode(...content.subarray(0, 20));
  const pattern = tag === DerTag.utcTime ? /^(\d\d)(\d{10})Z$/ : /^(\d{4})(\d{10})Z$/;
  const found = tag === DerTag.utcTime || tag === DerTag.generalizedTime
    ? pattern.exec(text)
    : undefined;
  const [, years = "", rest = ""] = found ?? [];
  const year = years.length === 2 ? `${Number(years) < 50 ? 20 : 19}${years}` : years;
  const iso = `${year}-${rest.slice(0, 2)}-${rest.slice(2, 4)}T${rest.slice(4, 6)}:` +
    `${rest.slice(6, 8)}:${rest.slice(8, 10)}Z`;
  const time = Date.parse(iso);
  if (Number.isNaN(time)) throw new SyntaxError("Cannot read the certificate: a date is wrong");
  return time;
}

/** The content of the extensions, with defaults for absent ones. */
class Extensions {
  isAuthority = false;
  pathLength: number | undefined;
  maySignCertificates = true;
  purposes: readonly string[] | undefined;
  alternativeNames: readonly GeneralName[] | undefined;
  nameConstraints: NameConstraints | undefined;
  unknownCritical: string | undefined;
}

/** Extensions that do not limit the use of the certificate, whether critical or not. */
const harmlessExtensions = new Set(["2.5.29.14", "2.5.29.35", "2.5.29.31", "2.5.29.18"]);
const transparencyTimestamps = "1.3.6.1.4.1.11129.2.4.2";

function readExtensions(reader: DerReader): Extensions {
  const found = new Extensions();
  const seen = new Set<string>();
  while (!reader.atEnd) {
    const extension = new DerReader(reader.read(DerTag.sequence).content);
    const id = formatObjectIdentifier(extension.read(DerTag.objectIdentifier).content);
    const critical = readBoolean(extension);
    const value = extension.read(DerTag.octetString).content;
    extension.end();
    if (seen.has(id)) throw new SyntaxError("Cannot read the certificate: an extension is twice");
    seen.add(id);
    readExtension(found, id, value, critical);
  }
  return found;
}

function readBoolean(reader: DerReader): boolean {
  const element = reader.readIf(DerTag.boolean);
  if (element === undefined) return false;
  const [value] = element.content;
  if (element.content.length !== 1 || (value !== 0 && value !== 0xff)) {
    throw new SyntaxError("Cannot read the certificate: a BOOLEAN is wrong");
  }
  return value === 0xff;
}

function readExtension(
  found: Extensions,
  id: string,
  value: Uint8Array,
  critical: boolean,
): void {
  switch (id) {
    case "2.5.29.15": {
      const [unused = 8, bits = 0] = readOnlyElement(value, DerTag.bitString);
      if (unused > 7) throw new SyntaxError("Cannot read the certificate: its key usage is wrong");
      found.maySignCertificates = (bits & 0x04) !== 0;
      return;
    }
    case "2.5.29.17":
      found.alternativeNames = readGeneralNames(readOnly(value));
      return;
    case "2.5.29.19": {
      const reader = readOnly(value);
      found.isAuthority = readBoolean(reader);
      const length = reader.readIf(DerTag.integer)?.content;
      reader.end();
      if (length === undefined) return;
      if (!found.isAuthority) {
        throw new SyntaxError("Cannot read the certificate: a path length without an authority");
      }
      const [first = 0x80, ...more] = length;
      if (first > 0x7f) throw new SyntaxError("Cannot read the certificate: a negative path");
      found.pathLength = more.length > 3 ? Infinity : more.reduce((n, b) => n * 256 + b, first);
      return;
    }
    case "2.5.29.30":
      found.nameConstraints = readNameConstraints(readOnly(value));
      return;
    case "2.5.29.37": {
      const reader = readOnly(value);
      const purposes: string[] = [];
      while (!reader.atEnd) {
        purposes.push(formatObjectIdentifier(reader.read(DerTag.objectIdentifier).content));
      }
      found.purposes = purposes;
      return;
    }
    case "2.5.29.31":
      readOnly(value);
      return;
    case transparencyTimestamps:
      readOnly(value, DerTag.octetString);
      return;
    default:
      if (critical && !harmlessExtensions.has(id)) found.unknownCritical ??= id;
  }
}

function readOnlyElement(bytes: Uint8Array, tag: number): Uint8Array {
  const reader = new DerReader(bytes);
  const { content } = reader.read(tag);
  reader.end();
  return content;
}

function readNameConstraints(reader: DerReader): NameConstraints {
  const permitted = reader.readIf(0xa0);
  const excluded = reader.readIf(0xa1);
  reader.end();
  return { permitted: subtrees(permitted?.content), excluded: subtrees(excluded?.content) };
}

function subtrees(content: Uint8Array | undefined): GeneralName[] {
  const reader = new DerReader(content ?? new Uint8Array());
  const names: GeneralName[] = [];
  while (!reader.atEnd) {
    const subtree = new DerReader(reader.read(DerTag.sequence).content);
    const { tag, content } = subtree.read();
    names.push({ tag, content });
    subtree.end(); // RFC 5280: minimum is 0, and its default is not written; there is no maximum.
  }
  return names;
}
