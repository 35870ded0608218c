// Touches the world: reads the repository, runs Deno and npm.
/**
 * What every package holds: the sources, the libraries that they need at run time, and Deno.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { type Entry, file, untar } from "./archive.ts";

/** A library of the program. */
export interface Library {
  readonly name: string;
  readonly version: string;
  /** As in deno.lock: `sha512-` and base64. */
  readonly integrity: string;
  /** SPDX. */
  readonly license: string;
  readonly files: readonly Entry[];
}

/** The program without Deno. */
export interface Program {
  readonly version: string;
  /** Sources, `deno.json` and `deno.lock`. */
  readonly sources: readonly Entry[];
  readonly libraries: readonly Library[];
}

/** A platform of the packages. */
export interface Platform {
  /** As Deno and the tarballs name it. */
  readonly name: "x64" | "arm64";
  /** As Debian names it. */
  readonly debian: "amd64" | "arm64";
  /** Of the npm package that holds Deno: as the npm registry states it. */
  readonly integrity: string;
}

/** The Deno of the packages: the version that everything here is tested with. */
export const denoVersion = "2.9.6";

/** All platforms. */
export const platforms: readonly Platform[] = [
  {
    name: "x64",
    debian: "amd64",
    integrity:
      "sha512-3md4TKLCuzsLDmfOoC5KN7NAZaxSVkMgm64vg6foD00JBADCpYS2/5QqXfzgnP5ZQz3iLP9vBQJtEgc116OAoQ==",
  },
  {
    name: "arm64",
    debian: "arm64",
    integrity:
      "sha512-poqhoH9B3nYloigEMPT5t8HY+wBeiuea1An5Q7fqgJzP0SYmWsoS/oUnWO/pEiA4ofzIBy1Elt/in58xKtxEoQ==",
  },
];

/** The repository. */
export const root = decodeURIComponent(new URL("..", import.meta.url).pathname);

interface DenoJson {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly exports: unknown;
  readonly imports: Readonly<Record<string, string>>;
  readonly links: readonly string[];
  readonly compilerOptions: unknown;
}

interface DenoLock {
  readonly npm: Readonly<Record<string, { readonly integrity: string }>>;
}

/**
 * Collects the program: the sources as they are, and of the libraries those that it imports.
 *
 * @returns The program.
 */
export async function collectProgram(): Promise<Program> {
  const folder = await Deno.makeTempDir({ prefix: "worklistd-release-" });
  try {
    return await collectIn(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function collectIn(folder: string): Promise<Program> {
  const denoJson: DenoJson = JSON.parse(await Deno.readTextFile(`${root}deno.json`));
  const used = await importedPackages(denoJson.imports);
  const imports = Object.fromEntries(
    Object.entries(denoJson.imports).filter(([name, target]) =>
      !target.startsWith("npm:") || used.has(name)
    ),
  );
  const { name, version, license, exports, links, compilerOptions } = denoJson;
  const packaged = {
    name,
    version,
    license,
    exports,
    imports,
    links,
    lock: { path: "./deno.lock", frozen: true },
    nodeModulesDir: "manual",
    compilerOptions,
  };
  const sources = [
    file("main.ts", await Deno.readFile(`${root}main.ts`)),
    file("deno.json", `${JSON.stringify(packaged, null, 2)}\n`),
    ...await filesBelow(`${root}src`, "src"),
  ];
  for (const { path, bytes } of sources) await write(`${folder}/${path}`, bytes);
  await Deno.copyFile(`${root}deno.lock`, `${folder}/deno.lock`);
  await run(
    Deno.execPath(),
    ["install", "--quiet", "--frozen=false", "--node-modules-dir=auto", "--entrypoint", "main.ts"],
    folder,
  );
  const lockText = await Deno.readTextFile(`${folder}/deno.lock`);
  const lock: DenoLock = JSON.parse(lockText);
  const libraries: Library[] = [];
  for (const [id, { integrity }] of Object.entries(lock.npm)) {
    const [, library = "", libraryVersion = ""] = /^(@?[^@]+)@([^_]+)/.exec(id) ?? [];
    const own = `${folder}/node_modules/.deno/${id.replace("/", "+")}/node_modules/${library}`;
    const files = (await filesBelow(own, `node_modules/${library}`)).filter(isNeeded);
    const about: { license?: string } = JSON.parse(await Deno.readTextFile(`${own}/package.json`));
    libraries.push({
      name: library,
      version: libraryVersion,
      integrity,
      license: about.license ?? "NOASSERTION",
      files,
    });
  }
  const twice = libraries.find(({ name }, at) =>
    libraries.some((other, otherAt) => other.name === name && otherAt < at)
  );
  if (twice !== undefined) {
    throw new Error(
      `Cannot lay out ${twice.name}: two versions are needed. Update what needs the old one.`,
    );
  }
  return { version, sources: [...sources, file("deno.lock", lockText)], libraries };
}

/** Types, source maps and the libraries' own sources are not read at run time. */
function isNeeded({ path }: Entry): boolean {
  return !/\.(map|d\.[cm]?ts|ts|flow|markdown)$/.test(path) && !/\/(test|tests|docs)\//.test(path);
}

/** The names in `imports` that stand for a package of npm that the program imports. */
async function importedPackages(imports: Readonly<Record<string, string>>): Promise<Set<string>> {
  const out = await run(Deno.execPath(), ["info", "--json", "main.ts"], root);
  const info: { modules: { specifier: string }[] } = JSON.parse(out);
  const names = new Set(info.modules.flatMap(({ specifier }) => {
    const [, name] = /^npm:\/?(@?[^@]+)@/.exec(specifier) ?? [];
    return name === undefined ? [] : [name];
  }));
  return new Set(
    Object.entries(imports).filter(([, target]) =>
      names.has(/^npm:\/?(@?[^@]+)/.exec(target)?.[1] ?? "")
    ).map(([name]) => name),
  );
}

/**
 * Fetches Deno for a platform from the npm registry.
 *
 * @param platform The platform.
 * @returns The program `deno`.
 * @throws {Error} If it is not the one that is expected.
 */
export async function denoBinary({ name, integrity }: Platform): Promise<Uint8Array<ArrayBuffer>> {
  const folder = await Deno.makeTempDir({ prefix: "worklistd-release-" });
  try {
    const wanted = `@deno/linux-${name}-glibc@${denoVersion}`;
    await run("npm", ["pack", "--silent", "--pack-destination", folder, wanted], folder);
    const [packed] = [...Deno.readDirSync(folder)];
    const bytes = await Deno.readFile(`${folder}/${packed?.name}`);
    const found = `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
    if (found !== integrity) throw new Error(`Cannot use ${wanted}: its integrity is ${found}`);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const files = untar(new Uint8Array(await new Response(stream).arrayBuffer()));
    const deno = files.get("package/deno");
    if (deno === undefined) throw new Error(`Cannot use ${wanted}: there is no deno in it`);
    return deno;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/**
 * Reads all files below a folder.
 *
 * @param folder The folder.
 * @param path Its path in the archive.
 */
export async function filesBelow(folder: string, path: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const [from, to] = [`${folder}/${name}`, `${path}/${name}`];
    if (isDirectory) entries.push(...await filesBelow(from, to));
    if (isFile) entries.push(file(to, await Deno.readFile(from)));
  }
  return entries;
}

async function write(path: string, bytes: Uint8Array | undefined): Promise<void> {
  await Deno.mkdir(path.replace(/\/[^/]*$/, ""), { recursive: true });
  await Deno.writeFile(path, bytes ?? new Uint8Array());
}

/**
 * Runs a program to its end.
 *
 * @param program The program.
 * @param args Its arguments.
 * @param cwd The folder to run it in.
 * @returns What it printed.
 * @throws {Error} If it fails.
 */
export async function run(program: string, args: string[], cwd: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd,
    env: { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
  }).output();
  if (success) return new TextDecoder().decode(stdout);
  throw new Error(`${program} ${args[0]} failed: ${new TextDecoder().decode(stderr)}`);
}
