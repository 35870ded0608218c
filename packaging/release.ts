// Touches the world: writes the packages.
/**
 * `deno task release [--arch x64,arm64] [--out DIR]`: all packages of this version.
 *
 * The same sources give the same bytes, whenever and wherever it runs.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { type Entry, file, gzip, tar } from "./archive.ts";
import { deb } from "./deb.ts";
import { npmPackage } from "./npm_package.ts";
import {
  collectProgram,
  denoBinary,
  filesBelow,
  type Platform,
  platforms,
  type Program,
  root,
  run,
} from "./program.ts";
import { sbom } from "./sbom.ts";

/**
 * Makes the packages.
 *
 * @param out The folder to write them in; it is made.
 * @param architectures `x64`, `arm64` or both.
 * @returns The names of the files.
 */
export async function release(out: string, architectures: readonly string[]): Promise<string[]> {
  const program = await collectProgram();
  await requireChangelog(program.version);
  const time = await releaseTime();
  const files = new Map<string, Uint8Array>();
  files.set(`worklistd-${program.version}.tgz`, await gzip(tar(await npmPackage(program), time)));
  for (const platform of platforms) {
    if (!architectures.includes(platform.name)) continue;
    for (const [name, bytes] of await packagesFor(program, platform, time)) files.set(name, bytes);
  }
  await Deno.mkdir(out, { recursive: true });
  const sums: string[] = [];
  for (const [name, bytes] of [...files].sort(([a], [b]) => a < b ? -1 : 1)) {
    await Deno.writeFile(`${out}/${name}`, bytes);
    sums.push(`${createHash("sha256").update(bytes).digest("hex")}  ${name}\n`);
  }
  await Deno.writeTextFile(`${out}/SHA256SUMS`, sums.join(""));
  return [...files.keys(), "SHA256SUMS"];
}

async function packagesFor(
  program: Program,
  platform: Platform,
  time: number,
): Promise<[string, Uint8Array][]> {
  const { version } = program;
  const read = (path: string): Promise<Uint8Array<ArrayBuffer>> => Deno.readFile(`${root}${path}`);
  const list = sbom(program, platform, time);
  const entries: Entry[] = [
    ...program.sources,
    ...program.libraries.flatMap(({ files }) => files),
    file("deno", await denoBinary(platform), 0o755),
    file("worklistd", await read("packaging/worklistd"), 0o755),
    file("worklistd-service", await read("packaging/worklistd-service"), 0o755),
  ];
  const folder = `worklistd-${version}-linux-${platform.name}`;
  const whole = [
    ...entries,
    ...await Promise.all(
      ["LICENSE", "README.md", "CHANGELOG.md"].map(async (name) => file(name, await read(name))),
    ),
    ...await filesBelow(`${root}docs`, "docs"),
    ...await filesBelow(`${root}config`, "config"),
    file("sbom.cdx.json", list),
  ].map((entry) => ({ ...entry, path: `${folder}/${entry.path}` }));
  return [
    [`${folder}.tar.gz`, await gzip(tar(whole, time))],
    [`${folder}.cdx.json`, new TextEncoder().encode(list)],
    [
      `worklistd_${version}_${platform.debian}.deb`,
      await deb({ version, platform, program: entries, sbom: list, time }),
    ],
  ];
}

/** A version that users get has its section in the changelog; before the first one it is "Unreleased". */
async function requireChangelog(version: string): Promise<void> {
  const headings = (await Deno.readTextFile(`${root}CHANGELOG.md`)).match(/^## .*$/gm) ?? [];
  if (headings.some((line) => line.startsWith(`## ${version}`) || line === "## Unreleased")) return;
  throw new Error(
    `Cannot release ${version}: CHANGELOG.md has no section "## ${version}". Write it.`,
  );
}

/** The time of the last commit, so that the packages do not depend on when they are made. */
async function releaseTime(): Promise<number> {
  const given = Deno.env.get("SOURCE_DATE_EPOCH");
  if (given) return Number(given);
  return Number((await run("git", ["log", "-1", "--format=%ct"], root)).trim());
}

if (import.meta.main) {
  const option = (name: string): string | undefined => {
    const at = Deno.args.indexOf(name);
    return at < 0 ? undefined : Deno.args[at + 1];
  };
  const out = option("--out") ?? `${root}release`;
  const names = await release(out, (option("--arch") ?? "x64,arm64").split(","));
  await Deno.stdout.write(
    new TextEncoder().encode(names.map((name) => `${out}/${name}\n`).join("")),
  );
}
