import { assertEquals } from "@std/assert";
import {
  chainFault,
  type ChainOptions,
  TrustAnchors,
} from "../../../src/network/certificate_chain.ts";
import {
  type CertificateForm,
  dayFromNow,
  forgeCertificate,
  makeKey,
} from "../../support/tls/forge_certificate.ts";

const keys = {
  root: makeKey(),
  middle: makeKey(),
  below: makeKey(),
  own: makeKey(),
  other: makeKey(),
};
const authority = { isAuthority: true, keyUsage: 0x04 };
const names = ["DNS:ris.example", "IP:10.0.0.5"];

const root = forge({ subject: "Root", key: keys.root, ...authority });
const middle = forge({
  ...{ subject: "Middle", issuer: "Root", key: keys.middle, signedBy: keys.root },
  ...authority,
});

function forge(form: CertificateForm): Uint8Array {
  return forgeCertificate(form);
}

/** The peer's certificate, signed by the authority in the middle. */
function own(change: Partial<CertificateForm> = {}): Uint8Array {
  return forge({
    ...{ subject: "ris", issuer: "Middle", key: keys.own, signedBy: keys.middle, names },
    ...change,
  });
}

/** The authority in the middle. */
function between(change: Partial<CertificateForm> = {}): Uint8Array {
  return forge({
    ...{ subject: "Middle", issuer: "Root", key: keys.middle, signedBy: keys.root },
    ...authority,
    ...change,
  });
}

function judge(
  chain: readonly Uint8Array[],
  change: Partial<Omit<ChainOptions, "anchors">> & { ca?: readonly Uint8Array[] } = {},
): string {
  const { ca = [root], ...options } = change;
  const fault = chainFault(chain, {
    anchors: new TrustAnchors(ca),
    now: Date.now(),
    purpose: "server",
    host: "ris.example",
    ...options,
  });
  return fault ?? "believed";
}

const selfSigned = forge({ subject: "ris", key: keys.own, names });
const rsa = makeKey("rsa");
const rsaRoot = forge({ subject: "Root", key: rsa, ...authority });
const byRsa = { issuer: "Root", signedBy: rsa };
const crossed = forge({
  ...{ subject: "Root", issuer: "Older", key: keys.root, signedBy: keys.other },
  ...authority,
});
const older = forge({ subject: "Older", key: keys.other, ...authority });
const below = forge({
  ...{ subject: "Below", issuer: "Middle", key: keys.below, signedBy: keys.middle },
  ...authority,
});
const byBelow = { issuer: "Below", signedBy: keys.below };

const believed: [string, readonly Uint8Array[], Parameters<typeof judge>[1]?][] = [
  ["a chain with an authority in the middle", [own(), middle]],
  ["a chain that ends with the trusted authority itself", [own(), middle, root]],
  ["a chain out of order, with certificates that are of no use", [own(), root, older, middle]],
  ["a chain whose middle is trusted", [own()], { ca: [middle] }],
  ["a chain of four", [own(byBelow), below, middle]],
  ["a self-signed certificate that is trusted itself", [selfSigned], { ca: [selfSigned] }],
  ["an authority that was signed again by an older one", [own(), middle, crossed], { ca: [older] }],
  ["the newer of two roots with one name", [own(), middle, crossed], { ca: [crossed, root] }],
  [
    "the right one of two authorities with one name",
    [own(), forge({ subject: "Middle", key: keys.other, ...authority }), middle],
  ],
  ["a path of exactly the allowed length", [own(), between({ pathLength: 0 })]],
  ["an address", [own(), middle], { host: "10.0.0.5" }],
  ["a name in capitals with a dot at its end", [own(), middle], { host: "RIS.Example." }],
  ["a wild card", [own({ names: ["DNS:*.clinic.example"] }), middle], {
    host: "ris.clinic.example",
  }],
  ["any name where none is asked for", [own({ names: [] }), middle], { host: undefined }],
  ["an authority without key usage", [own(), between({ keyUsage: undefined as never })]],
  ["a certificate for servers", [own({ purposes: ["1.3.6.1.5.5.7.3.1"] }), middle]],
  [
    "a certificate for clients, of one",
    [own({ purposes: ["1.3.6.1.5.5.7.3.2"] }), middle],
    { purpose: "client" },
  ],
  ["names that the authority may sign", [
    own(),
    between({ permitted: ["DNS:example", "IP:10.0.0.0/255.0.0.0"] }),
  ]],
  ["dates after 2050", [own({ validity: [dayFromNow(-1), "2080-01-01T00:00:00Z"] }), middle]],
  ["RSA", [own(byRsa)], { ca: [rsaRoot] }],
  ["RSA with SHA-512", [own({ ...byRsa, algorithm: "rsa-sha512" })], { ca: [rsaRoot] }],
  ["RSA-PSS", [own({ ...byRsa, algorithm: "rsa-pss" })], { ca: [rsaRoot] }],
];
for (const [what, chain, change] of believed) {
  Deno.test(`chainFault() believes ${what}`, () => assertEquals(judge(chain, change), "believed"));
}

for (const kind of ["p384", "ed25519"] as const) {
  Deno.test(`chainFault() verifies signatures of ${kind}`, () => {
    const key = makeKey(kind);
    const ca = [forge({ subject: "Root", key, ...authority })];
    const signed = {
      issuer: "Root",
      signedBy: key,
      ...(kind === "p384" && { algorithm: "ecdsa-sha384" as const }),
    };
    assertEquals(judge([own(signed)], { ca }), "believed");
    assertEquals(/is not signed by/.test(judge([own({ ...signed, spoil: true })], { ca })), true);
  });
}

const impostor = { subject: "Root", key: keys.other, ...authority };
const refused: [string, RegExp, readonly Uint8Array[], Parameters<typeof judge>[1]?][] = [
  ["no certificate", /cannot be read/, []],
  ["a certificate of version 1", /peer's certificate is of X\.509 version 1/, [
    own({ version: 1 }),
    middle,
  ]],
  ["one of version 2", /is of X\.509 version 2/, [own({ version: 2 }), middle]],
  [
    "a trusted certificate of version 1",
    /version 1/,
    [forge({ subject: "ris", key: keys.own, version: 1 })],
    { ca: [forge({ subject: "ris", key: keys.own, version: 1 })] },
  ],
  ["a middle of version 1", /certificate 2 of the peer's chain is of X\.509 version 1/, [
    own(),
    between({ version: 1 }),
  ]],
  [
    "a root of version 1",
    /trusted certificate of the authority is of X\.509 version 1/,
    [own(), middle],
    { ca: [forge({ subject: "Root", key: keys.root, version: 1 })] },
  ],
  ["an authority that has only the name", /is not signed by the authority/, [
    own({ issuer: "Root", signedBy: keys.other }),
    forge(impostor),
  ]],
  ["a middle that has only the name", /is not signed by the authority/, [
    own({ signedBy: keys.other }),
    middle,
  ]],
  ["a spoilt signature of the peer's", /peer's certificate is not signed by/, [
    own({ spoil: true }),
    middle,
  ]],
  ["a spoilt signature in the middle", /a certificate of the peer's chain is not signed by/, [
    own(),
    between({ spoil: true }),
  ]],
  ["a middle without the CA bit", /certificate 2 .* is not that of an authority/, [
    own(),
    between({ isAuthority: false }),
  ]],
  ["a middle without basic constraints", /is not that of an authority/, [
    own(),
    between({ isAuthority: undefined as never }),
  ]],
  ["a certificate signed by that of another peer", /is not that of an authority/, [
    own({ issuer: "ris", signedBy: keys.own, key: keys.other }),
    own(),
    middle,
  ]],
  ["a certificate signed by one that is trusted for itself", /is not that of an authority/, [
    own({ issuer: "ris", signedBy: keys.own, key: keys.other }),
  ], { ca: [selfSigned] }],
  ["a middle that may not sign", /key usage of certificate 2/, [
    own(),
    between({ keyUsage: 0x80 }),
  ]],
  ["too long a path", /its path length is 0/, [own(byBelow), below, between({ pathLength: 0 })]],
  [
    "a path too long for the root",
    /trusted certificate .*its path length is 0/,
    [own(), middle],
    { ca: [forge({ subject: "Root", key: keys.root, pathLength: 0, ...authority })] },
  ],
  ["an expired certificate", /peer's certificate has expired/, [
    own({ validity: [dayFromNow(-9), dayFromNow(-1)] }),
    middle,
  ]],
  ["an expired middle", /certificate 2 of the peer's chain has expired/, [
    own(),
    between({ validity: [dayFromNow(-9), dayFromNow(-1)] }),
  ]],
  [
    "an expired root",
    /trusted certificate of the authority has expired/,
    [own(), middle],
    {
      ca: [forge({
        ...{ subject: "Root", key: keys.root, validity: [dayFromNow(-9), dayFromNow(-1)] as const },
        ...authority,
      })],
    },
  ],
  ["a middle of the future", /certificate 2 .* is not valid yet/, [
    own(),
    between({ validity: [dayFromNow(1), dayFromNow(9)] }),
  ]],
  ["an unknown authority", /is not trusted: give/, [own()]],
  ["a self-signed certificate", /is self-signed: trust it/, [selfSigned]],
  ["a certificate for clients only", /lacks serverAuth/, [
    own({ purposes: ["1.3.6.1.5.5.7.3.2"] }),
    middle,
  ]],
  ["a certificate for anything, which is no purpose", /lacks serverAuth/, [
    own({ purposes: ["2.5.29.37.0"] }),
    middle,
  ]],
  ["a middle for clients only", /certificate 2 .* lacks serverAuth/, [
    own(),
    between({ purposes: ["1.3.6.1.5.5.7.3.2"] }),
  ]],
  ["an RSA key of 1024 bits", /RSA key of 1024 bits/, [own({ key: makeKey("rsa1024") }), middle]],
  ["MD5", /is signed with MD5/, [own({ ...byRsa, algorithm: "rsa-md5" })], { ca: [rsaRoot] }],
  ["SHA-1 by RSA", /is signed with SHA-1/, [own({ ...byRsa, algorithm: "rsa-sha1" })], {
    ca: [rsaRoot],
  }],
  ["SHA-1 by ECDSA", /is signed with SHA-1/, [own({ algorithm: "ecdsa-sha1" }), middle]],
  ["an unknown critical extension", /critical extension 1\.2\.3\.4/, [
    own({ critical: "1.2.3.4" }),
    middle,
  ]],
  ["another host", /is for ris\.example, 10\.0\.0\.5, not for pacs/, [own(), middle], {
    host: "pacs",
  }],
  ["an address as DNS name", /has the address 10\.0\.0\.9 as a DNS name/, [
    own({ names: ["DNS:10.0.0.9"] }),
    middle,
  ], { host: "10.0.0.9" }],
  ["no names", /names no host/, [own({ names: undefined as never }), middle]],
  ["a wild card for several labels", /not for a\.b\.c\.example/, [
    own({ names: ["DNS:*.c.example"] }),
    middle,
  ], {
    host: "a.b.c.example",
  }],
  ["a wild card for everything", /not for ris/, [own({ names: ["DNS:*"] }), middle], {
    host: "ris",
  }],
  ["names that the authority may not sign", /name constraints/, [
    own(),
    between({ permitted: ["DNS:else"] }),
  ]],
  ["an address that the authority may not sign", /name constraints/, [
    own(),
    between({ excluded: ["IP:10.0.0.0/255.0.0.0"] }),
  ]],
  ["bytes after the certificate", /cannot be read/, [Uint8Array.from([...own(), 0]), middle]],
  ["a length that is not minimal", /cannot be read/, [nonMinimal(own()), middle]],
  ["a certificate cut short", /cannot be read/, [own().slice(0, -1), middle]],
];
for (const [what, expected, chain, change] of refused) {
  Deno.test(`chainFault() refuses ${what}`, () => {
    const fault = judge(chain, change);
    assertEquals(expected.test(fault), true, fault);
  });
}

function nonMinimal(der: Uint8Array): Uint8Array {
  return Uint8Array.from([0x30, 0x83, 0, der[2] ?? 0, der[3] ?? 0, ...der.subarray(4)]);
}

Deno.test("chainFault() ends although authorities sign each other in a circle", () => {
  const circle = ["A", "B"].flatMap((subject) =>
    ["A", "B"].flatMap((issuer) =>
      Array.from(
        { length: 5 },
        () => forge({ subject, issuer, key: keys.other, signedBy: keys.other, ...authority }),
      )
    )
  );
  const chain = [own({ issuer: "A", signedBy: keys.other }), ...circle];
  assertEquals(/too many certificates|not trusted/.test(judge(chain)), true);
});

Deno.test("chainFault() never believes a certificate in which a bit has been changed", () => {
  const right = own();
  for (let at = 0; at < right.length; at++) {
    const changed = right.slice();
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
    assertEquals(judge([changed, middle]) === "believed", false, `byte ${at}`);
  }
});
