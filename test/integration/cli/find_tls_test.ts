import { assertEquals, assertMatch } from "@std/assert";
import { type AssociationValues, echoSpec } from "../../../src/cli/options/find_options.ts";
import { parseArguments } from "../../../src/cli/options/option_table.ts";
import { tlsOptionsOf } from "../../../src/cli/options/tls_arguments.ts";
import { patient, serveMatches } from "../../support/find_target.ts";
import { worklistd } from "../../support/running_daemon.ts";

const folder = "test/golden/tls";

function certificate(name: string): { cert: string; key: string } {
  return {
    cert: Deno.readTextFileSync(`${folder}/${name}.pem`),
    key: Deno.readTextFileSync(`${folder}/${name}.key`),
  };
}

Deno.test("find speaks TLS with PEM and DER, CA files and folders, and keys with a password", async () => {
  const authorities = await Deno.makeTempDir();
  try {
    await Deno.copyFile(`${folder}/ca.pem`, `${authorities}/a.pem`);
    await Deno.copyFile(`${folder}/other_ca.pem`, `${authorities}/b.pem`);
    await using target = serveMatches([patient("DOE^JANE")], { tls: certificate("server") });
    const password = await Deno.makeTempFile();
    await Deno.writeTextFile(password, "secret\n");
    const ways = [
      ["+tla", "+cf", `${folder}/ca.pem`],
      ["--tls", "+cf", `${folder}/ca.der`, "-der"],
      ["--tls", "+cd", authorities],
      ["+tls", `${folder}/client.key`, `${folder}/client.pem`, "+cf", `${folder}/ca.pem`],
      ["+tls", `${folder}/client_key.der`, `${folder}/client.der`, "+cf", `${folder}/ca.pem`],
      [
        ...["+tls", `${folder}/client_encrypted.key`, `${folder}/client.pem`],
        ...["+cf", `${folder}/ca.pem`, "+pw", "secret"],
      ],
      [
        ...["+tls", `${folder}/client_encrypted.key`, `${folder}/client.pem`],
        ...["+cf", `${folder}/ca.pem`, "--tls-password-env", "TLS_PASSWORD"],
      ],
      [
        ...["+tls", `${folder}/client_encrypted.key`, `${folder}/client.pem`],
        ...["+cf", `${folder}/ca.pem`, "--tls-password-file", password],
      ],
    ];
    for (const way of ways) {
      const { code, stderr } = await worklistd(
        ["find", ...way, "127.0.0.1", target.port, "-k", "PatientName"],
        { env: { TLS_PASSWORD: "secret" } },
      );
      assertEquals(stderr, "1 match, status 0x0000: Matching is complete\n", way.join(" "));
      assertEquals(code, 0, way.join(" "));
    }
    await Deno.remove(password);
  } finally {
    await Deno.remove(authorities, { recursive: true });
  }
});

Deno.test("find lets the rightmost of +tls, +tla and -tls say how it connects", async () => {
  await using plain = serveMatches([]);
  const identity = ["+tls", `${folder}/client.key`, `${folder}/client.pem`];
  for (const tls of [[...identity, "+cf", `${folder}/ca.pem`], ["+tla", "-ic"]]) {
    const { code, stderr } = await worklistd([
      ...["find", ...tls, "-tls", "127.0.0.1", plain.port, "-k", "PatientName"],
    ]);
    assertEquals([code, stderr], [0, "0 matches, status 0x0000: Matching is complete\n"]);
  }
  const config = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    const ca = `${Deno.cwd()}/${folder}/ca.pem`;
    await Deno.writeTextFile(
      config,
      `queries: {}\npeers: { ris: { host: 127.0.0.1, port: ${plain.port}, ae_title: RIS, tls: { ca: ${ca} } } }\n`,
    );
    const find = ["find", "-c", config, "ris", "-k", "PatientName"];
    assertEquals((await worklistd([...find, "-to", "100ms"])).code, 1);
    assertEquals((await worklistd([...find, "-tls"])).code, 0);
  } finally {
    await Deno.remove(config);
  }
});

Deno.test("tlsOptionsOf() leaves out the certificate of a configured peer where none is wanted", async () => {
  const text = (name: string): string => Deno.readTextFileSync(`${folder}/${name}`);
  const configured = { ca: [text("ca.pem")], cert: text("client.pem"), key: text("client.key") };
  const parse = (...args: string[]): AssociationValues => parseArguments(echoSpec, args).values;
  const warn = (): void => {};
  assertEquals(await tlsOptionsOf(parse(), configured, warn), { ...configured, verify: "full" });
  assertEquals(await tlsOptionsOf(parse("+tla", "-rc"), configured, warn), {
    ca: configured.ca,
    verify: "chain",
  });
});

Deno.test("find verifies fully, the chain only, or nothing, and says the last each time", async () => {
  await using target = serveMatches([], { tls: certificate("other_host") });
  const peer = ["--tls", "+cf", `${folder}/ca.pem`, "127.0.0.1", target.port, "-k", "PatientName"];
  const fully = await worklistd(["find", ...peer]);
  assertEquals(fully.code, 1);
  assertMatch(fully.stderr, /^E: .*certificate is for pacs\.example, not for 127\.0\.0\.1.*\n$/);
  assertEquals((await worklistd(["find", "--tls-verify", "chain", ...peer])).code, 0);
  assertEquals((await worklistd(["find", "-rc", ...peer])).code, 0);
  for (const quiet of [[], ["-q"]]) {
    const unverified = await worklistd(["find", "-ic", ...quiet, ...peer]);
    assertEquals(unverified.code, 0);
    assertMatch(unverified.stderr, /^W: THE PEER IS NOT VERIFIED/);
  }
});

Deno.test("find passes over what is no certificate in a folder of them, and names it", async () => {
  await using target = serveMatches([], { tls: certificate("server") });
  const authorities = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${authorities}/README`, "read me");
    await Deno.symlink("/nowhere", `${authorities}/dangling.pem`);
    const find = [
      "find",
      "--tls",
      "+cd",
      authorities,
      "127.0.0.1",
      target.port,
      "-k",
      "PatientName",
    ];
    const none = await worklistd(find);
    assertEquals(none.code, 2);
    assertMatch(none.stderr, /cannot be used: no file of the folder has one/);
    await Deno.copyFile(`${folder}/ca.pem`, `${authorities}/good.pem`);
    const { code, stderr } = await worklistd(find);
    assertEquals(code, 0, stderr);
    assertMatch(stderr, /^W: .*\/README is passed over: it is neither PEM nor DER$/m);
    assertMatch(stderr, /^W: .*\/dangling\.pem is passed over: it cannot be read/m);
  } finally {
    await Deno.remove(authorities, { recursive: true });
  }
});

Deno.test("find says what is wrong with a certificate or key, and exits 1 or 2", async () => {
  await using expired = serveMatches([], { tls: certificate("expired") });
  const peer = ["127.0.0.1", expired.port, "-k", "PatientName"];
  const late = await worklistd(["find", "--tls", "+cf", `${folder}/ca.pem`, ...peer]);
  assertEquals(late.code, 1);
  assertMatch(late.stderr, /^E: .*certificate has expired\n$/);
  const absent = await worklistd(["find", "--tls", "+cf", "absent.pem", ...peer]);
  assertEquals(absent.code, 2);
  assertMatch(absent.stderr, /certificate file absent\.pem cannot be read/);
  const locked = await worklistd([
    ...["find", "+tls", `${folder}/client_encrypted.key`, `${folder}/client.pem`, ...peer],
  ]);
  assertEquals(locked.code, 2);
  assertMatch(locked.stderr, /is encrypted and there is no terminal to ask for its password/);
});

Deno.test("find refuses what the TLS stack cannot do, with the reason and what to do", async () => {
  const refusals: [options: string[], says: RegExp][] = [
    [["+dp", "dh.pem"], /\+dp is not possible: .*elliptic curves.*stunnel/],
    [["+cs", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"], /\+cs is not possible: .*stunnel/],
    [["+pn"], /\+pn is not possible: the retired profiles are not safe.*stunnel/],
  ];
  for (const [options, says] of refusals) {
    const { code, stderr } = await worklistd(["find", "--tls", ...options, "127.0.0.1", "104"]);
    assertEquals(code, 2, options.join());
    assertMatch(stderr, says);
  }
});
