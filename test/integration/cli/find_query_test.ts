import { assertEquals, assertMatch } from "@std/assert";
import { Tag } from "../../../src/dicom/tag.ts";
import { serveMatches } from "../../support/find_target.ts";
import { worklistd } from "../../support/running_daemon.ts";

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What would be sent, as DICOM JSON. */
async function queryOf(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Record<string, { vr: string; Value?: unknown[]; InlineBinary?: string }>> {
  const { code, stdout, stderr } = await worklistd(
    ["find", "--print-query", "--format", "ndjson", ...args],
    { env },
  );
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout);
}

Deno.test("find lays lines, level, keys and return keys over a query file, in this order", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(
      `${folder}/q.dump`,
      "(0008,0050) SH [FILE]\n(0008,0052) CS [PATIENT]\n(0010,0010) PN [FILE]\n(0010,0020) LO [FILE]\n",
    );
    await Deno.writeTextFile(`${folder}/lines`, "# lines\nAccessionNumber=LINE\nPatientID=LINE\n");
    const query = await queryOf([
      ...["-S", `${folder}/q.dump`, "-k", "PatientID=KEY", "--level", "STUDY"],
      ...["--query-file", `${folder}/lines`, "--return", "PatientName,StudyDate"],
    ]);
    assertEquals(query, {
      "00080020": { vr: "DA" },
      "00080050": { vr: "SH", Value: ["LINE"] },
      "00080052": { vr: "CS", Value: ["STUDY"] },
      "00100010": { vr: "PN", Value: [{ Alphabetic: "FILE" }] },
      "00100020": { vr: "LO", Value: ["KEY"] },
    });
  }));

Deno.test("find passes over blanks around the equals sign in query files, laid over or alone", () =>
  withFolder(async (folder) => {
    const lines =
      "PatientName = DOE^J=K \n\t(0008,0050)\t=\tA 1\nPatientID =\n AccessionNumber= A 1\n";
    await Deno.writeTextFile(`${folder}/lines`, lines);
    for (const args of [["--query-file", `${folder}/lines`], [`${folder}/lines`]]) {
      assertEquals(await queryOf(args), {
        "00080050": { vr: "SH", Value: ["A 1"] },
        "00100010": { vr: "PN", Value: [{ Alphabetic: "DOE^J", Ideographic: "K" }] },
        "00100020": { vr: "LO" },
      });
    }
  }));

Deno.test("find -u pads text that it sends as OB with a space, as DCMTK does", async () => {
  const query = await queryOf(["-k", "0040,A160=abc", "-u"]);
  assertEquals(query["0040A160"], { vr: "OB", InlineBinary: btoa("abc ") });
});

Deno.test("find, echo and worklistd print their version by -V", async () => {
  const versions = [["--version"], ["-V"], ["find", "-V"], ["echo", "-V"]].map((args) =>
    worklistd(args)
  );
  const [expected, ...others] = await Promise.all(versions);
  assertMatch(expected?.stdout ?? "", /^worklistd \d/);
  for (const { code, stdout } of others) assertEquals([code, stdout], [0, expected?.stdout]);
});

Deno.test("find reads a query from stdin", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-prompt",
      "main.ts",
      "find",
      "--print-query",
      "--format",
      "ndjson",
      "-",
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode('{"00100020":{"vr":"LO","Value":["P1"]}}'));
  await writer.close();
  const { stdout } = await child.output();
  assertEquals(JSON.parse(new TextDecoder().decode(stdout)), {
    "00100020": { vr: "LO", Value: ["P1"] },
  });
});

Deno.test("find asks for all that the model returns where nothing else is asked", async () => {
  const worklist = await queryOf([]);
  assertEquals(worklist["00400100"]?.Value?.length, 1);
  assertEquals("00080052" in worklist, false);
  const study = await queryOf(["-S"]);
  assertEquals(study["00080052"]?.Value, ["STUDY"]);
  assertEquals("0020000D" in study, true);
  assertEquals("00080005" in study, false);
});

Deno.test("find resolves relative dates in the time zone that it is told", async () => {
  const dayIn = (zone: string): string =>
    Temporal.Now.plainDateISO(zone).toString().replaceAll("-", "");
  for (const zone of ["Pacific/Kiritimati", "Pacific/Pago_Pago"]) {
    const before = dayIn(zone);
    const query = await queryOf(["-k", "StudyDate=today", "--timezone", zone]);
    assertEquals([before, dayIn(zone)].includes(String(query["00080020"]?.Value?.[0])), true, zone);
  }
});

Deno.test("find sends text in the named character set if that holds it, else says what it sends", async () => {
  const named = ["-k", "SpecificCharacterSet=ISO_IR 101", "--print-query", "-k"];
  const holds = await worklistd(["find", ...named, "PatientName=WAŁĘSA"]);
  assertMatch(holds.stdout, /\[ISO_IR 101\]/);
  assertEquals(holds.stderr, "");
  const other = await worklistd(["find", ...named, "PatientName=山田"]);
  assertMatch(other.stdout, /\[ISO_IR 192\]/);
  assertMatch(
    other.stderr,
    /^W: ISO_IR 101 does not hold the query's text: it is sent as ISO_IR 192/,
  );
});

Deno.test("find reads a dump in the character set that it names", () =>
  withFolder(async (folder) => {
    const path = `${folder}/query.dump`;
    const latin = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
    const dumps: [text: string, name: Record<string, string>][] = [
      ["(0008,0005) CS [ISO_IR 144]\n(0010,0010) PN [\xBB\xEE\xDA]\n", { Alphabetic: "Люк" }],
      [
        "(0008,0005) CS [\\ISO 2022 IR 87]\n(0010,0010) PN [Yamada=\x1B$B;3ED\x1B(B]\n",
        { Alphabetic: "Yamada", Ideographic: "山田" },
      ],
    ];
    for (const [text, name] of dumps) {
      await Deno.writeFile(path, latin(text));
      const { "00100010": patientName } = await queryOf([path]);
      assertEquals(patientName?.Value, [name]);
    }
    await Deno.writeFile(path, latin("PatientName=\x1B[31m\n"));
    const { code, stderr } = await worklistd(["find", "h:104", path]);
    assertEquals(code, 2);
    assertMatch(stderr, /query\.dump is no query: it has control characters/);
  }));

Deno.test("find takes no empty array for a query", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/none.json`, "[]");
    const { code, stderr } = await worklistd(["find", "h:104", `${folder}/none.json`]);
    assertEquals(code, 2);
    assertMatch(stderr, /none\.json is no query: its array is empty/);
  }));

Deno.test("find sends VRs younger than 1993 as OB when told to", async () => {
  const keys = ["-k", "TextValue=A", "-k", "PatientID=P", "-k", "URNCodeValue=urn:x"];
  const young = await queryOf(keys);
  assertEquals([young["0040A160"]?.vr, young["00080120"]?.vr], ["UT", "UR"]);
  const old = await queryOf([...keys, "-u"]);
  assertEquals([old["0040A160"]?.vr, old["00080120"]?.vr, old["00100020"]?.vr], ["OB", "OB", "LO"]);
});

Deno.test("find knows the attributes of dictionaries of one's own", () =>
  withFolder(async (folder) => {
    const path = `${folder}/acme.dic`;
    await Deno.writeTextFile(
      path,
      '(4321,1010)\tDS\tAcmeDose\t1\tACME\n(0029,"ACME",10)\tUS\tAcmeRoom\t1\tPrivateTag\n',
    );
    const expected = { "43211010": { vr: "DS", Value: [1.5] } };
    assertEquals(await queryOf(["--dictionary", path, "-k", "AcmeDose=1.5"]), expected);
    assertEquals(await queryOf(["-k", "AcmeDose=1.5"], { DCMDICTPATH: `:${path}` }), expected);
    assertEquals(await queryOf(["-k", "AcmeDose=1.5"], { DCMDICTPATH: `/none:${path}` }), expected);
    const inItem = ["-k", "BeamSequence[0].0029,0010=ACME", "-k", "BeamSequence[0].0029,1010=7"];
    const { "300A00B0": beams } = await queryOf(["--dictionary", path, ...inItem]);
    assertEquals(beams?.Value?.[0], {
      "00290010": { vr: "LO", Value: ["ACME"] },
      "00291010": { vr: "US", Value: [7] },
    });
    const byName = await worklistd(["find", "--dictionary", path, "-k", "AcmeRoom=7", "h:1"]);
    assertMatch(
      byName.stderr,
      /AcmeRoom is private, write \(0029,1010\), with "ACME" as \(0029,0010\)/,
    );
    const { code, stderr } = await worklistd(["find", "--dictionary", `${folder}/none`, "h:1"]);
    assertEquals(code, 2);
    assertMatch(stderr, /the dictionary .*none cannot be read: no such file/);
  }));

Deno.test("find takes the words of command files, and prints them when told to", () =>
  withFolder(async (folder) => {
    await using target = serveMatches([]);
    await Deno.writeTextFile(
      `${folder}/cmd`,
      `-S --level STUDY\n-k "PatientName=DOE JANE" 127.0.0.1 ${target.port}\n`,
    );
    const { code, stderr } = await worklistd(["find", `@${folder}/cmd`, "--arguments"]);
    assertEquals(code, 0);
    assertMatch(
      stderr,
      /^worklistd find -S --level STUDY -k PatientName=DOE JANE 127\.0\.0\.1 \d+/,
    );
    assertEquals(target.identifiers[0]?.string(Tag.PatientName), "DOE JANE");
  }));

Deno.test("find writes its messages to a file that it rotates", () =>
  withFolder(async (folder) => {
    await using target = serveMatches([]);
    const log = `${folder}/find.log`;
    const args = ["find", "-d", "127.0.0.1", target.port, "-k", "PatientName", "--log-file", log];
    for (let n = 0; n < 4; n++) {
      const { stderr } = await worklistd([
        ...[...args, "--log-file-size", "3kB", "--log-file-keep", "2"],
      ]);
      assertMatch(stderr, /D: =+ A-ASSOCIATE-RQ sent/);
    }
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assertEquals(names, ["find.log", "find.log.1", "find.log.2"]);
    for (const name of names) {
      assertEquals(Deno.statSync(`${folder}/${name}`).size <= 3000, true, name);
    }
    assertMatch(Deno.readTextFileSync(log), /^\d{4}-\d\d-\d\dT[\d:.]+Z [DI]: /);
  }));

Deno.test("find goes on where its log file takes no more", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  await using target = serveMatches([]);
  const { code, stderr } = await worklistd([
    ...["find", "-v", "127.0.0.1", target.port, "-k", "PatientName", "--log-file", "/dev/full"],
  ]);
  assertEquals(code, 0);
  assertMatch(stderr, /\nE: \/dev\/full: no space left on device; nothing more is written there\n/);
  assertMatch(stderr, /\n0 matches, status 0x0000: Matching is complete\n$/);
});

const mistakes: [args: string[], says: RegExp][] = [
  [["h:104", "-k", "PatentName=X"], /no keyword "PatentName"; did you mean "PatientName"\?/],
  [["h:104", "-k", "PatientName.Modality=X"], /PatientName is no sequence/],
  [["h:104", "-k", "Columns=SECRET"], /Cannot use the key Columns: /],
  [["h:104", "-k", "StudyDate=tomorow"], /Cannot use the key StudyDate: /],
  [["h:104", "AccessionNumber=A1"], /there is no query file .*a key is given as -k/],
  [["h:104", "main.ts"], /main\.ts is no query/],
  [["h:104", "/dev/null"], /\/dev\/null is no query: it is empty/],
  [["h:104", "src"], /the query file src cannot be read: is a directory/],
  [
    ["h:104", "--dictionary", "absent.dic"],
    /the dictionary absent\.dic cannot be read: no such file/,
  ],
  [["h:104", "--format", "table", "--columns", "PatentName"], /did you mean "PatientName"\?/],
  [["h:104", "--columns", "PatientName"], /--columns is for --format table and csv/],
  [["h:104", "-Xlo", "2"], /--limit-output does nothing without --extract/],
  [["h:104", "--log-file-keep", "2"], /--log-file-keep does nothing without --log-file/],
  [["h:104", "-k", "0002,0010=1.2"], /\(0002,0010\) is no attribute of a query/],
  [["h:104", "-X", "-od", "absent"], /--output-directory: there is no folder absent/],
  [
    ["h:104", "--user", "a", "--user-password-file", "absent"],
    /the password file absent cannot be read: no such file/,
  ],
  [["h:104", "--user-response"], /--user-response needs an identity to confirm/],
  [["h:104", "--user-jwt", "absent"], /the assertion or token absent cannot be read/],
  [["h:104", "-ic"], /--tls-verify needs --tls or --tls-identity: TLS is off without/],
  [["h:104", "+cf", "ca.pem"], /--tls-ca needs --tls or --tls-identity/],
  [["h:104", "-pdu", "4095"], /--max-pdu must be 4096 to 131072, or 0 for no limit/],
  [
    ["h:104", "-aet", "TITLE_OF_17_CHARS"],
    /"TITLE_OF_17_CHARS" is no AE title: these have 1 to 16 ASCII/,
  ],
  [["h:104", "--transfer-syntaxes", "jpeg"], /jpeg is none of explicit-little/],
  [["h:104", "--timezone", "Mars/Base"], /--timezone must be a time zone/],
  [["h:104", "--user", "a", "--user-jwt", "b"], /only one of --user/],
  [["ris"], /the peer ris has no port/],
  [[], /a peer is missing/],
];
for (const [args, says] of mistakes) {
  Deno.test(`find ${args.join(" ")} is a mistake and exits 2`, async () => {
    const { code, stdout, stderr } = await worklistd(["find", ...args]);
    assertEquals([code, stdout], [2, ""]);
    assertMatch(stderr, says);
    assertMatch(stderr, /\nTry worklistd find --help\n$/);
    assertEquals(stderr.includes("SECRET"), false);
  });
}

Deno.test("find says where a query file is no JSON, and not what stands there", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, '{"00100010":{"vr":"PN","Value":[SECRET]}}');
    const { code, stderr } = await worklistd(["find", "h:104", path]);
    assertEquals(code, 2);
    assertMatch(stderr, /is no query: it is no JSON\b/);
    assertEquals(stderr.includes("SECRET"), false);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("worklistd prints its commands, its version, and the mistake in a command's name", async () => {
  const overview = await worklistd(["--help"]);
  assertEquals([overview.code, overview.stderr], [0, ""]);
  assertMatch(overview.stdout, /\n {2}find +send a C-FIND/);
  assertMatch((await worklistd(["--version"])).stdout, /^worklistd \d+\.\d+\.\d+\n$/);
  const nothing = await worklistd([]);
  assertEquals([nothing.code, nothing.stdout], [2, ""]);
  const mistyped = await worklistd(["fnid"]);
  assertEquals([mistyped.code, mistyped.stdout], [2, ""]);
  assertMatch(mistyped.stderr, /unknown command; did you mean find\?/);
});
