import { assertEquals, assertMatch } from "@std/assert";
import { SopClass, TransferSyntax } from "../../../src/dicom/uid.ts";
import { encodePdu } from "../../../src/network/pdu_encode.ts";
import { allTransferSyntaxes, patient, serveMatches } from "../../support/find_target.ts";
import { worklistd } from "../../support/running_daemon.ts";
import { type Script, ScriptedAcceptor } from "../../support/scripted_acceptor.ts";

const { ExplicitVrLittleEndian, ExplicitVrBigEndian, ImplicitVrLittleEndian } = TransferSyntax;
const { DeflatedExplicitVrLittleEndian } = TransferSyntax;
const worklist = SopClass.ModalityWorklistInformationModelFind;
const studyRoot = SopClass.StudyRootQueryRetrieveInformationModelFind;

const models: [option: string, sopClassUid: string][] = [
  ["-W", worklist],
  ["--mwl", worklist],
  ["-P", SopClass.PatientRootQueryRetrieveInformationModelFind],
  ["-S", studyRoot],
  ["-O", SopClass.PatientStudyOnlyQueryRetrieveInformationModelFind],
  ["-U", SopClass.UnifiedProcedureStepPull],
];

const proposals: [options: string[], transferSyntaxes: string[]][] = [
  [[], [ExplicitVrLittleEndian, ExplicitVrBigEndian, ImplicitVrLittleEndian]],
  [["-x="], [ExplicitVrLittleEndian, ExplicitVrBigEndian, ImplicitVrLittleEndian]],
  [["-xe"], [ExplicitVrLittleEndian, ExplicitVrBigEndian, ImplicitVrLittleEndian]],
  [["-xb"], [ExplicitVrBigEndian, ExplicitVrLittleEndian, ImplicitVrLittleEndian]],
  [["-xi"], [ImplicitVrLittleEndian]],
  [["-xd"], [
    DeflatedExplicitVrLittleEndian,
    ExplicitVrLittleEndian,
    ExplicitVrBigEndian,
    ImplicitVrLittleEndian,
  ]],
  [["--transfer-syntaxes", "deflated,1.2.840.10008.1.2"], [
    DeflatedExplicitVrLittleEndian,
    ImplicitVrLittleEndian,
  ]],
];

const negotiations: [options: string[], sopClassUid: string, info: number[]][] = [
  [["-S", "--relational-query"], studyRoot, [1, 0, 0, 0, 0]],
  [["-S", "--dt-matching"], studyRoot, [0, 1, 0, 0, 0]],
  [["-S", "--fuzzy-names"], studyRoot, [0, 0, 1, 0, 0]],
  [["-S", "--timezone-adj"], studyRoot, [0, 0, 0, 1, 0]],
  [["-S", "--enhanced-conversion"], studyRoot, [0, 0, 0, 0, 1]],
  [["-W", "--fuzzy-names", "--timezone-adj"], worklist, [1, 1, 1, 1]],
  [["-U", "--fuzzy-names"], SopClass.UnifiedProcedureStepPull, [1, 1, 1, 0]],
];

Deno.test("find proposes the model, transfer syntaxes, titles and length that it is told", async () => {
  const contexts = models.map(([, abstractSyntax]) => ({
    abstractSyntax,
    transferSyntaxes: allTransferSyntaxes,
  }));
  await using target = serveMatches([patient("DOE^JANE")], { contexts });
  const peer = ["127.0.0.1", target.port, "-k", "QueryRetrieveLevel=STUDY", "--format", "csv"];
  for (const [option, sopClassUid] of models) {
    assertEquals((await worklistd(["find", option, ...peer])).code, 0, option);
    const [context] = target.requests.at(-1)?.presentationContexts ?? [];
    assertEquals(context?.abstractSyntax, sopClassUid, option);
  }
  for (const [options, transferSyntaxes] of proposals) {
    const { code, stdout } = await worklistd([
      ...["find", ...options, "127.0.0.1", target.port],
      ...["-k", "PatientName", "--format", "csv"],
    ]);
    assertEquals([code, stdout], [0, "PatientName\r\nDOE^JANE\r\n"], options.join());
    const [context] = target.requests.at(-1)?.presentationContexts ?? [];
    assertEquals(context?.transferSyntaxes, transferSyntaxes, options.join());
  }
  for (const length of [0, 4096, 131072]) {
    const options = ["-aet", "ME", "-aec", "YOU", "-pdu", String(length)];
    assertEquals((await worklistd(["find", ...options, ...peer])).code, 0);
    const { callingAeTitle, calledAeTitle, userInformation } = target.requests.at(-1) ?? {};
    assertEquals([callingAeTitle, calledAeTitle], ["ME", "YOU"]);
    assertEquals(userInformation?.maximumLength, length);
  }
  await worklistd(["find", `RIS@127.0.0.1:${target.port}`, "-k", "PatientName"]);
  assertEquals(target.requests.at(-1)?.calledAeTitle, "RIS");
  await worklistd(["find", "127.0.0.1", target.port, "-k", "PatientName"]);
  const { callingAeTitle, calledAeTitle } = target.requests.at(-1) ?? {};
  assertEquals([callingAeTitle, calledAeTitle], ["WORKLISTD", "ANY-SCP"]);
});

Deno.test("find proposes each extended negotiation item, and says what the peer refused", async () => {
  await using target = serveMatches([]);
  for (const [options, sopClassUid, info] of negotiations) {
    const { stderr } = await worklistd([
      ...["find", ...options, "127.0.0.1", target.port, "-k", "QueryRetrieveLevel=STUDY"],
    ]);
    const items = target.requests.at(-1)?.userInformation.sopClassExtendedNegotiations;
    assertEquals(items, [{ sopClassUid, info: Uint8Array.from(info) }], options.join());
    assertMatch(stderr, /^W: the peer did not agree to --/m, options.join());
  }
});

Deno.test("find sends the identity of the user in each of its forms", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await using target = serveMatches([]);
    for (const name of ["password", "assertion", "token"]) {
      await Deno.writeTextFile(`${folder}/${name}`, `${name}-content\n`);
    }
    await Deno.writeFile(`${folder}/ticket`, Uint8Array.of(1, 2, 10));
    const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
    const identities: [options: string[], type: number, primary: Uint8Array, secondary: string][] =
      [
        [["--user", "jane"], 1, encode("jane"), ""],
        [
          ["--user", "jane", "--user-password-file", `${folder}/password`],
          2,
          encode("jane"),
          "password-content",
        ],
        [["--user", "jane", "--user-password-env", "SECRET"], 2, encode("jane"), "from-env"],
        [["--user-kerberos", `${folder}/ticket`], 3, Uint8Array.of(1, 2, 10), ""],
        [["--user-saml", `${folder}/assertion`], 4, encode("assertion-content"), ""],
        [["--user-jwt", `${folder}/token`], 5, encode("token-content"), ""],
      ];
    for (const [options, type, primaryField, secondary] of identities) {
      const { code } = await worklistd(
        ["find", ...options, "127.0.0.1", target.port, "-k", "PatientName"],
        { env: { SECRET: "from-env" } },
      );
      assertEquals(code, 0, options.join());
      assertEquals(target.requests.at(-1)?.userInformation.userIdentity, {
        type,
        positiveResponseRequested: false,
        primaryField,
        secondaryField: encode(secondary),
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("find repeats, sends several queries over one association, and aborts when told to", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await using target = serveMatches([patient("DOE^JANE")]);
    await Deno.writeTextFile(`${folder}/a.txt`, "# a comment\nPatientName=A*\n\n");
    await Deno.writeTextFile(`${folder}/b.txt`, "ScheduledProcedureStepSequence.Modality=CT\n");
    const { code, stderr } = await worklistd([
      ...["find", "127.0.0.1", target.port, `${folder}/a.txt`, "-f", `${folder}/b.txt`],
      ...["--repeat", "2", "--abort", "-k", "PatientID"],
    ]);
    assertEquals([code, target.requests.length, target.identifiers.length], [0, 1, 4]);
    assertEquals(stderr.split("\n").length, 5);
    assertEquals(target.identifiers.map((query) => query.has(0x00100020)), [
      true,
      true,
      true,
      true,
    ]);
    assertEquals(target.received.includes("A-RELEASE-RQ"), false);
    assertEquals(target.received.at(-1), "A-ABORT");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const failures: { name: string; script: Script; options?: string[]; says: RegExp }[] = [
  {
    name: "rejected",
    script: async (peer) => {
      await peer.recv("A-ASSOCIATE-RQ");
      await peer.send(encodePdu({ type: "A-ASSOCIATE-RJ", result: 1, source: 1, reason: 7 }));
      await peer.untilClosed();
    },
    says: /^E: Association with ANY-SCP at 127\.0\.0\.1:\d+ rejected .*called AE title.*\n$/i,
  },
  {
    name: "aborted",
    script: async (peer) => {
      await peer.accept();
      await peer.recvMessage();
      await peer.send(encodePdu({ type: "A-ABORT", source: 0, reason: 0 }));
      await peer.untilClosed();
    },
    says: /^E: Association with 127\.0\.0\.1:\d+ aborted by the peer.*\n$/,
  },
  {
    name: "refused by status",
    script: async (peer) => {
      await peer.accept();
      await peer.respond(await peer.recvMessage(), 0xA700);
      await peer.acceptRelease();
    },
    says: /^E: C-FIND ended with status 0xA700 \(failure\): .*\n$/,
  },
  {
    name: "refused by status, with what the peer says of it",
    script: async (peer) => {
      await peer.accept();
      await peer.respond(await peer.recvMessage(), 0xA900, undefined, {
        offendingElement: [0x00100010, 0x00091001],
        errorComment: "no wild cards",
      });
      await peer.acceptRelease();
    },
    says:
      /^E: C-FIND .*0xA900 .*; the peer objects to PatientName, \(0009,1001\) and says: no wild cards\n$/,
  },
  {
    name: "silent behind the association request",
    script: async (peer) => {
      await peer.recv("A-ASSOCIATE-RQ");
      await peer.untilClosed();
    },
    options: ["-ta", "100ms"],
    says: /^E: No answer from 127\.0\.0\.1:\d+ to the association request within 0\.1 s\n$/,
  },
  {
    name: "silent behind the query",
    script: async (peer) => {
      await peer.accept();
      await peer.untilClosed();
    },
    options: ["-td", "100ms"],
    says: /^E: No response from 127\.0\.0\.1:\d+ within 0\.1 s\n$/,
  },
  {
    name: "silent on the network",
    script: async (peer) => {
      await peer.accept();
      await peer.untilClosed();
    },
    options: ["-tn", "100ms"],
    says: /^E: Nothing received from 127\.0\.0\.1:\d+ within 0\.1 s\n$/,
  },
  {
    name: "without the model",
    script: async (peer) => {
      const contexts = [{ id: 1, result: 3, transferSyntax: ImplicitVrLittleEndian }];
      await peer.accept({ presentationContexts: contexts });
      await peer.acceptRelease();
    },
    says: /^E: No presentation context for SOP class .*\n$/,
  },
  {
    name: "cancelled",
    script: async (peer) => {
      await peer.accept();
      const request = await peer.recvMessage();
      await peer.respond(
        request,
        0xFF00,
        Uint8Array.of(0x10, 0, 0x20, 0, 0x4C, 0x4F, 2, 0, 0x50, 0x31),
      );
      await peer.recvMessage();
      await peer.respond(request, 0xFE00);
      await peer.acceptRelease();
    },
    options: ["--cancel", "1"],
    says: /^E: cancelled after 1 match, status 0xFE00: .*\n$/,
  },
];

for (const { name, script, options = [], says } of failures) {
  Deno.test(`find says in one line that it was ${name}, and exits 1`, async () => {
    await using acceptor = new ScriptedAcceptor(script);
    const { code, stderr } = await worklistd([
      ...["find", "127.0.0.1", `${acceptor.port}`, "-k", "PatientName", ...options],
    ]);
    assertMatch(stderr, says);
    assertEquals(code, 1);
    const quiet = await worklistd([
      ...["find", "-q", "127.0.0.1", `${acceptor.port}`, "-k", "PatientName", ...options],
    ]);
    assertEquals([quiet.code, quiet.stderr], [1, ""]);
  });
}

Deno.test("find and echo say in one line that nothing listens, and exit 1", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  for (const command of [["find", "-k", "PatientName"], ["echo"]]) {
    const { code, stderr } = await worklistd([...command, `127.0.0.1:${port}`]);
    assertMatch(stderr, /^E: Cannot connect to 127\.0\.0\.1:\d+: connection refused.*\n$/);
    assertEquals(code, 1);
  }
});

Deno.test("echo sends as many C-ECHOs as it is told, and says who answered", async () => {
  await using target = serveMatches([]);
  const { code, stdout, stderr } = await worklistd([
    ...["echo", `RIS@127.0.0.1:${target.port}`, "--repeat", "3"],
  ]);
  assertEquals([code, stderr], [0, ""]);
  assertEquals(stdout.trimEnd().split("\n").length, 3);
  assertMatch(stdout, /^RIS at 127\.0\.0\.1:\d+ \(WORKLISTD_\d\) answered in [\d.]+ ms/);
});

Deno.test("find asks on over another association where the peer ends it behind each query", async () => {
  await using acceptor = new ScriptedAcceptor(async (peer) => {
    await peer.accept();
    await peer.respond(await peer.recvMessage(), 0x0000);
    peer.close();
  });
  const { code, stderr } = await worklistd([
    ...["find", "127.0.0.1", `${acceptor.port}`, "-k", "PatientName", "--repeat", "3"],
  ]);
  assertEquals(stderr, "0 matches, status 0x0000: Matching is complete\n".repeat(3));
  assertEquals([code, acceptor.connections], [0, 3]);
});

Deno.test("find fails where the user's identity must be confirmed and is not", async () => {
  await using target = serveMatches([]);
  const { code, stderr } = await worklistd([
    ...["find", "127.0.0.1", target.port, "-k", "PatientName", "--user", "jane", "--user-response"],
  ]);
  assertMatch(stderr, /^E: The peer does not confirm the user's identity.*\n$/);
  assertEquals([code, target.identifiers.length], [1, 0]);
});
