/**
 * The npm package as a library: installed in an empty folder, imported by programs on Deno and on Node, with types.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import ts from "typescript";
import { gzip, tar } from "../../packaging/archive.ts";
import { npmPackage } from "../../packaging/npm_package.ts";
import { collectProgram } from "../../packaging/program.ts";
import { DataSet, element, Tag } from "../../src/mod.ts";
import { serveWorklist } from "../../src/serve/worklist_scp.ts";
import { guidePrograms, imageFile, printed, serveArchive } from "../support/library_guide.ts";
import { readmeExample } from "../support/readme_example.ts";

const tls = new URL("../golden/tls/", import.meta.url);
const node = ["npx", "--yes", "node@24"];

/** A folder with nothing but the package, without its optional dependency: the library needs no Deno from npm. */
async function installed(): Promise<string> {
  const folder = await Deno.makeTempDir();
  const tarball = `${folder}/worklistd.tgz`;
  await Deno.writeFile(tarball, await gzip(tar(await npmPackage(await collectProgram()), 0)));
  await run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--omit=optional", tarball], {
    cwd: folder,
  });
  return folder;
}

async function run(args: string[], options: { cwd: string }): Promise<string> {
  const [program = "", ...rest] = args;
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: rest,
    cwd: options.cwd,
    env: { NO_COLOR: "1", NODE_NO_WARNINGS: "1" },
    signal: AbortSignal.timeout(120_000),
  }).output();
  const [out, faults] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assertEquals([code, faults], [0, ""], `${args.join(" ")}\n${out}${faults}`);
  return out ?? "";
}

Deno.test("the npm package in an empty folder serves programs on Deno and on Node 24", async (t) => {
  const folder = await installed();
  const cwd = { cwd: folder };
  const jane = new DataSet([element(Tag.PatientName, ["DOE^JANE"])]);
  await using ris = serveWorklist({ aeTitle: "RIS" });
  ris.items.set("1", jane);
  try {
    assertEquals(
      [...Deno.readDirSync(`${folder}/node_modules`)].map(({ name }) => name).filter((name) =>
        !name.startsWith(".")
      ),
      ["worklistd"],
    );
    await Deno.writeTextFile(`${folder}/example.mts`, await readmeExample(ris.port, "worklistd"));

    await t.step("README's example runs on Deno", async () => {
      const deno = [Deno.execPath(), "run", "--quiet", "--no-prompt", "--allow-net=127.0.0.1"];
      assertEquals(await run([...deno, "example.mts"], cwd), "DOE^JANE\n");
    });

    await t.step("README's example runs on Node", async () => {
      assertEquals(await run([...node, "example.mts"], cwd), "DOE^JANE\n");
    });

    await t.step("README's example has types, and a wrong use of them is found", async () => {
      const wrong =
        `import { find } from "worklistd";\nfind({ host: 1, port: 1, aeTitle: "RIS" });\n`;
      await Deno.writeTextFile(`${folder}/wrong.mts`, wrong);
      assertEquals(typeFaults([`${folder}/example.mts`, `${folder}/wrong.mts`]), ["wrong.mts:2"]);
    });

    await t.step("the programs of docs/library.md run on Node", async () => {
      await using archive = serveArchive();
      await Deno.writeFile(`${folder}/image.dcm`, imageFile());
      const answers: Record<string, string> = {};
      for (const [heading, program] of await guidePrograms(archive.port, "worklistd")) {
        await Deno.writeTextFile(`${folder}/program.mts`, program);
        answers[heading] = await run([...node, "program.mts"], cwd);
      }
      assertEquals(answers, printed);
    });

    await t.step("Node: TLS, C-ECHO, errors and relative dates", async () => {
      await using secure = serveWorklist({
        aeTitle: "RIS",
        tls: {
          cert: await Deno.readTextFile(new URL("server.pem", tls)),
          key: await Deno.readTextFile(new URL("server.key", tls)),
        },
      });
      secure.items.set("1", jane);
      await Deno.copyFile(new URL("ca.pem", tls), `${folder}/ca.pem`);
      await Deno.writeTextFile(`${folder}/node.mjs`, nodeProgram(ris.port, secure.port));
      assertEquals(JSON.parse(await run([...node, "node.mjs"], cwd)), {
        echo: true,
        tls: ["DOE^JANE"],
        refused: ["ConnectError", true, true],
        untrusted: ["TlsError", true],
        aborted: "enough",
        relative: ["IdentifierError", true],
      });
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** The places of the faults that TypeScript finds for a program of Node, in the declarations of the package too. */
function typeFaults(files: string[]): string[] {
  const options: ts.CompilerOptions = {
    noEmit: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ESNext,
    lib: ["lib.esnext.d.ts", "lib.dom.d.ts"],
    types: [],
  };
  return ts.getPreEmitDiagnostics(ts.createProgram(files, options)).map(({ file, start = 0 }) => {
    if (file === undefined) return "outside";
    const { line } = file.getLineAndCharacterOfPosition(start);
    return `${file.fileName.replace(/.*\//, "")}:${line + 1}`;
  });
}

function nodeProgram(port: number, tlsPort: number): string {
  return `
import { readFileSync } from "node:fs";
import { ConnectError, echo, find, Tag, WorklistdError } from "worklistd";

const peer = { host: "127.0.0.1", port: ${port}, aeTitle: "RIS" };
const secure = { ...peer, port: ${tlsPort}, tls: { ca: [readFileSync("ca.pem")] } };
const caught = async (work) => {
  try {
    await work();
  } catch (error) {
    return error;
  }
};
const names = [];
for await (const { dataSet } of find(secure, { model: "worklist" })) {
  names.push(dataSet.string(Tag.PatientName));
}
const refused = await caught(() => echo({ ...peer, port: 1 }));
const untrusted = await caught(() => echo({ ...secure, tls: {} }));
const aborted = await caught(() => echo(peer, { signal: AbortSignal.abort("enough") }));
const today = { model: "worklist", keys: { PatientBirthDate: "today" } };
const relative = await caught(() => find(peer, today).next());
console.log(JSON.stringify({
  echo: (await echo(peer)).maxPduLength > 0,
  tls: names,
  refused: [refused.name, refused instanceof ConnectError, /nothing listens there/.test(refused.message)],
  untrusted: [untrusted.name, untrusted instanceof WorklistdError],
  aborted,
  relative: [relative.name, /no Temporal/.test(relative.message)],
}));
`;
}
