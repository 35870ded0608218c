import { assertEquals, assertThrows } from "@std/assert";
import { TlsCredentialError } from "../../../src/network/errors.ts";
import {
  isEncryptedKey,
  readCaFolder,
  readCredentials,
  type TlsOptions,
  whyNoTls,
} from "../../../src/network/tls.ts";

const folder = new URL("../../golden/tls/", import.meta.url);
const bytes = (name: string): Uint8Array => Deno.readFileSync(new URL(name, folder));
const text = (name: string): string => Deno.readTextFileSync(new URL(name, folder));

const cert = bytes("client.pem");
const plainKey = text("client.key").trim();

const keys: [string, Uint8Array, string | undefined][] = [
  ["PEM", bytes("client.key"), undefined],
  ["PEM with a password that it does not need", bytes("client.key"), "secret"],
  ["encrypted PEM", bytes("client_encrypted.key"), "secret"],
  ["PKCS #8 in DER", bytes("client_key.der"), undefined],
  ["encrypted PKCS #8 in DER", bytes("client_encrypted_key.der"), "secret"],
  ["SEC 1 in DER", bytes("client_key_sec1.der"), undefined],
];
for (const [what, key, keyPassword] of keys) {
  Deno.test(`readCredentials() reads a key in ${what}`, () => {
    assertEquals(readCredentials({ cert, key, keyPassword }).key?.trim(), plainKey);
  });
}

Deno.test("readCredentials() reads a key in the old encrypted PEM form", () => {
  const key = bytes("client_rsa_legacy.key");
  const credentials = readCredentials({
    cert: bytes("client_rsa.pem"),
    key,
    keyPassword: "secret",
  });
  assertEquals(credentials.key?.startsWith("-----BEGIN PRIVATE KEY-----"), true);
});

Deno.test("isEncryptedKey() tells keys that need a password, in PEM and DER", () => {
  for (
    const name of ["client_encrypted.key", "client_encrypted_key.der", "client_rsa_legacy.key"]
  ) {
    assertEquals(isEncryptedKey(bytes(name)), true, name);
  }
  for (const name of ["client.key", "client_key.der", "client_key_sec1.der", "client.der"]) {
    assertEquals(isEncryptedKey(bytes(name)), name === "client.der", name);
  }
  assertEquals(isEncryptedKey(new Uint8Array()), false);
});

Deno.test("readCredentials() reads certificates in PEM and DER, several in one file", () => {
  const both = text("ca.pem") + "comment\n" + text("other_ca.pem");
  const ca = [text("ca.pem"), text("other_ca.pem"), text("ca.pem")].map((each) => each.trim());
  const credentials = readCredentials({ ca: [both, bytes("ca.der")] });
  assertEquals(credentials.ca?.map((each) => each.trim()), ca);
  assertEquals(
    readCredentials({ cert: bytes("client.der"), key: plainKey }).cert?.trim(),
    text("client.pem").trim(),
  );
});

Deno.test("readCredentials() asks for nothing", () => {
  assertEquals(readCredentials({}), {});
});

const wrong: [string, TlsOptions, string][] = [
  [
    "the key of another certificate",
    { cert, key: bytes("server.key") },
    "Cannot use the private key for TLS: it is not the key of the certificate that came with it",
  ],
  [
    "an encrypted key without a password",
    { cert, key: bytes("client_encrypted.key") },
    "Cannot use the private key for TLS: it is encrypted and there is no password",
  ],
  [
    "an encrypted key with a wrong password",
    { cert, key: bytes("client_encrypted.key"), keyPassword: "wrong" },
    "Cannot use the private key for TLS: the password is wrong",
  ],
  [
    "an encrypted key in DER without a password",
    { cert, key: bytes("client_encrypted_key.der") },
    "Cannot use the private key for TLS: it is encrypted and there is no password",
  ],
  [
    "an encrypted key in DER with a wrong password",
    { cert, key: bytes("client_encrypted_key.der"), keyPassword: "wrong" },
    "Cannot use the private key for TLS: the password is wrong, or its format or encryption is " +
    "not supported: convert it with `openssl pkcs8 -topk8`",
  ],
  [
    "a legacy key with a wrong password",
    { cert, key: bytes("client_rsa_legacy.key"), keyPassword: "wrong" },
    "Cannot use the private key for TLS: the password is wrong",
  ],
  [
    "a certificate given as key",
    { cert, key: cert },
    "Cannot use the private key for TLS: there is no private key in it",
  ],
  [
    "garbage given as key",
    { cert, key: Uint8Array.of(1, 2, 3) },
    "Cannot use the private key for TLS: its format or encryption is not supported: convert it " +
    "with `openssl pkcs8 -topk8`",
  ],
  [
    "a key given as certificate",
    { cert: bytes("client.key"), key: plainKey },
    "Cannot use the certificate for TLS: there is no certificate in it",
  ],
  [
    "garbage given as CA",
    { ca: [Uint8Array.of(1, 2, 3)] },
    "Cannot use the CA certificate for TLS: it is neither PEM nor DER",
  ],
  [
    "a certificate without a key",
    { cert },
    "Cannot use the private key for TLS: it is missing: a certificate and its key come together",
  ],
  [
    "a key without a certificate",
    { key: plainKey },
    "Cannot use the certificate for TLS: it is missing: a certificate and its key come together",
  ],
];
for (const [what, options, message] of wrong) {
  Deno.test(`readCredentials() refuses ${what}`, () => {
    const error = assertThrows(() => readCredentials(options), TlsCredentialError);
    assertEquals(error.message, message);
  });
}

function coded(code: string, message = ""): Error {
  return Object.assign(new Error(message), { code });
}

const faults: [string, Error, RegExp][] = [
  ["an expired certificate", coded("CERT_HAS_EXPIRED"), /has expired/],
  ["a certificate of the future", coded("CERT_NOT_YET_VALID"), /not valid yet/],
  ["a self-signed certificate", coded("DEPTH_ZERO_SELF_SIGNED_CERT"), /self-signed: trust it/],
  [
    "an unknown authority",
    coded("UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
    /authority that is not trusted/,
  ],
  ["an unknown root", coded("SELF_SIGNED_CERT_IN_CHAIN"), /authority that is not trusted/],
  ["TLS 1.0", coded("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION"), /neither TLS 1.2 nor 1.3.*stunnel/],
  ["no TLS at all", coded("ERR_SSL_WRONG_VERSION_NUMBER"), /does not speak TLS on this port/],
  [
    "no common cipher",
    coded("", "received fatal alert: HandshakeFailure"),
    /cipher suite in common/,
  ],
  [
    "a wish for our certificate",
    coded("", "fatal alert: CertificateRequired"),
    /wants a certificate from us: give/,
  ],
  [
    "an authority that the peer does not know",
    coded("", "fatal alert: UnknownCA"),
    /does not accept our certificate: it must trust/,
  ],
  [
    "a certificate for servers that is given as ours",
    coded("", "fatal alert: UnsupportedCertificate"),
    /clientAuth/,
  ],
  ["another alert", coded("", "fatal alert: InternalError"), /ended TLS with alert InternalError/],
  ["a closed connection", coded("ECONNRESET"), /closed the connection during the TLS handshake/],
  ["anything else", coded("ERR_X"), /TLS failed \(ERR_X\)/],
];
for (const [what, error, expected] of faults) {
  Deno.test(`whyNoTls() explains ${what}`, () => {
    const why = whyNoTls(error, { hasCertificate: true });
    assertEquals(expected.test(why), true, why);
  });
}

for (const alert of ["CertificateRequired", "BadCertificate", "HandshakeFailure", "UnknownCA"]) {
  Deno.test(`whyNoTls() asks for a certificate where there is none and the peer says ${alert}`, () => {
    const error = coded("", `received fatal alert: ${alert}`);
    const why = whyNoTls(error, { hasCertificate: false });
    assertEquals(/wants a certificate from us: give `cert` and `key`/.test(why), true, why);
  });
}

Deno.test("readCredentials() refuses a certificate that was damaged", () => {
  const pem = text("ca.pem");
  const damaged = pem.replace(/\n(.{20})/, "\nAAAA$1");
  for (const ca of [[damaged], [`${pem}${damaged}`]]) {
    const error = assertThrows(() => readCredentials({ ca }), TlsCredentialError);
    assertEquals(
      error.message,
      "Cannot use the CA certificate for TLS: a certificate in it is damaged",
    );
  }
});

const readme = { name: "/ca/README", content: new TextEncoder().encode("read me") };
const crl = {
  name: "/ca/list.crl",
  content: new TextEncoder().encode("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"),
};
const store = { name: "/ca/.DS_Store", content: Uint8Array.of(0, 0, 0, 1, 0x42) };
const dangling = { name: "/ca/link.pem", content: new Error("it cannot be read: no such file") };
const cut = { name: "/ca/cut.pem", content: bytes("ca.der").subarray(0, 200) };

Deno.test("readCaFolder() passes over whatever is no certificate, and says what and why", () => {
  const good = [{ name: "/ca/a.pem", content: bytes("ca.pem") }, {
    name: "/ca/b.der",
    content: bytes("ca.der"),
  }];
  const { ca, passedOver } = readCaFolder([...good, readme, crl, store, dangling, cut]);
  assertEquals(ca, good.map(({ content }) => content));
  assertEquals(passedOver, [
    "/ca/README is passed over: it is neither PEM nor DER",
    "/ca/list.crl is passed over: there is no certificate in it",
    "/ca/.DS_Store is passed over: it is neither PEM nor DER",
    "/ca/link.pem is passed over: it cannot be read: no such file",
    "/ca/cut.pem is passed over: a certificate in it is damaged",
  ]);
});

Deno.test("readCaFolder() refuses a folder without any certificate", () => {
  for (
    const [files, why] of [[[], "the folder is empty"], [
      [readme],
      "no file of the folder has one",
    ]] as const
  ) {
    const error = assertThrows(() => readCaFolder(files), TlsCredentialError);
    assertEquals(error.message, `Cannot use the CA certificate for TLS: ${why}`);
  }
});
