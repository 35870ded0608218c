/**
 * Makes certificates of every kind, right and wrong ones. RFC 5280, section 4.1.
 *
 * @module
 */
import { constants, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { concat } from "../../../src/base/concat.ts";

/** What a certificate says; where nothing is said, a right one for a host. */
export interface CertificateForm {
  readonly subject: string;
  /** The name of the issuer. @default that of the subject */
  readonly issuer?: string;
  readonly key: KeyObject;
  /** Who signs. @default `key` */
  readonly signedBy?: KeyObject;
  /** @default 3 */
  readonly version?: 1 | 2 | 3;
  /** @default a day ago and in a year */
  readonly validity?: readonly [from: string, to: string];
  /** Whether there are basic constraints with the CA bit. */
  readonly isAuthority?: boolean;
  readonly pathLength?: number;
  /** The first byte of the key usage; 0x04: keyCertSign, 0x80: digitalSignature. */
  readonly keyUsage?: number;
  /** Object identifiers. */
  readonly purposes?: readonly string[];
  /** `DNS:` or `IP:` before each. */
  readonly names?: readonly string[];
  /** Subtrees with `DNS:` or `IP:` and a mask. */
  readonly permitted?: readonly string[];
  readonly excluded?: readonly string[];
  /** A further extension, critical. */
  readonly critical?: string;
  /** @default by the key, with SHA-256 */
  readonly algorithm?:
    | "rsa-md5"
    | "rsa-sha1"
    | "ecdsa-sha1"
    | "rsa-pss"
    | "rsa-sha512"
    | "ecdsa-sha384";
  /** Changes what is signed, after it was signed. */
  readonly spoil?: boolean;
}

/**
 * Makes a certificate.
 *
 * @param form What it says.
 * @returns It, in DER.
 */
export function forgeCertificate(form: CertificateForm): Uint8Array {
  const { subject, issuer = subject, key, signedBy = key, version = 3 } = form;
  const [from, to] = form.validity ?? [dayFromNow(-1), dayFromNow(365)];
  const [algorithm, hash, options] = algorithmOf(form.algorithm, signedBy);
  const tbs = sequence(
    ...(version === 1 ? [] : [der(0xa0, integer(version - 1))]),
    integer(Math.floor(Math.random() * 1e9) + 1),
    algorithm,
    nameOf(issuer),
    sequence(time(from), time(to)),
    nameOf(subject),
    publicKeyOf(key),
    ...(version === 3 ? extensionsOf(form) : []),
  );
  const signature = sign(hash, tbs, { key: signedBy, ...options });
  if (form.spoil) signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1;
  return sequence(tbs, algorithm, bits(signature));
}

/** A new key; of P-256 where nothing is said. */
export function makeKey(kind: "ec" | "p384" | "ed25519" | "rsa" | "rsa1024" = "ec"): KeyObject {
  switch (kind) {
    case "ec":
      return generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    case "p384":
      return generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey;
    case "ed25519":
      return generateKeyPairSync("ed25519").privateKey;
    default: {
      const modulusLength = kind === "rsa" ? 2048 : 1024;
      return generateKeyPairSync("rsa", { modulusLength }).privateKey;
    }
  }
}

/** A certificate as PEM. */
export function pemOf(certificate: Uint8Array): string {
  const lines = certificate.toBase64().match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

/** A private key as PEM. */
export function keyPemOf(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

/** An element of DER. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = concat(parts);
  const { length } = content;
  const head = length < 0x80
    ? [length]
    : length < 0x100
    ? [0x81, length]
    : [0x82, length >> 8, length & 0xff];
  return concat([Uint8Array.of(tag, ...head), content]);
}

/** A time, days from now, in RFC 3339. */
export function dayFromNow(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString();
}

function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return der(0x30, ...parts);
}

function integer(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; rest > 0 || bytes.length === 0; rest = Math.floor(rest / 256)) {
    bytes.unshift(rest % 256);
  }
  if ((bytes[0] ?? 0) >= 0x80) bytes.unshift(0);
  return der(0x02, Uint8Array.from(bytes));
}

function bits(content: Uint8Array): Uint8Array {
  return der(0x03, Uint8Array.of(0), content);
}

/** An object identifier. */
export function objectIdentifier(text: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const digits = [arc & 0x7f];
    for (let more = arc >> 7; more > 0; more >>= 7) digits.unshift((more & 0x7f) | 0x80);
    return digits;
  });
  return der(0x06, Uint8Array.from(bytes));
}

function nameOf(commonName: string): Uint8Array {
  if (commonName === "") return sequence();
  const text = der(0x0c, new TextEncoder().encode(commonName));
  return sequence(der(0x31, sequence(objectIdentifier("2.5.4.3"), text)));
}

function time(text: string): Uint8Array {
  const digits = text.replaceAll(/\D/g, "").slice(0, 14);
  const isLong = Number(digits.slice(0, 4)) >= 2050;
  const bytes = new TextEncoder().encode((isLong ? digits : digits.slice(2)) + "Z");
  return der(isLong ? 0x18 : 0x17, bytes);
}

function publicKeyOf(key: KeyObject): Uint8Array {
  const pem = key.export({ type: "pkcs8", format: "pem" });
  return createPublicKey(pem).export({ type: "spki", format: "der" });
}

function extensionsOf(form: CertificateForm): Uint8Array[] {
  const { isAuthority, pathLength, keyUsage, purposes, names, permitted, excluded, critical } =
    form;
  const all: Uint8Array[] = [];
  const add = (id: string, isCritical: boolean, value: Uint8Array): void => {
    const flag = isCritical ? [der(0x01, Uint8Array.of(0xff))] : [];
    all.push(sequence(objectIdentifier(id), ...flag, der(0x04, value)));
  };
  if (isAuthority !== undefined) {
    const flag = isAuthority ? [der(0x01, Uint8Array.of(0xff))] : [];
    const length = pathLength === undefined ? [] : [integer(pathLength)];
    add("2.5.29.19", true, sequence(...flag, ...length));
  }
  if (keyUsage !== undefined) add("2.5.29.15", true, der(0x03, Uint8Array.of(0, keyUsage)));
  if (purposes !== undefined) add("2.5.29.37", false, sequence(...purposes.map(objectIdentifier)));
  if (names !== undefined) add("2.5.29.17", false, sequence(...names.map(generalName)));
  if (permitted !== undefined || excluded !== undefined) {
    const subtrees = (tag: number, list: readonly string[] = []): Uint8Array[] =>
      list.length === 0 ? [] : [der(tag, ...list.map((each) => sequence(generalName(each))))];
    add("2.5.29.30", true, sequence(...subtrees(0xa0, permitted), ...subtrees(0xa1, excluded)));
  }
  if (critical !== undefined) add(critical, true, der(0x05));
  return all.length === 0 ? [] : [der(0xa3, sequence(...all))];
}

function generalName(text: string): Uint8Array {
  const [kind, ...rest] = text.split(":");
  const value = rest.join(":");
  if (kind === "DNS") return der(0x82, new TextEncoder().encode(value));
  if (kind === "URI") return der(0x86, new TextEncoder().encode(value));
  return der(0x87, Uint8Array.from(value.split(/[./]/).map(Number)));
}

type Signing = readonly [algorithm: Uint8Array, hash: string | null, options: object];

function algorithmOf(name: CertificateForm["algorithm"], key: KeyObject): Signing {
  const of = (id: string, hash: string | null, withNull: boolean): Signing => [
    sequence(objectIdentifier(id), ...(withNull ? [der(0x05)] : [])),
    hash,
    {},
  ];
  switch (name ?? key.asymmetricKeyType) {
    case "rsa-md5":
      return of("1.2.840.113549.1.1.4", "md5", true);
    case "rsa-sha1":
      return of("1.2.840.113549.1.1.5", "sha1", true);
    case "rsa-sha512":
      return of("1.2.840.113549.1.1.13", "sha512", true);
    case "ecdsa-sha1":
      return of("1.2.840.10045.4.1", "sha1", false);
    case "ecdsa-sha384":
      return of("1.2.840.10045.4.3.3", "sha384", false);
    case "rsa-pss": {
      const sha256 = sequence(objectIdentifier("2.16.840.1.101.3.4.2.1"), der(0x05));
      const mask = sequence(objectIdentifier("1.2.840.113549.1.1.8"), sha256);
      const parameters = sequence(der(0xa0, sha256), der(0xa1, mask), der(0xa2, integer(32)));
      return [sequence(objectIdentifier("1.2.840.113549.1.1.10"), parameters), "sha256", {
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: 32,
      }];
    }
    case "ed25519":
      return of("1.3.101.112", null, false);
    case "rsa":
      return of("1.2.840.113549.1.1.11", "sha256", true);
    default:
      return of("1.2.840.10045.4.3.2", "sha256", false);
  }
}
