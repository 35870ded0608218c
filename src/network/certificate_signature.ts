/**
 * Verifies the signature of a certificate by its issuer's key.
 *
 * Only what is held to be safe today: RSA of 2048 bits and more (PKCS #1 or PSS), ECDSA and Ed25519, with SHA-2.
 *
 * @module
 */
import { constants, createPublicKey, verify } from "node:crypto";
import { Buffer } from "node:buffer";
import type { Certificate } from "./certificate.ts";
import { DerReader, DerTag, formatObjectIdentifier, readOnly, wholeBits } from "./der.ts";

const rsaKey = "1.2.840.113549.1.1.1";
const rsaPss = "1.2.840.113549.1.1.10";
const ecKey = "1.2.840.10045.2.1";
const ed25519 = "1.3.101.112";

/** The key and hash that a signature algorithm needs. */
const algorithms: ReadonlyMap<string, readonly [key: string, hash: string | null]> = new Map([
  ["1.2.840.113549.1.1.11", [rsaKey, "sha256"]],
  ["1.2.840.113549.1.1.12", [rsaKey, "sha384"]],
  ["1.2.840.113549.1.1.13", [rsaKey, "sha512"]],
  ["1.2.840.10045.4.3.2", [ecKey, "sha256"]],
  ["1.2.840.10045.4.3.3", [ecKey, "sha384"]],
  ["1.2.840.10045.4.3.4", [ecKey, "sha512"]],
  [ed25519, [ed25519, null]],
]);
const hashes: ReadonlyMap<string, string> = new Map([
  ["2.16.840.1.101.3.4.2.1", "sha256"],
  ["2.16.840.1.101.3.4.2.2", "sha384"],
  ["2.16.840.1.101.3.4.2.3", "sha512"],
]);
/** Broken ones, to be called by their names. */
const broken: ReadonlyMap<string, string> = new Map([
  ["1.2.840.113549.1.1.2", "MD2"],
  ["1.2.840.113549.1.1.4", "MD5"],
  ["1.2.840.113549.1.1.5", "SHA-1"],
  ["1.2.840.10045.4.1", "SHA-1"],
  ["1.2.840.10040.4.3", "SHA-1"],
]);

const leastRsaBits = 2048;

/**
 * Looks for what is wrong with a public key.
 *
 * @param publicKey SubjectPublicKeyInfo.
 * @returns The fault, as the rest of "the certificate …"; undefined if there is none.
 */
export function publicKeyFault(publicKey: Uint8Array): string | undefined {
  try {
    const { kind, bits } = readPublicKey(publicKey);
    if (kind !== rsaKey && kind !== rsaPss) return undefined;
    const rsa = readOnly(bits);
    const [first = 0, ...rest] = rsa.read(DerTag.integer).content;
    const length = first === 0 ? rest.length * 8 - leadingZeros(rest[0]) : (rest.length + 1) * 8;
    if (length >= leastRsaBits) return undefined;
    return `has an RSA key of ${length} bits, and ${leastRsaBits} is the least that is safe`;
  } catch {
    return "has a public key that cannot be read";
  }
}

function leadingZeros(byte = 0): number {
  return Math.clz32(byte) - 24;
}

/**
 * Verifies the signature of a certificate.
 *
 * @param certificate The certificate.
 * @param issuerKey SubjectPublicKeyInfo of its issuer.
 * @returns The fault, as the rest of "the certificate …"; undefined if the issuer signed it.
 */
export function signatureFault(
  certificate: Certificate,
  issuerKey: Uint8Array,
): string | undefined {
  const { signed, signature, signatureAlgorithm } = certificate;
  try {
    const algorithm = readAlgorithm(signatureAlgorithm);
    const weak = broken.get(algorithm.id);
    if (weak !== undefined) return `is signed with ${weak}, which can be forged`;
    const { kind } = readPublicKey(issuerKey);
    const way = wayOf(algorithm, kind);
    if (way === undefined) return "is signed in a way that is not supported";
    const [hash, padding] = way;
    const key = createPublicKey({ key: Buffer.from(issuerKey), format: "der", type: "spki" });
    const right = verify(hash, signed, { key, ...padding }, signature);
    return right ? undefined : "is not signed by the authority that it names";
  } catch {
    return "is signed in a way that is not supported";
  }
}

interface Algorithm {
  readonly id: string;
  readonly parameters: DerReader;
}

function readAlgorithm(whole: Uint8Array): Algorithm {
  const parameters = readOnly(whole);
  return {
    id: formatObjectIdentifier(parameters.read(DerTag.objectIdentifier).content),
    parameters,
  };
}

function readPublicKey(publicKey: Uint8Array): { kind: string; bits: Uint8Array } {
  const reader = readOnly(publicKey);
  const { id: kind } = readAlgorithm(reader.read(DerTag.sequence).whole);
  const bits = wholeBits(reader.read(DerTag.bitString).content);
  reader.end();
  return { kind, bits };
}

type Way = readonly [hash: string | null, padding: { padding?: number; saltLength?: number }];

function wayOf({ id, parameters }: Algorithm, kind: string): Way | undefined {
  if (id !== rsaPss) {
    const [key, hash] = algorithms.get(id) ?? [];
    return key === kind && hash !== undefined ? [hash, {}] : undefined;
  }
  if (kind !== rsaKey && kind !== rsaPss) return undefined;
  // RSASSA-PSS-params, RFC 4055: hash, mask generation by the same hash, length of the salt.
  const fields = new DerReader(parameters.read(DerTag.sequence).content);
  const hash = hashOf(fields.read(0xa0).content);
  const mask = readAlgorithm(fields.read(0xa1).content);
  const maskHash = hashOf(mask.parameters.read(DerTag.sequence).whole);
  const [saltLength = 0] = readInteger(fields.read(0xa2).content);
  if (hash === undefined || maskHash !== hash) return undefined;
  return [hash, { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }];
}

function hashOf(algorithm: Uint8Array): string | undefined {
  return hashes.get(readAlgorithm(algorithm).id);
}

function readInteger(bytes: Uint8Array): Uint8Array {
  const reader = new DerReader(bytes);
  const { content } = reader.read(DerTag.integer);
  reader.end();
  return content;
}
