/**
 * TLS as it is configured: certificates, keys, and how far the peer is verified.
 *
 * PS3.15 Annex B; the versions are 1.2 and 1.3. Certificates and keys come as the bytes of their files,
 * PEM or DER. If CA certificates are given, only they are trusted; otherwise those that ship with Deno.
 *
 * @module
 */
import { decodeBase64, encodeBase64 } from "../base/base64.ts";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { Buffer } from "node:buffer";
import { TlsCredentialError } from "./errors.ts";

/** The content of a certificate or key file, PEM or DER. */
export type PemOrDer = string | Uint8Array;

/** Options of a TLS connection. */
export interface TlsOptions {
  /** Certificates that are trusted, of authorities or of the peer itself; each may hold several. */
  readonly ca?: readonly PemOrDer[] | undefined;
  /** Our certificate, for peers that ask for one, followed by its chain. */
  readonly cert?: PemOrDer | undefined;
  /** The private key of `cert`. */
  readonly key?: PemOrDer | undefined;
  /** The password of `key`. */
  readonly keyPassword?: string | undefined;
  /**
   * "full" verifies the certificate's chain, dates and host name, "chain" all but the host name, "none"
   * nothing: anybody may be at the other end.
   *
   * @default {"full"}
   */
  readonly verify?: "full" | "chain" | "none" | undefined;
}

/** The result of the TLS handshake. */
export interface TlsInfo {
  /** Such as "TLSv1.3". */
  readonly protocol: string;
  /** Such as "TLS_AES_256_GCM_SHA384". */
  readonly cipher: string;
  /** When the peer's certificate expires. */
  readonly certificateExpires: Date | undefined;
}

/** Certificates and key in the form that the TLS stack takes. */
export interface TlsCredentials {
  readonly ca?: string[];
  readonly cert?: string;
  readonly key?: string;
}

/**
 * Reads certificates and keys and decrypts the key, before any connection is made.
 *
 * @param options Files' contents and the password.
 * @returns PEM texts.
 * @throws {TlsCredentialError} If one of them cannot be read; says which and why.
 */
export function readCredentials(options: TlsOptions): TlsCredentials {
  const { ca, cert, key, keyPassword } = options;
  if ((cert === undefined) !== (key === undefined)) {
    throw new TlsCredentialError(
      cert === undefined ? "certificate" : "key",
      "it is missing: a certificate and its key come together",
    );
  }
  return {
    ...(ca !== undefined && { ca: ca.flatMap((each) => readCertificates(each, "ca")) }),
    ...(cert !== undefined && key !== undefined && readIdentity(cert, key, keyPassword)),
  };
}

/** A file of a folder of authorities. */
export interface CaFile {
  readonly name: string;
  /** Its content, or why it cannot be read. */
  readonly content: Uint8Array | Error;
}

/**
 * Picks the certificates out of a folder, in which there are other files as well: a README, `.DS_Store`, revocation
 * lists, links that lead nowhere.
 *
 * @param files The files of the folder.
 * @returns The files with certificates, and for each other file its name and the reason why it is passed over.
 * @throws {TlsCredentialError} If there is no certificate in any of them.
 */
export function readCaFolder(
  files: readonly CaFile[],
): { readonly ca: Uint8Array[]; readonly passedOver: string[] } {
  const ca: Uint8Array[] = [];
  const passedOver: string[] = [];
  for (const { name, content } of files) {
    try {
      if (content instanceof Error) throw content;
      readCertificates(content, "ca");
      ca.push(content);
    } catch (error) {
      const why = error instanceof TlsCredentialError ? error.why : reasonOf(error);
      passedOver.push(`${name} is passed over: ${why}`);
    }
  }
  if (ca.length === 0) {
    const why = passedOver.length === 0 ? "the folder is empty" : "no file of the folder has one";
    throw new TlsCredentialError("ca", why);
  }
  return { ca, passedOver };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : "it cannot be read";
}

/** Our certificate followed by its chain, and its key. */
function readIdentity(
  cert: PemOrDer,
  key: PemOrDer,
  password: string | undefined,
): { cert: string; key: string } {
  const certificates = readCertificates(cert, "certificate");
  const privateKey = readPrivateKey(key, password);
  if (!isKeyOf(certificates[0] ?? "", privateKey)) {
    throw new TlsCredentialError("key", "it is not the key of the certificate that came with it");
  }
  return { cert: certificates.join("\n"), key: privateKey };
}

function isKeyOf(certificate: string, privateKey: string): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(privateKey));
  } catch (cause) {
    throw new TlsCredentialError("certificate", "it cannot be read", { cause });
  }
}

const certificatePem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates in a file, each as PEM. */
function readCertificates(content: PemOrDer, part: "ca" | "certificate"): string[] {
  const text = textOf(content);
  if (text === undefined) {
    const bytes = content as Uint8Array;
    // A certificate in DER is a SEQUENCE whose length has two bytes.
    if (bytes[0] === sequenceTag && bytes[1] === 0x82) return [checked(bytes, part)];
    throw new TlsCredentialError(part, "it is neither PEM nor DER");
  }
  const found = text.match(certificatePem);
  if (found === null) throw new TlsCredentialError(part, "there is no certificate in it");
  return found.map((pem) => {
    try {
      return checked(derOf(pem), part);
    } catch (cause) {
      if (cause instanceof TlsCredentialError) throw cause;
      throw new TlsCredentialError(part, "a certificate in it is damaged", { cause });
    }
  });
}

/** Makes sure that a certificate can be read, and writes it as PEM. */
function checked(der: Uint8Array, part: "ca" | "certificate"): string {
  try {
    new X509Certificate(Buffer.from(der));
  } catch (cause) {
    throw new TlsCredentialError(part, "a certificate in it is damaged", { cause });
  }
  const lines = encodeBase64(der).match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

/**
 * Takes a certificate out of PEM.
 *
 * @param pem One certificate.
 * @returns It, in DER.
 */
export function derOf(pem: string): Uint8Array {
  return decodeBase64(pem.replaceAll(/-----[^-]+-----/g, ""));
}

/** A private key as unencrypted PKCS #8 in PEM. */
function readPrivateKey(content: PemOrDer, password: string | undefined): string {
  const text = textOf(content);
  const passphrase = password === undefined ? {} : { passphrase: password };
  const attempts = text !== undefined
    ? [(): ReturnType<typeof createPrivateKey> => createPrivateKey({ key: text, ...passphrase })]
    : (["pkcs8", "pkcs1", "sec1"] as const).map(
      (type) => (): ReturnType<typeof createPrivateKey> =>
        createPrivateKey({
          key: Buffer.from(content as Uint8Array),
          format: "der",
          type,
          ...(type === "pkcs8" ? passphrase : {}),
        }),
    );
  let cause: unknown;
  for (const attempt of attempts) {
    try {
      return attempt().export({ type: "pkcs8", format: "pem" }).toString();
    } catch (error) {
      cause ??= error;
    }
  }
  throw new TlsCredentialError("key", whyNoKey(cause, content, password), { cause });
}

/**
 * Returns true if a private key is encrypted: by its heading in PEM; in DER an encrypted one begins with an algorithm
 * (RFC 5958 section 3), any other with a version number.
 *
 * @param content The content of its file.
 */
export function isEncryptedKey(content: PemOrDer): boolean {
  const text = textOf(content);
  if (text !== undefined) return text.includes("ENCRYPTED");
  const [tag, length = 0, ...rest] = (content as Uint8Array).subarray(0, 16);
  const lengthBytes = length < 0x80 ? 0 : length - 0x80;
  return tag === sequenceTag && rest[lengthBytes] === sequenceTag;
}

/** SEQUENCE in DER. */
const sequenceTag = 0x30;

function whyNoKey(cause: unknown, content: PemOrDer, password: string | undefined): string {
  const isEncrypted = isEncryptedKey(content);
  if (isEncrypted && password === undefined) return "it is encrypted and there is no password";
  if (/bad decrypt/i.test(cause instanceof Error ? cause.message : "")) {
    return "the password is wrong";
  }
  const text = textOf(content);
  if (text !== undefined && !text.includes("PRIVATE KEY-----")) {
    return "there is no private key in it";
  }
  return `${isEncrypted ? "the password is wrong, or " : ""}its format or encryption is not ` +
    "supported: convert it with `openssl pkcs8 -topk8`";
}

/** The content as text if it is PEM. */
function textOf(content: PemOrDer): string | undefined {
  const text = typeof content === "string" ? content : new TextDecoder("latin1").decode(content);
  return typeof content === "string" || text.includes("-----BEGIN ") ? text : undefined;
}

const faultsByCode: ReadonlyMap<string, string> = new Map([
  ["ERR_SSL_WRONG_VERSION_NUMBER", "the peer does not speak TLS on this port"],
  [
    "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION",
    "the peer speaks neither TLS 1.2 nor 1.3: put a proxy such as stunnel in front of it",
  ],
  ["CERT_HAS_EXPIRED", "a certificate of the peer's chain has expired"],
  [
    "CERT_NOT_YET_VALID",
    "a certificate of the peer's chain is not valid yet (is the clock right?)",
  ],
  [
    "INVALID_PURPOSE",
    "the peer's certificate is not for this use: its extended key usage is wrong",
  ],
  [
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "the peer's certificate is self-signed: trust it by giving the certificate itself as `ca`",
  ],
]);

/** True if TLS failed because of the peer's certificates. */
export function isVerificationFault(error: unknown): boolean {
  return /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_|INVALID_PURPOSE)/.test(codeOf(error));
}

const wantsOurs = "the peer wants a certificate from us: give `cert` and `key`";
const notOurs = "the peer does not accept our certificate";
/** Alerts about our certificate, RFC 8446 section 6.2, and what to do. */
const faultsByAlert: ReadonlyMap<string, string> = new Map([
  ["CertificateRequired", wantsOurs],
  ["UnknownCA", `${notOurs}: it must trust the authority that signed ours`],
  ["CertificateExpired", `${notOurs}: for the peer it has expired (are both clocks right?)`],
  ["CertificateRevoked", `${notOurs}: it was revoked`],
  ["UnsupportedCertificate", `${notOurs}: is it one for clients (extended key usage clientAuth)?`],
  ["BadCertificate", `${notOurs}: is it the one that the peer knows?`],
  ["CertificateUnknown", `${notOurs}: is it the one that the peer knows?`],
  ["AccessDenied", `${notOurs}: it is known there, and has no access`],
]);

/**
 * Says why TLS failed and what to do.
 *
 * @param error The error of the TLS stack.
 * @param options
 * @param options.hasCertificate True if we have a certificate to show.
 * @returns A message without text that the peer sent.
 */
export function whyNoTls(
  error: unknown,
  { hasCertificate }: { readonly hasCertificate: boolean },
): string {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : "";
  const known = faultsByCode.get(code);
  if (known !== undefined) return known;
  if (isVerificationFault(error)) {
    return "the peer's certificate is signed by an authority that is not trusted: give its " +
      "certificate as `ca`";
  }
  const alert = /fatal alert: (\w+)/.exec(message)?.[1];
  if (alert === "HandshakeFailure") {
    // With TLS 1.2 this alert also asks for a certificate.
    const orWants = hasCertificate
      ? ""
      : "; or it wants a certificate from us: give `cert` and `key`";
    return "the peer has no cipher suite in common with us: put a proxy such as stunnel in front " +
      `of it${orWants}`;
  }
  const byAlert = alert === undefined ? undefined : faultsByAlert.get(alert);
  if (byAlert !== undefined) {
    return byAlert.startsWith(notOurs) && !hasCertificate ? wantsOurs : byAlert;
  }
  if (alert !== undefined) return `the peer ended TLS with alert ${alert}`;
  if (code === "ECONNRESET" || /socket disconnected|eof/i.test(message)) {
    return "the peer closed the connection during the TLS handshake (is TLS on there?)";
  }
  return `TLS failed (${code === "" ? message : code})`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
