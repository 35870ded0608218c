import { assertEquals, assertMatch } from "@std/assert";
import { concat } from "../../../src/base/concat.ts";
import { encodeDataSet } from "../../../src/dicom/encode.ts";
import type { DecodeWarning } from "../../../src/dicom/errors.ts";
import { decodePart10 } from "../../../src/dicom/part10.ts";
import { Tag } from "../../../src/dicom/tag.ts";
import { TransferSyntax } from "../../../src/dicom/uid.ts";
import { patient, serveMatches } from "../../support/find_target.ts";
import { worklistd } from "../../support/running_daemon.ts";
import { ScriptedAcceptor } from "../../support/scripted_acceptor.ts";

const hostile = "\x1b[31mRED\x1b[0m";

Deno.test("find prints a dump of each response, and how it ended on stderr", async () => {
  await using target = serveMatches([patient("DOE^JANE"), patient("DOE^JOHN", "P2")]);
  const { code, stdout, stderr } = await worklistd([
    "find",
    "127.0.0.1",
    target.port,
    "-k",
    "PatientName",
  ]);
  assertEquals(code, 0);
  assertEquals(stdout.split("\n").slice(0, 6), [
    "# Find Response: 1 (Pending)",
    "(0008,0005) CS [ISO_IR 192]                             #  10, 1 SpecificCharacterSet",
    "(0010,0010) PN [DOE^JANE]                               #   8, 1 PatientName",
    "(0010,0020) LO [P1]                                     #   2, 1 PatientID",
    "",
    "# Find Response: 2 (Pending)",
  ]);
  assertEquals(stderr, "2 matches, status 0x0000: Matching is complete\n");
});

Deno.test("find exits 0 without matches, and prints valid JSON of none", async () => {
  await using target = serveMatches([]);
  const peer = ["127.0.0.1", target.port, "-k", "PatientName"];
  const { code, stdout, stderr } = await worklistd(["find", ...peer, "--format", "json"]);
  assertEquals([code, JSON.parse(stdout)], [0, []]);
  assertEquals(stderr, "0 matches, status 0x0000: Matching is complete\n");
});

Deno.test("find prints DICOM JSON as one array, or as one object a line", async () => {
  await using target = serveMatches([patient("Müller^Jörg"), patient("山田^太郎")]);
  const peer = ["127.0.0.1", target.port, "-k", "PatientName", "-q"];
  const names = (json: Record<string, { Value: unknown[] }>[]): unknown[] =>
    json.map((match) => match["00100010"]?.Value[0]);
  const expected = [{ Alphabetic: "Müller^Jörg" }, { Alphabetic: "山田^太郎" }];
  const json = await worklistd(["find", ...peer, "--format", "json"]);
  assertEquals(names(JSON.parse(json.stdout)), expected);
  const ndjson = await worklistd(["find", ...peer, "--format", "ndjson"]);
  assertEquals(
    names(ndjson.stdout.trimEnd().split("\n").map((line) => JSON.parse(line))),
    expected,
  );
  assertEquals(ndjson.stderr, "");
});

Deno.test("find prints CSV whose cells no spreadsheet executes", async () => {
  await using target = serveMatches([patient('=HYPERLINK("x")', "-1"), patient("A, B", "2")]);
  const { stdout } = await worklistd([
    ...["find", "127.0.0.1", target.port, "-k", "PatientName", "-k", "PatientID"],
    ...["--format", "csv"],
  ]);
  assertEquals(
    stdout,
    `PatientName,PatientID\r\n"'=HYPERLINK(""x"")",'-1\r\n"A, B",2\r\n`,
  );
});

Deno.test("find prints a table of the chosen columns, control characters shown", async () => {
  await using target = serveMatches([patient(`DOE^${hostile}`), patient("山田^太郎", "P2")]);
  const { stdout } = await worklistd([
    ...["find", "127.0.0.1", target.port, "-k", "PatientName"],
    ...["--format", "table", "--columns", "(0010,0020),PatientName"],
  ]);
  assertEquals(
    stdout,
    "PatientID  PatientName\nP1         DOE^␛[31mRED␛[0m\nP2         山田^太郎\n",
  );
});

Deno.test("find never lets a control character of a value through to dump, table or stderr", async () => {
  await using target = serveMatches([patient(`DOE^${hostile}`)]);
  for (const format of ["dump", "json", "ndjson", "table"]) {
    const { stdout, stderr } = await worklistd([
      ...["find", "-d", "127.0.0.1", target.port, "-k", "PatientName", "--format", format],
    ]);
    assertEquals(/[\p{Cc}--[\n]]/v.test(stdout + stderr), false, format);
    assertMatch(stdout, /RED/, format);
  }
});

Deno.test("find writes responses to files as they came", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const matches = ["DOE^JANE", "山田^太郎", "DOE^JIM"].map((name) => patient(name));
    await using target = serveMatches(matches);
    const { code, stdout } = await worklistd([
      ...["find", "127.0.0.1", target.port, "-k", "PatientName", "-X", "-od", folder, "-Xlo", "2"],
    ]);
    assertEquals([code, stdout], [0, ""]);
    const files = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assertEquals(files, ["rsp000001.dcm", "rsp000002.dcm"]);
    const { dataSet, meta } = decodePart10(await Deno.readFile(`${folder}/rsp000002.dcm`));
    assertEquals(dataSet.string(Tag.PatientName), "山田^太郎");
    assertEquals(meta.string(Tag.MediaStorageSOPClassUID), "1.2.840.10008.5.1.4.31");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("find writes files under the transfer syntax that the responses are really in", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { ImplicitVrLittleEndian, ExplicitVrLittleEndian } = TransferSyntax;
    const jane = patient("DOE^JANE");
    const implicit = encodeDataSet(jane, ImplicitVrLittleEndian);
    const explicit = encodeDataSet(jane, ExplicitVrLittleEndian);
    // A sequence with VR, its item without.
    const mixed = concat([
      explicit,
      Uint8Array.of(0x40, 0, 0, 1, 0x53, 0x51, 0, 0, 20, 0, 0, 0, 0xFE, 0xFF, 0, 0xE0, 12, 0, 0, 0),
      Uint8Array.of(8, 0, 0x60, 0, 4, 0, 0, 0, 0x43, 0x54, 0x20, 0x20),
    ]);
    await using target = serveMatches([implicit, explicit, mixed]);
    const { code } = await worklistd([
      ...["find", "127.0.0.1", target.port, "-k", "PatientName", "-X", "-od", folder],
    ]);
    assertEquals(code, 0);
    const files = await Promise.all(
      [1, 2, 3].map((number) => Deno.readFile(`${folder}/rsp00000${number}.dcm`)),
    );
    const warnings: DecodeWarning[] = [];
    const found = files.map((file) =>
      decodePart10(file, { onWarning: (warning) => warnings.push(warning) })
    );
    assertEquals(found.map(({ transferSyntaxUid }) => transferSyntaxUid), [
      ImplicitVrLittleEndian,
      ExplicitVrLittleEndian,
      ExplicitVrLittleEndian,
    ]);
    for (const { dataSet } of found) assertEquals(dataSet.string(Tag.PatientName), "DOE^JANE");
    assertEquals(found[2]?.dataSet.items(0x00400100)[0]?.string(0x00080060), "CT");
    assertEquals(warnings, []);
    assertEquals(files[0]?.subarray(-implicit.length), implicit);
    assertEquals(files[1]?.subarray(-explicit.length), explicit);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("find prints and saves queries without a peer, in forms that it reads again", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const keys = ["-k", "PatientName=山田*", "-k", "(0040,0100)[0].Modality=CT"];
    const printed = await worklistd(["find", "--print-query", ...keys]);
    assertEquals(printed.code, 0);
    assertMatch(printed.stdout, /^\(0008,0005\) CS \[ISO_IR 192\]/);
    const json = ["find", "--print-query", "--format", "json"];
    const expected = JSON.parse((await worklistd([...json, ...keys])).stdout);
    for (const name of ["q.dcm", "q.json", "q.dump"]) {
      const path = `${folder}/${name}`;
      assertEquals((await worklistd(["find", "--save-query", path, ...keys])).code, 0);
      assertEquals(JSON.parse((await worklistd([...json, path])).stdout), expected, name);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("find ends quietly when nobody reads its results any more", async () => {
  const many = Array.from({ length: 5000 }, (_, n) => patient(`DOE^${n}`));
  await using target = serveMatches(many);
  const child = new Deno.Command("bash", {
    args: [
      "-c",
      `set -o pipefail; "$0" run -A --no-prompt main.ts find 127.0.0.1 ${target.port} -k PatientName | head -1`,
      Deno.execPath(),
    ],
  });
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  assertEquals(decoder.decode(stdout), "# Find Response: 1 (Pending)\n");
  assertEquals(decoder.decode(stderr), "");
  assertEquals(code, 0);
});

Deno.test("find goes on behind a response that cannot be decoded, says so, and exits 1", async () => {
  const cutShort = Uint8Array.of(0x10, 0, 0x10, 0, 0x50, 0x4E, 40, 0, 0x41);
  await using target = serveMatches([cutShort, patient("DOE^JANE")]);
  const { code, stdout, stderr } = await worklistd([
    ...["find", "127.0.0.1", target.port, "-k", "PatientName"],
  ]);
  assertEquals([code, stdout.includes("DOE^JANE")], [1, true]);
  assertMatch(stderr, /^W: response 1: .*\n2 matches.*\nE: 1 response could not be decoded\n$/);
});

for (
  const [what, options] of [
    ["shows its matches", []],
    ["shows a table", ["--format", "table"]],
    ["hides its matches", ["--hide-responses"]],
  ] as const
) {
  Deno.test(`find that ${what} says that a response without an Identifier cannot be read, and exits 1`, async () => {
    await using target = serveMatches([new Uint8Array(0), patient("DOE^JANE")]);
    const { code, stderr } = await worklistd([
      ...["find", "127.0.0.1", target.port, "-k", "PatientName"],
      ...options,
    ]);
    assertEquals(code, 1);
    assertMatch(stderr, /W: response 1: .*Identifier/);
    assertMatch(stderr, /E: 1 response could not be decoded/);
  });
}

Deno.test("find writes and counts also the responses that cannot be decoded", async () => {
  const folder = await Deno.makeTempDir({ prefix: "worklistd-output-" });
  try {
    const cutShort = Uint8Array.of(0x10, 0, 0x10, 0, 0x50, 0x4E, 40, 0, 0x41);
    await using target = serveMatches([cutShort, patient("DOE^JANE")]);
    const { code, stderr } = await worklistd([
      ...["find", "127.0.0.1", target.port, "-k", "PatientName", "-X", "-od", folder],
    ]);
    assertMatch(stderr, /^W: response 1: .*\n2 matches.*\nE: 1 response could not be decoded\n$/);
    assertEquals(code, 1);
    const written = await Deno.readFile(`${folder}/rsp000001.dcm`);
    assertEquals(written.subarray(-cutShort.length), cutShort);
    const { dataSet } = decodePart10(await Deno.readFile(`${folder}/rsp000002.dcm`));
    assertEquals(dataSet.string(Tag.PatientName), "DOE^JANE");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("find says how many responses have characters that nobody can tell", async () => {
  const latin1 = Uint8Array.of(0x10, 0, 0x10, 0, 0x50, 0x4E, 2, 0, 0x41, 0xC4);
  await using target = serveMatches([latin1, patient("DOE^JÄNE"), latin1]);
  const { code, stdout, stderr } = await worklistd([
    ...["find", "-v", "127.0.0.1", target.port, "-k", "PatientName"],
  ]);
  assertEquals([code, stdout.match(/A\uFFFD/g)?.length], [0, 2]);
  assertMatch(stderr, /\nW: 2 responses with characters that are not of the character set named: /);
});

Deno.test("find says before it asks that a column may stay empty", async () => {
  await using target = serveMatches([patient("DOE^JANE")]);
  const args = ["find", "127.0.0.1", target.port, "-k", "PatientName", "--format", "csv"];
  const unasked = await worklistd([...args, "--columns", "PatientName,Modality"]);
  assertMatch(unasked.stderr, /^W: the query does not ask for Modality: add it to --return/);
  const asked = await worklistd([...args, "--columns", "Modality", "--return", "Modality"]);
  assertMatch(asked.stderr, /^1 match/);
});

Deno.test("find closes the JSON of a query that fails half-way, and exits 1", async () => {
  await using acceptor = new ScriptedAcceptor(async (peer) => {
    await peer.accept();
    const request = await peer.recvMessage();
    await peer.respond(
      request,
      0xFF00,
      Uint8Array.of(0x10, 0, 0x20, 0, 0x4C, 0x4F, 2, 0, 0x50, 0x31),
    );
    await peer.respond(request, 0xA700);
    await peer.acceptRelease();
  });
  const { code, stdout, stderr } = await worklistd([
    ...["find", "127.0.0.1", `${acceptor.port}`, "-k", "PatientID", "--format", "json"],
  ]);
  assertEquals(JSON.parse(stdout), [{ "00100020": { vr: "LO", Value: ["P1"] } }]);
  assertMatch(stderr, /^1 match came before the failure\nE: C-FIND ended with status 0xA700 .*\n$/);
  assertEquals(code, 1);
});

Deno.test("find prints, writes, or does neither with responses, in the words of findscu", async () => {
  await using target = serveMatches([patient("DOE^JANE"), patient("DOE^JOHN")]);
  const peer = ["127.0.0.1", target.port, "-k", "PatientName"];
  const folder = await Deno.makeTempDir({ prefix: "worklistd-output-" });
  try {
    const ways: [options: string[], isPrinted: boolean, written: number][] = [
      [["--show-responses"], true, 0],
      [["--hide-responses"], false, 0],
      [["-X", "-od", folder, "-Xlo", "1"], false, 1],
      [["-w", "+sr", "-od", folder], true, 2],
    ];
    for (const [options, isPrinted, written] of ways) {
      const { code, stdout } = await worklistd(["find", ...options, ...peer]);
      assertEquals([code, stdout !== ""], [0, isPrinted], options.join(" "));
      assertEquals([...Deno.readDirSync(folder)].length, written, options.join(" "));
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("find says why an output cannot be written, and exits 1", async () => {
  for (const option of ["--save-query", "--log-file"]) {
    const { code, stderr } = await worklistd(["find", "-k", "PatientName", option, "/absent/x"]);
    assertMatch(stderr, /^worklistd find: \/absent\/x: no such file or directory\n$/);
    assertEquals(code, 1, option);
  }
});

Deno.test("find says that it is stdout that takes no more", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  await using target = serveMatches([patient("DOE^JANE")]);
  const { code, stderr } = await new Deno.Command("bash", {
    args: [
      "-c",
      `"$0" run -A --no-prompt main.ts find 127.0.0.1 ${target.port} -k PatientName > /dev/full`,
      Deno.execPath(),
    ],
  }).output();
  assertEquals(code, 1);
  assertMatch(new TextDecoder().decode(stderr), /E: stdout: no space left on device\n$/);
});

Deno.test("find warns of a level in a worklist query, and of a study query without", async () => {
  await using target = serveMatches([]);
  const peer = ["127.0.0.1", target.port];
  const leveled = await worklistd([
    ...["find", ...peer, "-k", "QueryRetrieveLevel=STUDY", "-k", "PatientName"],
  ]);
  assertMatch(
    leveled.stderr,
    /^W: a Modality Worklist query has no level: .*--patient or --study\n/,
  );
  const above = await worklistd(["find", "-S", ...peer, "--level", "PATIENT", "-k", "PatientName"]);
  assertMatch(
    above.stderr,
    /^W: a Study Root .* has no level "PATIENT": .* STUDY, SERIES, IMAGE\n/,
  );
  const plain = await worklistd(["find", "-S", ...peer, "-k", "PatientName"]);
  assertMatch(plain.stderr, /^W: a Study Root .* query needs a level, .*--level STUDY\n/);
});
