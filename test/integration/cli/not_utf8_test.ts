import { assertEquals, assertMatch } from "@std/assert";
import { worklistd } from "../../support/running_daemon.ts";

const latin1 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(text, (character) => character.charCodeAt(0));

const config = (name: string): string =>
  `peers:
  ris: { host: 127.0.0.1, port: 104, ae_title: RIS }
queries:
  steps: { peer: ris, schedule: every 1h, keys: { PatientName: "${name}" } }
`;

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "worklistd-utf8-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a configuration that is not UTF-8 is refused with line and column, by each command that needs it", () =>
  inFolder(async (folder) => {
    const file = `${folder}/w.yaml`;
    await Deno.writeFile(file, latin1(config("M\xFCller*")));
    for (const command of [["check"], ["run"], ["poll", "steps"]]) {
      const [name = "", ...words] = command;
      const { code, stdout, stderr } = await worklistd([name, "--config", file, ...words]);
      assertEquals(code, 78, name);
      assertMatch(stdout + stderr, /w\.yaml:4:66: the file is not UTF-8: save it as UTF-8/);
    }
    // UTF-16, as some editors save it.
    await Deno.writeFile(file, latin1("\xFF\xFEp\0e\0e\0r\0s\0"));
    const { code, stderr, stdout } = await worklistd(["check", "--config", file]);
    assertEquals(code, 78);
    assertMatch(stdout + stderr, /w\.yaml:1:1: the file is not UTF-8/);
    await Deno.writeTextFile(file, config("M\xFCller*"));
    assertEquals((await worklistd(["check", "--config", file])).code, 0);
  }));

Deno.test("a secret that is not UTF-8 is refused and not shown, in a file and in the environment", () =>
  inFolder(async (folder) => {
    const file = `${folder}/w.yaml`;
    const sink = (header: string): string =>
      `${config("*")}sinks:\n  hook: { type: webhook, url: "http://127.0.0.1:9/", ${header} }\n`;
    await Deno.writeTextFile(file, sink("secret_file: secret, bearer_file: token"));
    await Deno.writeTextFile(`${folder}/secret`, `whsec_${btoa("0".repeat(24))}\n`);
    await Deno.writeFile(`${folder}/token`, latin1("first line\nse\xE9cret\n"));
    const { code, stdout, stderr } = await worklistd(["check", "--config", file]);
    assertEquals(code, 78);
    const said = stdout + stderr;
    assertMatch(
      said,
      /w\.yaml:6:\d+: sinks\.hook\.bearer_file: cannot read .*\/token: it is not UTF-8 at line 2, column 3/,
    );
    assertEquals(/cret/.test(said.replaceAll("secret", "")), false);
  }));

Deno.test("a password file, a command file and test cases that are not UTF-8 are refused", () =>
  inFolder(async (folder) => {
    const words = ["127.0.0.1", "104", "-k", "PatientName"];
    await Deno.writeFile(`${folder}/password`, latin1("gr\xFCn"));
    const password = await worklistd([
      ...["find", ...words, "--user", "u", "--user-password-file", `${folder}/password`],
    ]);
    assertEquals(password.code, 2);
    assertMatch(
      password.stderr,
      /password file .* cannot be read: it is not UTF-8 at line 1, column 3/,
    );
    await Deno.writeFile(`${folder}/words`, latin1("-k PatientName=M\xFCller"));
    const command = await worklistd(["find", "127.0.0.1", "104", `@${folder}/words`]);
    assertEquals(command.code, 2);
    assertMatch(
      command.stderr,
      /command file .* cannot be read: it is not UTF-8 at line 1, column 17/,
    );
    await Deno.writeFile(`${folder}/cases.yaml`, latin1("cases:\n  - name: \xFC\n"));
    const cases = await worklistd(["test", `${folder}/cases.yaml`]);
    assertEquals(cases.code, 78);
    assertMatch(cases.stdout + cases.stderr, /cases\.yaml:2:11: the file is not UTF-8/);
  }));
