import { assert, assertEquals, assertRejects } from "@std/assert";
import { SopClass, TransferSyntax } from "../../src/dicom/uid.ts";
import { associate, type AssociateOptions } from "../../src/network/associate.ts";
import type { Association } from "../../src/network/association.ts";
import { AssociationRejectedError, TlsError } from "../../src/network/errors.ts";
import {
  acceptedQueryOptions,
  proposeQueryOptions,
} from "../../src/network/extended_negotiation.ts";
import type { TlsOptions } from "../../src/network/tls.ts";
import { userIdentityRq } from "../../src/network/user_identity.ts";
import { Acceptor } from "../../src/serve/acceptor.ts";
import {
  dcmtk,
  type ForeignServer,
  freePort,
  interopTest,
  python,
  startDcmqrscp,
  startOrthanc,
  startQrscp,
  startWlmscpfs,
} from "../support/foreign.ts";

const worklist = SopClass.ModalityWorklistInformationModelFind;
const patientName = Uint8Array.of(0x10, 0, 0x10, 0, 0, 0, 0, 0);

function connect(
  server: { host: string; port: number; aeTitle: string },
  change: Partial<AssociateOptions> = {},
): Promise<Association> {
  return associate({
    host: server.host,
    port: server.port,
    calledAeTitle: server.aeTitle,
    callingAeTitle: "WORKLISTD",
    presentationContexts: [SopClass.Verification, worklist].map((abstractSyntax) => ({
      abstractSyntax,
      transferSyntaxes: [TransferSyntax.ImplicitVrLittleEndian],
    })),
    ...change,
  });
}

async function countMatches(association: Association, identifier = patientName): Promise<number> {
  let count = 0;
  for await (const batch of association.find({ sopClassUid: worklist, identifier })) {
    count += batch.length;
  }
  return count;
}

const servers: [string, "dcmtk" | "orthanc" | "qrscp", () => Promise<ForeignServer>][] = [
  ["wlmscpfs", "dcmtk", () => startWlmscpfs({ samples: false })],
  ["dcmqrscp", "dcmtk", startDcmqrscp],
  ["Orthanc", "orthanc", startOrthanc],
  ["pynetdicom's qrscp", "qrscp", startQrscp],
];
for (const [name, need, start] of servers) {
  interopTest(`Association echoes ${name} and is released`, [need, "dcmtk"], async () => {
    await using server = await start();
    for (const maxPduLength of [0, 4096, 16383, 131072]) {
      const association = await connect(server, {
        maxPduLength,
        presentationContexts: [{
          abstractSyntax: SopClass.Verification,
          transferSyntaxes: [TransferSyntax.ImplicitVrLittleEndian],
        }],
      });
      await association.echo();
      await association.echo();
      assertEquals(await association.release(), "released");
    }
  });
}

interopTest(
  "Association finds DCMTK's samples in wlmscpfs",
  ["dcmtk", "dcmtk-samples"],
  async () => {
    await using server = await startWlmscpfs({ args: ["-pdu", "4096"] });
    await using association = await connect(server);
    assertEquals(association.acceptor.maximumLength, 4096);
    assertEquals(await countMatches(association), 10);
    // An identifier of many PDUs: a private key that matches nothing.
    const long = new Uint8Array(8 + 20_000);
    long.set(patientName);
    long.set([0x10, 0, 0x20, 0, 0x18, 0x4E, 0, 0], 8);
    long.fill(0x58, 16);
    assertEquals(await countMatches(association, long.subarray(0, 16 + 0x4E18)), 0);
  },
);

interopTest(
  "Association finds DCMTK's samples in Orthanc",
  ["orthanc", "dcmtk-samples"],
  async () => {
    await using samples = await startWlmscpfs();
    await using server = await startOrthanc();
    for await (const { name } of Deno.readDir(`${samples.folder}/OFFIS`)) {
      if (!name.endsWith(".wl")) continue;
      await Deno.copyFile(`${samples.folder}/OFFIS/${name}`, `${server.folder}/worklists/${name}`);
    }
    await using association = await connect(server);
    assertEquals(await countMatches(association), 10);
  },
);

interopTest("Association cancels a find of wlmscpfs", ["dcmtk", "dcmtk-samples"], async () => {
  await using server = await startWlmscpfs({ args: ["--sleep-during", "1"] });
  const association = await connect(server);
  let count = 0;
  for await (const batch of association.find({ sopClassUid: worklist, identifier: patientName })) {
    count += batch.length;
    break;
  }
  assertEquals(count, 1);
  await association.echo();
  assertEquals(await association.release(), "released");
});

interopTest(
  "associate() is rejected by wlmscpfs in words",
  ["dcmtk", "dcmtk-samples"],
  async () => {
    await using server = await startWlmscpfs();
    const error = await assertRejects(
      () => connect({ ...server, aeTitle: "NOBODY" }),
      AssociationRejectedError,
      'called AE title not recognized (we called it "NOBODY"',
    );
    assertEquals([error.result, error.source, error.reason], [1, 1, 7]);
  },
);

interopTest("Acceptor serves DCMTK's echoscu and findscu", ["dcmtk"], async () => {
  await using acceptor = Acceptor.listen({
    aeTitle: "RIS",
    find: ({ identifier }) => Array(25).fill(identifier),
  });
  const peer = ["-aec", "RIS", "127.0.0.1", `${acceptor.port}`];
  const echo = await dcmtk("echoscu", "-v", "--repeat", "3", ...peer);
  assertEquals(echo.code, 0, echo.stderr);
  const find = await dcmtk("findscu", "-v", "-W", "-k", "0010,0010=DOE^JANE", ...peer);
  assertEquals(find.code, 0, find.stderr);
  const output = find.stdout + find.stderr;
  assertEquals(output.match(/\(0010,0010\) PN \[DOE\^JANE/g)?.length, 26);
  const cancelled = await dcmtk("findscu", "-v", "-W", "--cancel", "3", "-k", "0010,0010", ...peer);
  assertEquals(cancelled.code, 0, cancelled.stderr);
  const rejected = await dcmtk("echoscu", "-aec", "NOBODY", ...peer.slice(2));
  assert(/Called AE Title Not Recognized/.test(rejected.stdout + rejected.stderr));
});

interopTest("Acceptor serves pynetdicom's findscu", ["pynetdicom"], async () => {
  await using acceptor = Acceptor.listen({ find: ({ identifier }) => Array(3).fill(identifier) });
  const { code, stderr } = await python(
    `
import sys
from pydicom.dataset import Dataset
from pynetdicom import AE
ae = AE()
ae.add_requested_context("${worklist}")
query = Dataset()
query.PatientName = "DOE^JANE"
association = ae.associate("127.0.0.1", int(sys.argv[1]))
answers = [(status.Status, data) for status, data in association.send_c_find(query, "${worklist}")]
association.release()
assert [status for status, _ in answers] == [0xFF00, 0xFF00, 0xFF00, 0x0000], answers
assert all(data.PatientName == "DOE^JANE" for _, data in answers[:3]), answers
`,
    `${acceptor.port}`,
  );
  assertEquals(code, 0, stderr);
});

interopTest(
  "Association negotiates with pynetdicom what pynetdicom sees",
  ["pynetdicom"],
  async () => {
    const port = freePort();
    const study = SopClass.StudyRootQueryRetrieveInformationModelFind;
    const seen = python(
      `
import json, sys, threading
from pynetdicom import AE, evt
done = threading.Event()
seen = {}
def on_identity(event):
    seen["identity"] = [event.user_id_type, event.primary_field.hex(), event.secondary_field.hex()]
    return True, b"welcome"
def on_extended(event):
    seen["extended"] = {uid: info.hex() for uid, info in event.app_info.items()}
    return event.app_info
def on_window(event):
    seen["window"] = [event.nr_invoked, event.nr_performed]
    return 1, 1
def on_end(event):
    done.set()
ae = AE()
ae.add_supported_context("${study}", scu_role=True, scp_role=True)
handlers = [(evt.EVT_USER_ID, on_identity), (evt.EVT_SOP_EXTENDED, on_extended),
            (evt.EVT_ASYNC_OPS, on_window), (evt.EVT_CONN_CLOSE, on_end)]
server = ae.start_server(("127.0.0.1", int(sys.argv[1])), block=False, evt_handlers=handlers)
done.wait(20)
server.shutdown()
print(json.dumps(seen))
`,
      `${port}`,
    );
    const extended = proposeQueryOptions(study, { relational: true, fuzzyNames: true });
    assert(extended !== undefined);
    const association = await untilReady(() =>
      connect({ host: "127.0.0.1", port, aeTitle: "ANY" }, {
        presentationContexts: [
          { abstractSyntax: study, transferSyntaxes: [TransferSyntax.ImplicitVrLittleEndian] },
        ],
        extendedNegotiation: [extended],
        userIdentity: userIdentityRq({ jsonWebToken: "e30.", positiveResponseRequested: true }),
        asyncWindow: { maximumNumberOperationsInvoked: 3, maximumNumberOperationsPerformed: 2 },
        roles: [{ sopClassUid: study, scuRole: true, scpRole: false }],
      })
    );
    const { acceptor } = association;
    assertEquals(acceptor.userIdentityResponse, new TextEncoder().encode("welcome"));
    assertEquals(acceptor.roleSelections, [{ sopClassUid: study, scuRole: true, scpRole: false }]);
    assertEquals(acceptor.asynchronousOperationsWindow?.maximumNumberOperationsInvoked, 1);
    assertEquals(acceptedQueryOptions(study, acceptor.sopClassExtendedNegotiations), {
      relational: true,
      dateTime: false,
      fuzzyNames: true,
      timezone: false,
      enhancedConversion: false,
    });
    assertEquals(await association.release(), "released");
    const { stdout, stderr } = await seen;
    assertEquals(JSON.parse(stdout || `"${stderr}"`), {
      identity: [5, new TextEncoder().encode("e30.").toHex(), ""],
      extended: { [study]: "0100010000" },
      window: [3, 2],
    });
  },
);

// TLS.

const folder = new URL("../golden/tls/", import.meta.url);
const text = (name: string): string => Deno.readTextFileSync(new URL(name, folder));
const path = (name: string): string => new URL(name, folder).pathname;
const ca = [text("ca.pem")];
const client = { cert: text("client.pem"), key: text("client.key") };

interopTest("Association speaks TLS with DCMTK's storescp, by host name, with a certificate", [
  "dcmtk",
], async () => {
  await using server = startTls("storescp", (port) => [
    ...[
      "+tls",
      path("server.key"),
      path("server.pem"),
      "+cf",
      path("ca.pem"),
      "--require-peer-cert",
    ],
    `${port}`,
  ]);
  for (const host of ["localhost", "127.0.0.1"]) {
    const association = await untilReady(() =>
      tlsAssociation(server.port, { ca, ...client }, host)
    );
    await association.echo();
    assertEquals(await association.release(), "released");
  }
  await assertRejects(
    () => tlsAssociation(server.port, { ca }),
    TlsError,
    "the peer wants a certificate from us",
  );
});

interopTest("Acceptor serves DCMTK's findscu over TLS", ["dcmtk"], async () => {
  await using acceptor = Acceptor.listen({
    find: ({ identifier }) => Array(100).fill(identifier),
    tls: { cert: text("server.pem"), key: text("server.key") },
  });
  const tls = ["+tls", path("client.key"), path("client.pem"), "+cf", path("ca.pem")];
  const { code, stdout, stderr } = await dcmtk(
    "findscu",
    ...["-v", "-W", "-k", "0010,0010", ...tls, "127.0.0.1", `${acceptor.port}`],
  );
  assertEquals(code, 0, stderr);
  assert(/Find Response: 100 |Received Find Response 100/i.test(stdout + stderr));
});

interopTest("associate() tells a peer that speaks TLS 1.0 only", ["openssl"], async () => {
  await using server = startTls("openssl", (port) => [
    ...["s_server", "-accept", `${port}`, "-cert", path("server.pem"), "-key", path("server.key")],
    ...["-tls1", "-cipher", "ALL:@SECLEVEL=0", "-quiet"],
  ]);
  const error = await assertRejects(
    () => untilReady(() => tlsAssociation(server.port, { ca })),
    TlsError,
    "the peer speaks neither TLS 1.2 nor 1.3: put a proxy such as stunnel in front of it",
  );
  assertEquals(error.port, server.port);
});

function tlsAssociation(port: number, tls: TlsOptions, host = "127.0.0.1"): Promise<Association> {
  return connect({ host, port, aeTitle: "ANY" }, { tls });
}

function startTls(
  program: string,
  args: (port: number) => string[],
): AsyncDisposable & { port: number } {
  const port = freePort();
  const command = new Deno.Command(program === "storescp" ? "/usr/bin/storescp" : program, {
    args: args(port),
    stdin: "null",
    stdout: "null",
    stderr: "null",
  });
  const child = command.spawn();
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await child.status;
    },
  };
}

/** Tries again while nobody listens: a foreign process has no other way to say that it is ready. */
async function untilReady<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 0;; tries++) {
    try {
      return await attempt();
    } catch (error) {
      const isRefused = error instanceof Error && error.message.includes("connection refused");
      if (!isRefused || tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
