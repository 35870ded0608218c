import { assert, assertEquals } from "@std/assert";
import { chainFault, TrustAnchors } from "../../src/network/certificate_chain.ts";
import { TemporaryFolder } from "../support/delivery_bench.ts";
import { interopTest } from "../support/foreign.ts";
import { fuzzRounds, fuzzSeed, SeededRandom } from "../support/seeded_random.ts";
import {
  type CertificateForm,
  dayFromNow,
  forgeCertificate,
  makeKey,
  pemOf,
} from "../support/tls/forge_certificate.ts";

const subjects = ["Root", "A", "B", "ris"] as const;
const keys = subjects.map(() => makeKey());
const stranger = makeKey();

/** Something that may be wrong with a certificate, or may not. */
function change(random: SeededRandom): Partial<CertificateForm> {
  return random.pick<Partial<CertificateForm>>([
    { isAuthority: false },
    { isAuthority: undefined as never },
    { keyUsage: 0x80 },
    { pathLength: random.below(3) },
    { validity: [dayFromNow(-9), dayFromNow(random.pick([-1, 9]))] },
    { validity: [dayFromNow(random.pick([-1, 1])), dayFromNow(9)] },
    { version: random.pick([1, 3]) },
    { purposes: [random.pick(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "2.5.29.37.0"])] },
    { spoil: random.oneIn(2) },
    { signedBy: random.pick([stranger, ...keys]) },
    { issuer: random.pick(subjects) },
    { critical: "1.2.3.4" },
    { permitted: [random.pick(["DNS:example", "DNS:other", "IP:10.0.0.0/255.0.0.0"])] },
    { excluded: [random.pick(["DNS:ris.example", "DNS:other", "IP:10.0.0.0/255.0.0.0"])] },
    {
      names: [
        random.pick(["DNS:ris.example", "DNS:*.example", "DNS:*.ris.example", "IP:10.0.0.5"]),
      ],
    },
    { algorithm: random.pick(["ecdsa-sha1", "ecdsa-sha384"]) },
  ]);
}

interopTest("chainFault() believes no chain that openssl verify refuses", ["openssl"], async () => {
  const seed = fuzzSeed();
  const random = new SeededRandom(seed);
  await using folder = new TemporaryFolder();
  let believed = 0;
  for (let round = 0; round < fuzzRounds(150); round++) {
    const changes = random.below(3);
    const which = Array.from({ length: changes }, () => random.below(subjects.length));
    const applied: object[] = [];
    const noted = (of: number): Partial<CertificateForm> => {
      const one = change(random);
      applied.push({ of, ...one });
      return one;
    };
    const chain = subjects.map((subject, n) =>
      forgeCertificate({
        subject,
        issuer: subjects[Math.max(0, n - 1)] ?? subject,
        key: keys[n] ?? stranger,
        signedBy: keys[Math.max(0, n - 1)] ?? stranger,
        ...(n < 3 ? { isAuthority: true, keyUsage: 0x04 } : { names: ["DNS:ris.example"] }),
        ...Object.assign({}, ...which.filter((one) => one === n).map(() => noted(n))),
      })
    );
    const [root, a, b, own] = chain.map(pemOf);
    await Deno.writeTextFile(`${folder.path}/root.pem`, root ?? "");
    await Deno.writeTextFile(`${folder.path}/others.pem`, `${a}${b}`);
    await Deno.writeTextFile(`${folder.path}/own.pem`, own ?? "");
    const { success, stderr } = await new Deno.Command("openssl", {
      args: [
        ...["verify", "-CAfile", "root.pem", "-untrusted", "others.pem", "-purpose", "sslserver"],
        ...[
          "-partial_chain",
          "-no-CApath",
          "-no-CAstore",
          "-verify_hostname",
          "ris.example",
          "own.pem",
        ],
      ],
      cwd: folder.path,
    }).output();
    const [anchor, ...rest] = chain;
    const fault = chainFault(rest.reverse(), {
      anchors: new TrustAnchors(anchor === undefined ? [] : [anchor]),
      now: Date.now(),
      purpose: "server",
      host: "ris.example",
    });
    if (fault !== undefined) continue;
    believed++;
    assert(
      success,
      `SEED=${seed}, round ${round} ${JSON.stringify(applied)}: ${
        new TextDecoder().decode(stderr)
      }`,
    );
  }
  assertEquals(believed > 10, true);
});
