import { assert, assertEquals, assertMatch } from "@std/assert";
import { readCredentials } from "../../src/network/tls.ts";
import { listenTls } from "../../src/serve/tls_listener.ts";
import { dcmtk, dicomRsFindscu, interopTest, python } from "../support/foreign.ts";
import { serveStore } from "../support/serve_store.ts";
import { MemoryStore, plannedSteps } from "../support/served_items.ts";

/** Certificates as a site makes them, and those that must be refused. */
class Certificates implements AsyncDisposable {
  private constructor(readonly folder: string) {}

  static async make(): Promise<Certificates> {
    const made = new Certificates(await Deno.makeTempDir({ prefix: "worklistd-tls-" }));
    await made.authority("ca");
    await made.authority("other");
    await made.issue("server", "ca", "serverAuth");
    await made.issue("station", "ca", "clientAuth");
    await made.issue("stranger", "other", "clientAuth");
    await made.issue("servers-only", "ca", "serverAuth");
    // A station's certificate is no authority: what it signs is worth nothing.
    await made.issue("forged", "station", "clientAuth");
    await made.issue("old", "ca", "clientAuth", "-1");
    await made.#openssl(
      ...["x509", "-req", "-in", "station.csr", "-CA", "ca.pem", "-CAkey", "ca.key"],
      ...["-CAcreateserial", "-days", "30", "-out", "version1.pem"],
    );
    await Deno.copyFile(made.path("station.key"), made.path("version1.key"));
    await Deno.writeTextFile(
      made.path("forged.pem"),
      await made.text("forged.pem") + await made.text("station.pem"),
    );
    return made;
  }

  path(name: string): string {
    return `${this.folder}/${name}`;
  }

  text(name: string): Promise<string> {
    return Deno.readTextFile(this.path(name));
  }

  async authority(name: string): Promise<void> {
    await this.#openssl(
      ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", `/CN=${name}`],
      ...["-keyout", `${name}.key`, "-out", `${name}.pem`],
    );
  }

  async issue(name: string, by: string, usage: string, days = "30"): Promise<void> {
    await this.#openssl(
      ...["req", "-newkey", "rsa:2048", "-nodes", "-subj", `/CN=${name}`],
      ...["-keyout", `${name}.key`, "-out", `${name}.csr`],
    );
    const extensions = `subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=${usage}\n` +
      "basicConstraints=CA:FALSE\n";
    await Deno.writeTextFile(this.path(`${name}.ext`), extensions);
    await this.#openssl(
      ...["x509", "-req", "-in", `${name}.csr`, "-CA", `${by}.pem`, "-CAkey", `${by}.key`],
      ...["-CAcreateserial", "-days", days, "-extfile", `${name}.ext`, "-out", `${name}.pem`],
    );
  }

  async #openssl(...args: string[]): Promise<void> {
    const { success, stderr } = await new Deno.Command("openssl", { args, cwd: this.folder })
      .output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

function threeSteps(): MemoryStore {
  const store = new MemoryStore("ct");
  store.commit("1", plannedSteps({ id: "1", name: "Müller^Änne", characterSet: "ISO_IR 100" }));
  store.commit("2", plannedSteps({ id: "2" }));
  store.commit("3", plannedSteps({ id: "3", modality: "MR", station: "MR1" }));
  return store;
}

const keys = ["-k", "PatientName", "-k", "(0040,0100)[0].Modality=CT"];
const pending = /Find Response: \d+ \(Pending\)/g;

interopTest("findscu of DCMTK gets its list in each transfer syntax", ["dcmtk"], async () => {
  await using server = serveStore(threeSteps());
  for (const proposal of ["-x=", "-xe", "-xb", "-xi", "-xd"]) {
    const args = ["-v", proposal, "-W", "-aec", "RAD", server.host, `${server.port}`, ...keys];
    const { code, stdout, stderr } = await dcmtk("findscu", ...args);
    assertEquals(code, 0, `${proposal}: ${stderr}`);
    assertEquals((stdout + stderr).match(pending)?.length, 2, `${proposal}: ${stdout}${stderr}`);
  }
});

interopTest("echoscu of DCMTK is answered, also several times on one association", [
  "dcmtk",
], async () => {
  await using server = serveStore(threeSteps());
  const { code, stderr } = await dcmtk(
    "echoscu",
    ...["--repeat", "5", "-aec", "RAD", server.host, `${server.port}`],
  );
  assertEquals(code, 0, stderr);
});

interopTest("findscu of dicom-rs gets its list, name by name", ["dicom-rs"], async () => {
  await using server = serveStore(threeSteps());
  const run = async (...queries: string[]): Promise<string> => {
    const { code, stdout, stderr } = await dicomRsFindscu(
      ...["-v", "-W", "--called-ae-title", "RAD", `${server.host}:${server.port}`],
      ...queries.flatMap((query) => ["-q", query]),
    );
    assertEquals(code, 0, stderr);
    assertMatch(stdout + stderr, /Matching is complete/);
    return stdout + stderr;
  };
  const ask = async (...queries: string[]): Promise<string[]> =>
    [...(await run("PatientName=", ...queries)).matchAll(/PatientName +PN .*"(.*)"/g)]
      .map(([, name]) => name ?? "");
  const modality = "ScheduledProcedureStepSequence.Modality";
  assertEquals(await ask(`${modality}=CT`), ["Müller^Änne", "Doe^Jane"]);
  assertEquals(await ask(`${modality}=MR`), ["Doe^Jane"]);
  assertEquals(await ask(), ["Müller^Änne", "Doe^Jane", "Doe^Jane"]);
  assertEquals(await ask(`${modality}=CT`, "PatientID=P2"), ["Doe^Jane"]);
  assertEquals(await ask(`${modality}=XX`), []);
  // With a key that is not supported each match has the status FF01, and all of them arrive.
  assertEquals((await run("EthnicGroup=")).match(/pending: ff01/g)?.length, 3);
});

const pynetdicomStation = `
import sys, ssl
from pydicom.dataset import Dataset
from pynetdicom import AE
from pynetdicom.sop_class import ModalityWorklistInformationFind, Verification
port = int(sys.argv[1])
tls = None
if len(sys.argv) > 2:
    context = ssl.create_default_context(cafile=sys.argv[2])
    if sys.argv[3]: context.load_cert_chain(sys.argv[3], sys.argv[4])
    tls = (context, "localhost")
ae = AE(ae_title="PY")
ae.acse_timeout = 5
ae.add_requested_context(ModalityWorklistInformationFind)
ae.add_requested_context(Verification)
assoc = ae.associate("127.0.0.1", port, ae_title="RAD", tls_args=tls)
if not assoc.is_established:
    print("not established")
    sys.exit(0)
print("echo", hex(assoc.send_c_echo().Status))
for modality in ("CT", "MR", "", "XX"):
    query = Dataset()
    query.PatientName = ""
    step = Dataset()
    step.Modality = modality
    query.ScheduledProcedureStepSequence = [step]
    names = []
    for status, match in assoc.send_c_find(query, ModalityWorklistInformationFind):
        if status.Status in (0xFF00, 0xFF01): names.append(str(match.PatientName))
        else: print(modality, sorted(names), hex(status.Status))
assoc.release()
`;

const expectedOfPynetdicom = [
  "echo 0x0",
  "CT ['Doe^Jane', 'Müller^Änne'] 0x0",
  "MR ['Doe^Jane'] 0x0",
  " ['Doe^Jane', 'Doe^Jane', 'Müller^Änne'] 0x0",
  "XX [] 0x0",
].join("\n");

interopTest("pynetdicom asks several times on one association", ["pynetdicom"], async () => {
  await using server = serveStore(threeSteps());
  const { stdout, stderr } = await python(pynetdicomStation, `${server.port}`);
  assertEquals(stdout.trim(), expectedOfPynetdicom, stderr);
});

interopTest("over TLS only a station with a certificate of our authorities is answered", [
  "dcmtk",
  "openssl",
  "pynetdicom",
], async () => {
  await using certificates = await Certificates.make();
  const read = (name: string): Promise<Uint8Array> => Deno.readFile(certificates.path(name));
  const credentials = readCredentials({
    ca: [await read("ca.pem")],
    cert: await read("server.pem"),
    key: await read("server.key"),
  });
  const stations = ["station", "stranger", "servers-only", "forged", "old", "version1", ""];
  const answered: Record<string, string[]> = {};
  for (const clientCert of ["require", "if_present", "ignore"] as const) {
    const refused: string[] = [];
    const listener = await listenTls({
      ...{ host: "127.0.0.1", port: 0, credentials, clientCert, handshakeMs: 5000 },
      onRefused: (why) => void refused.push(why),
    });
    await using server = serveStore(threeSteps(), {}, { listener });
    answered[clientCert] = [];
    for (const station of stations) {
      const own = station === ""
        ? ["+tla"]
        : ["+tls", certificates.path(`${station}.key`), certificates.path(`${station}.pem`)];
      const { code, stdout, stderr } = await dcmtk(
        "findscu",
        ...["-v", "-to", "5", "-ta", "5", ...own, "+cf", certificates.path("ca.pem")],
        ...["-W", "-aec", "RAD", "localhost", `${server.port}`, ...keys],
      );
      const count = (stdout + stderr).match(pending)?.length ?? 0;
      if (code === 0 && count === 2) answered[clientCert]?.push(station);
      else assertEquals(count, 0, `${clientCert} ${station}: ${stderr}`);
    }
    assert(clientCert === "ignore" || refused.length > 0);
    const py = await python(
      pynetdicomStation,
      ...[`${server.port}`, certificates.path("ca.pem")],
      ...[certificates.path("station.pem"), certificates.path("station.key")],
    );
    assertEquals(py.stdout.trim(), expectedOfPynetdicom, py.stderr);
  }
  assertEquals(answered, {
    require: ["station"],
    if_present: ["station", ""],
    ignore: stations,
  });
});
