/**
 * Verifies the chain of certificates with which a TLS peer proves who it is. RFC 5280, section 6.
 *
 * The TLS stack verifies chains too, but not all of them: of certificates of version 1, and of those that it
 * cannot read, it compares names only. Here each certificate must be of version 3, valid now, signed by the key
 * of the next one, and the last one signed by a certificate that is trusted. This module alone decides that,
 * for every connection.
 *
 * Not done: revocation (CRL, OCSP) and certificate policies.
 *
 * @module
 */
import { encodeBase64 } from "../base/base64.ts";
import { type Certificate, parseCertificate } from "./certificate.ts";
import {
  formatHostNames,
  type GeneralName,
  isNameAllowed,
  namesAddressAsHost,
  namesHost,
  NameTag,
} from "./certificate_names.ts";
import { publicKeyFault, signatureFault } from "./certificate_signature.ts";
import { sameBytes } from "./der.ts";

/** Certificates that are trusted: of authorities, or of a peer itself. */
export class TrustAnchors {
  readonly #bySubject = new Map<string, Certificate[]>();

  /** @param certificates In DER. One that cannot be read is trusted by nobody. */
  constructor(certificates: Iterable<Uint8Array>) {
    for (const der of certificates) {
      try {
        const certificate = parseCertificate(der);
        const subject = encodeBase64(certificate.subject);
        const same = this.#bySubject.get(subject);
        if (same === undefined) this.#bySubject.set(subject, [certificate]);
        else same.push(certificate);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
      }
    }
  }

  /** The trusted certificates of a name. */
  named(subject: Uint8Array): readonly Certificate[] {
    return this.#bySubject.get(encodeBase64(subject)) ?? [];
  }
}

/** Options of verifying a chain. */
export interface ChainOptions {
  readonly anchors: TrustAnchors;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The peer's role: it accepts the connection, or it opened it. */
  readonly purpose: "server" | "client";
  /** The host name or address that must be in the certificate; undefined: any. */
  readonly host?: string | undefined;
}

/** Object identifiers of the extended key usages. */
const purposeIds = { server: "1.3.6.1.5.5.7.3.1", client: "1.3.6.1.5.5.7.3.2" };
const purposeNames = { server: "serverAuth", client: "clientAuth" };

/** The most authorities between the peer's certificate and a trusted one. */
const mostAuthorities = 8;
/** The most signatures that are checked: each costs time, and the peer chooses how many certificates it sends. */
const mostSignatures = 100;
/** Limits on the certificates that a peer sends. */
const mostCertificates = 20;

const peers = "the peer's certificate";
const untrusted =
  "the peer's certificate is signed by an authority that is not trusted: give its " +
  "certificate as `ca`";

/**
 * Looks for what is wrong with the chain of a peer.
 *
 * @param chain The certificates in DER as the peer sent them, its own first, the others in any order.
 * @param options The checks to make.
 * @returns The fault and its remedy, without text that the peer sent; undefined if the chain is valid.
 */
export function chainFault(
  chain: readonly Uint8Array[],
  options: ChainOptions,
): string | undefined {
  const [first, ...others] = chain.slice(0, mostCertificates);
  const own = first && parsed(first);
  if (own === undefined) return `${peers} cannot be read: it needs a new one`;
  const { anchors, now, purpose, host } = options;
  const isPinned = anchors.named(own.subject).some(({ der }) => sameBytes(der, own.der));
  const search: Search = {
    ...options,
    others: others.flatMap((der) => parsed(der) ?? []),
    signaturesLeft: mostSignatures,
    best: { depth: -1, fault: "" },
  };
  return versionFault(own, peers) ?? extensionFault(own, peers) ?? dateFault(own, now, peers) ??
    keyFault(own, peers) ?? purposeFault(own, purpose, peers) ??
    (isPinned ? undefined : pathFault(own, search)) ??
    (host === undefined ? undefined : hostFault(own.alternativeNames, host));
}

function parsed(der: Uint8Array): Certificate | undefined {
  try {
    return parseCertificate(der);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The search for a path to a trusted certificate. */
interface Search extends ChainOptions {
  readonly others: readonly Certificate[];
  signaturesLeft: number;
  /** The fault of the path that came farthest: what to mend. */
  best: { depth: number; fault: string };
}

function pathFault(own: Certificate, search: Search): string | undefined {
  if (isPathTrusted([own], search)) return undefined;
  if (search.best.depth >= 0) return search.best.fault;
  return sameBytes(own.issuer, own.subject)
    ? "the peer's certificate is self-signed: trust it by giving the certificate itself as `ca`"
    : untrusted;
}

/** Looks for a trusted certificate above the last of a path, whose certificates are in order so far. */
function isPathTrusted(path: readonly Certificate[], search: Search): boolean {
  const last = path.at(-1);
  if (last === undefined || path.length > mostAuthorities + 1) return false;
  for (const anchor of search.anchors.named(last.issuer)) {
    if (issues(anchor, path, search, "the trusted certificate of the authority")) return true;
  }
  for (const [index, issuer] of search.others.entries()) {
    if (!sameBytes(issuer.subject, last.issuer)) continue;
    if (path.some(({ der }) => sameBytes(der, issuer.der))) continue;
    const what = `certificate ${index + 2} of the peer's chain`;
    if (issues(issuer, path, search, what) && isPathTrusted([...path, issuer], search)) return true;
  }
  return false;
}

/** Checks one step of a path: `issuer` may sign, and has signed, its last certificate. */
function issues(
  issuer: Certificate,
  path: readonly Certificate[],
  search: Search,
  what: string,
): boolean {
  const last = path.at(-1);
  if (last === undefined) return false;
  const fault = issuerFault(issuer, path, search, what) ?? signedFault(last, issuer, path, search);
  if (fault === undefined) return true;
  if (path.length > search.best.depth) search.best = { depth: path.length, fault };
  return false;
}

function issuerFault(
  issuer: Certificate,
  path: readonly Certificate[],
  { now, purpose }: ChainOptions,
  what: string,
): string | undefined {
  const fault = versionFault(issuer, what) ?? extensionFault(issuer, what) ??
    dateFault(issuer, now, what) ?? keyFault(issuer, what);
  if (fault !== undefined) return fault;
  if (!issuer.isAuthority) return `${what} is not that of an authority, and yet it signs another`;
  if (!issuer.maySignCertificates) {
    return `the key usage of ${what} does not allow it to sign others`;
  }
  // Those that an authority issued to itself, to change its key, do not count: RFC 5280, section 4.2.1.9.
  const between = path.slice(1).filter((each) => !sameBytes(each.issuer, each.subject)).length;
  if (issuer.pathLength !== undefined && between > issuer.pathLength) {
    return `${what} allows a shorter chain (its path length is ${issuer.pathLength})`;
  }
  return purposeFault(issuer, purpose, what) ?? constraintFault(issuer, path, what);
}

function signedFault(
  certificate: Certificate,
  issuer: Certificate,
  path: readonly Certificate[],
  search: Search,
): string | undefined {
  if (search.signaturesLeft-- <= 0) return "the peer sends too many certificates";
  const fault = signatureFault(certificate, issuer.publicKey);
  if (fault === undefined) return undefined;
  const what = path.length === 1 ? peers : "a certificate of the peer's chain";
  return `${what} ${fault}: somebody may pretend to be the peer`;
}

function versionFault({ version }: Certificate, what: string): string | undefined {
  if (version === 3) return undefined;
  return `${what} is of X.509 version ${version}, which proves nothing: it needs one of version 3`;
}

function extensionFault({ unknownCritical }: Certificate, what: string): string | undefined {
  if (unknownCritical === undefined) return undefined;
  return `${what} has the critical extension ${unknownCritical}, which is not supported`;
}

function dateFault(
  { notBefore, notAfter }: Certificate,
  now: number,
  what: string,
): string | undefined {
  if (now > notAfter) return `${what} has expired`;
  return now < notBefore ? `${what} is not valid yet (is the clock right?)` : undefined;
}

function keyFault({ publicKey }: Certificate, what: string): string | undefined {
  const fault = publicKeyFault(publicKey);
  return fault === undefined ? undefined : `${what} ${fault}: it needs a new key and certificate`;
}

function purposeFault(
  { purposes }: Certificate,
  purpose: "server" | "client",
  what: string,
): string | undefined {
  // Not anyExtendedKeyUsage: neither the TLS stack nor OpenSSL takes it for a purpose of its own.
  if (purposes === undefined || purposes.includes(purposeIds[purpose])) return undefined;
  return `${what} is not for this use: its extended key usage lacks ${purposeNames[purpose]}`;
}

function constraintFault(
  { nameConstraints }: Certificate,
  path: readonly Certificate[],
  what: string,
): string | undefined {
  if (nameConstraints === undefined) return undefined;
  for (const [index, each] of path.entries()) {
    if (index > 0 && sameBytes(each.issuer, each.subject)) continue;
    const names: GeneralName[] = [
      ...each.alternativeNames ?? [],
      ...(each.subject.length > 2 ? [{ tag: NameTag.directory, content: each.subject }] : []),
    ];
    if (!names.every((name) => isNameAllowed(name, nameConstraints))) {
      return `${what} may not sign certificates for such names (its name constraints)`;
    }
  }
  return undefined;
}

function hostFault(names: readonly GeneralName[] | undefined, host: string): string | undefined {
  if (names !== undefined && namesHost(names, host)) return undefined;
  if (names !== undefined && namesAddressAsHost(names, host)) {
    return `${peers} has the address ${host} as a DNS name, where nobody looks for addresses: ` +
      "it needs a new one with IP:" + host + ", or verify the chain only";
  }
  const known = formatHostNames(names ?? []);
  if (known.length > 0) {
    return `${peers} is for ${known.join(", ")}, not for ${host}: connect by the name in the ` +
      "certificate, or verify the chain only";
  }
  return `${peers} names no host (it has no subject alternative name), so not ${host} either: ` +
    "it needs a new one, or verify the chain only";
}
