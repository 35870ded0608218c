// Touches the world: runs `deno transpile`.
/**
 * The npm package: `npx worklistd`, `npm install --global worklistd`, and `import { find } from "worklistd"` on Deno
 * and Node.
 *
 * Deno reads no TypeScript below a `node_modules` folder and no import map there. So the package holds JavaScript, and
 * the stand-ins of `@std` are packages beside the libraries.
 *
 * @module
 */
import ts from "typescript";
import { type Entry, file } from "./archive.ts";
import { denoVersion, filesBelow, type Program, root, run } from "./program.ts";

/**
 * Lays out the npm package. Deno is its one dependency, and optional; it holds the libraries itself.
 *
 * @param program The program.
 * @returns The files of the tarball, below `package/`.
 */
export async function npmPackage(program: Program): Promise<Entry[]> {
  const { version, sources, libraries } = program;
  const about = {
    name: "worklistd",
    version,
    description: "polls DICOM worklists and delivers what changed",
    license: "MIT",
    bin: { worklistd: "worklistd.cjs" },
    exports: {
      ".": { types: "./program/src/mod.d.ts", default: "./program/src/mod.js" },
      "./package.json": "./package.json",
    },
    // The program needs it; a program that only imports the library can do without it.
    optionalDependencies: { deno: denoVersion },
    engines: { node: ">=18" },
  };
  const own = [...await transpiled(sources), ...sources.filter(({ path }) => isData(path))];
  const inside = [
    ...own,
    ...declarations(sources, "src/mod.ts"),
    ...own.flatMap(standIn),
    ...sources.flatMap(standInPackage),
    file("package.json", json({ private: true, type: "module" })),
    ...libraries.flatMap(({ files }) => files),
  ];
  return [
    file("package/package.json", json(about)),
    file("package/worklistd.cjs", starter, 0o755),
    file("package/README.md", await Deno.readTextFile(`${root}README.md`)),
    file("package/LICENSE", await Deno.readTextFile(`${root}LICENSE`)),
    ...inside.map((entry) => ({ ...entry, path: `package/program/${entry.path}` })),
  ];
}

const standIns = /^src\/std\/([^/]+)\/(.+)$/;

function isData(path: string): boolean {
  return !/\.tsx?$/.test(path) && path !== "deno.lock" && !standIns.test(path);
}

/** The sources as JavaScript, with the names of files changed to match. */
async function transpiled(sources: readonly Entry[]): Promise<Entry[]> {
  const folder = await Deno.makeTempDir({ prefix: "worklistd-release-" });
  try {
    const paths = sources.map(({ path }) => path).filter((path) => /\.tsx?$/.test(path));
    await run(
      Deno.execPath(),
      ["transpile", "--quiet", "--no-check", "--outdir", folder, ...paths],
      root,
    );
    const decoder = new TextDecoder();
    return (await filesBelow(folder, ".")).map(({ path, bytes }) =>
      file(
        path.slice(2),
        withJsNames(decoder.decode(bytes)).replaceAll(
          /"npm:\/?(@?[^@"]+)@[^/"]+(\/[^"]*)?"/g,
          '"$1$2"',
        ),
      )
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * The declarations of a module and of all that its types name, made from each file by itself.
 *
 * @param sources The sources.
 * @param entry The module's path.
 * @throws {Error} If a public type cannot be written without inference.
 */
function declarations(sources: readonly Entry[], entry: string): Entry[] {
  const texts = new Map(sources.map(({ path, bytes }) => [path, new TextDecoder().decode(bytes)]));
  const made = new Map<string, Entry>();
  const make = (path: string): void => {
    const text = texts.get(path);
    if (text === undefined || made.has(path)) return;
    const { outputText, diagnostics = [] } = ts.transpileDeclaration(text, {
      fileName: path,
      reportDiagnostics: true,
      compilerOptions: {
        target: ts.ScriptTarget.ESNext,
        module: ts.ModuleKind.ESNext,
        isolatedDeclarations: true,
        stripInternal: true,
        strict: true,
      },
    });
    const [fault] = diagnostics;
    if (fault !== undefined) {
      const why = ts.flattenDiagnosticMessageText(fault.messageText, " ");
      throw new Error(`Cannot write the types of ${path}: ${why}`);
    }
    made.set(path, file(path.replace(/\.ts$/, ".d.ts"), withJsNames(withoutTwins(outputText))));
    // From the first column on: the examples in comments import as well.
    for (const [, target = ""] of outputText.matchAll(/^(?:im|ex)port [^"]*"(\.{1,2}\/[^"]+)"/gm)) {
      make(new URL(target, `file:///${path}`).pathname.slice(1));
    }
  };
  make(entry);
  return [...made.values()];
}

/** Drops the property that the compiler writes beside each method that is named by a symbol. */
function withoutTwins(text: string): string {
  return text.replaceAll(/^ +(?:static )?\[Symbol\.\w+\]: .*=> .*;\n/gm, "");
}

function withJsNames(text: string): string {
  return text.replaceAll(/"(\.{1,2}\/[^"\n]*)\.tsx?"/g, '"$1.js"');
}

/** A file of a stand-in, where Node's rules find it. */
function standIn({ path, bytes }: Entry): Entry[] {
  const [, name, rest] = standIns.exec(path) ?? [];
  return name === undefined || bytes === undefined
    ? []
    : [file(`node_modules/@std/${name}/${rest}`, bytes)];
}

function standInPackage({ path, bytes }: Entry): Entry[] {
  const [, name, rest] = standIns.exec(path) ?? [];
  if (name === undefined || rest !== "deno.json") return [];
  const own: { name: string; version: string; exports: string | Record<string, string> } = JSON
    .parse(new TextDecoder().decode(bytes));
  const asJs = (target: string): string => target.replace(/\.ts$/, ".js");
  const exports = typeof own.exports === "string" ? asJs(own.exports) : Object.fromEntries(
    Object.entries(own.exports).map(([from, to]) => [from, asJs(to)]),
  );
  const about = { name: own.name, version: own.version, type: "module", exports };
  return [file(`node_modules/@std/${name}/package.json`, json(about))];
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** npm runs it with Node, and it hands over to Deno. */
const starter = `#!/usr/bin/env node
"use strict";
const { spawn } = require("node:child_process");
const { join } = require("node:path");
const program = join(__dirname, "program");
let deno;
try {
  deno = require.resolve("deno/bin.cjs");
} catch {
  console.error(
    "Cannot start worklistd: the npm package deno is not installed. Run npm install deno@${denoVersion}.",
  );
  process.exit(1);
}
const args = [deno, "run", "--quiet", "--no-prompt", "--cached-only", "--no-lock"];
args.push("--node-modules-dir=manual", "--no-config");
for (const each of ["net", "read", "write", "env", "sys", "run"]) args.push("--allow-" + each);
args.push(join(program, "main.js"), ...process.argv.slice(2));
const child = spawn(process.execPath, args, { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(signal === null ? code : 1));
`;
