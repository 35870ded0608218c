/**
 * The packages as files: what is in them, and that they start on a machine that has nothing and reaches nothing.
 *
 * @module
 */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { denoVersion } from "../../packaging/program.ts";
import { release } from "../../packaging/release.ts";
import { commandSpecs } from "../../src/cli/options/command_specs.ts";
import { architecture, debianArchitecture, packages, version } from "./packages.ts";

const repository = new URL("../../", import.meta.url).pathname;

/** Runs a program to its end, without a network, a home and a cache if it is asked to. */
async function run(
  args: readonly string[],
  options: { isAlone?: boolean; cwd?: string; code?: number } = {},
): Promise<string> {
  const { isAlone = false, code: expected = 0, cwd = "/" } = options;
  const words = isAlone ? ["unshare", "--net", "--", ...args] : args;
  const { code, stdout, stderr } = await new Deno.Command(words[0] ?? "", {
    args: words.slice(1),
    cwd,
    clearEnv: isAlone,
    env: isAlone ? { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" } : {},
    signal: AbortSignal.timeout(120_000),
  }).output();
  const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assertEquals(code, expected, `${args.join(" ")}\n${text}`);
  return text;
}

const isRoot = Deno.uid() === 0;
const leaky = { sanitizeOps: false, sanitizeResources: false };

Deno.test("two releases of the same sources have the same bytes", async () => {
  const first = await Deno.readTextFile(`${await packages()}/SHA256SUMS`);
  const again = await Deno.makeTempDir();
  await release(again, [architecture]);
  assertEquals(await Deno.readTextFile(`${again}/SHA256SUMS`), first);
  await Deno.remove(again, { recursive: true });
  await run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], { cwd: await packages() });
});

Deno.test({
  name: "the tarball starts every command without a network, a cache and a home, from any folder",
  ignore: !isRoot,
  ...leaky,
  async fn(): Promise<void> {
    const folder = await Deno.makeTempDir();
    const name = `worklistd-${version}-linux-${architecture}`;
    await run(["tar", "-xzf", `${await packages()}/${name}.tar.gz`, "-C", folder]);
    const worklistd = `${folder}/${name}/worklistd`;
    const alone = { isAlone: true };
    assertMatch(await run([worklistd, "--version"], alone), new RegExp(`^worklistd ${version}\n`));
    for (const { name: command } of commandSpecs) {
      const help = await run([worklistd, command, "--help"], alone);
      assert(help.startsWith(`worklistd ${command}:`), help);
      // Loads the command: it complains about a word or option, and not about a module.
      const used = await new Deno.Command("unshare", {
        args: ["--net", "--", worklistd, command, "--config", "/none.yaml"],
        clearEnv: true,
        env: { PATH: "/usr/bin:/bin" },
        signal: AbortSignal.timeout(30_000),
      }).output();
      const said = new TextDecoder().decode(used.stderr);
      assert(!/[Mm]odule|npm|cached/.test(said), `${command}: ${said}`);
    }
    const demo = await run(
      ["sh", "-c", `ip link set lo up; timeout 8 ${worklistd} demo; exit 0`],
      alone,
    );
    assertMatch(demo, /added .*SAMPLE\^/);
    await Deno.symlink(worklistd, `${folder}/link`);
    const example = `${folder}/${name}/config/examples/minimal.yaml`;
    assertMatch(await run([`${folder}/link`, "check", "--config", example], alone), /no problems/);
    await Deno.remove(folder, { recursive: true });
  },
});

Deno.test("the list of components names what deno.lock locks, and the Deno that is tested", async () => {
  const list: {
    components: { name: string; version: string; purl: string; hashes: { content: string }[] }[];
  } = JSON.parse(
    await Deno.readTextFile(
      `${await packages()}/worklistd-${version}-linux-${architecture}.cdx.json`,
    ),
  );
  const lock: { npm: Record<string, { integrity: string }> } = JSON.parse(
    await Deno.readTextFile(`${repository}deno.lock`),
  );
  const locked = new Map(
    Object.entries(lock.npm).map(([id, { integrity }]) => [id.replace(/_.*$/, ""), integrity]),
  );
  const [deno, ...libraries] = list.components;
  assertEquals(deno?.version, denoVersion);
  assertEquals(Deno.version.deno, denoVersion);
  assert(libraries.length > 0);
  for (const { name, version, hashes } of libraries) {
    const bytes = Uint8Array.fromHex(hashes[0]?.content ?? "");
    assertEquals(locked.get(`${name}@${version}`), `sha512-${bytes.toBase64()}`, name);
  }
});

Deno.test("the packages hold the listed components and no library for tests", async () => {
  const made = await packages();
  const listing = await run([
    "tar",
    "-tzf",
    `${made}/worklistd-${version}-linux-${architecture}.tar.gz`,
  ]);
  const found = new Set(
    [...listing.matchAll(/\/node_modules\/((?:@[^/]+\/)?[^/\n]+)\/package\.json/g)].map((
      [, name],
    ) => name),
  );
  const list: { components: { name: string; type: string }[] } = JSON.parse(
    await Deno.readTextFile(`${made}/worklistd-${version}-linux-${architecture}.cdx.json`),
  );
  const listed = list.components.filter(({ type }) => type === "library").map(({ name }) => name);
  assertEquals([...found].sort(), listed.sort());
  assert(!found.has("standardwebhooks"), "a library that only tests use");
  assert(!/\/test\//.test(listing.replaceAll(/node_modules.*/g, "")), listing);
});

Deno.test("the Debian package is one that dpkg reads, with a page and completions for every command", async () => {
  const deb = `${await packages()}/worklistd_${version}_${debianArchitecture}.deb`;
  const about = await run(["dpkg-deb", "--info", deb]);
  assert(about.includes(`Version: ${version}`), about);
  const listing = await run(["dpkg-deb", "--contents", deb]);
  for (
    const path of [
      "/usr/bin/worklistd",
      "/usr/lib/worklistd/deno",
      "/usr/lib/systemd/system/worklistd.service",
      "/usr/lib/sysusers.d/worklistd.conf",
      "/usr/lib/tmpfiles.d/worklistd.conf",
      "/etc/worklistd/worklistd.yaml",
      "/usr/share/bash-completion/completions/worklistd",
      ...commandSpecs.map(({ name }) => `/usr/share/man/man1/worklistd-${name}.1.gz`),
    ]
  ) assert(listing.includes(`.${path}`), `${path} is missing`);
  const folder = await Deno.makeTempDir();
  await run(["dpkg-deb", "--extract", deb, folder]);
  if ((await new Deno.Command("sh", { args: ["-c", "command -v man"] }).output()).success) {
    const page = await run([
      "sh",
      "-c",
      `man --warnings -E UTF-8 -l ${folder}/usr/share/man/man1/worklistd-find.1.gz 2>&1 | head -400`,
    ]);
    assert(/SYNOPSIS/.test(page) && !/warning:/.test(page), page.slice(0, 2000));
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test({
  name: "the npm package runs with Node's npm and nothing else",
  ...leaky,
  async fn(): Promise<void> {
    const folder = await Deno.makeTempDir();
    await run([
      "npm",
      "install",
      "--silent",
      "--no-audit",
      "--no-fund",
      "--prefix",
      folder,
      `${await packages()}/worklistd-${version}.tgz`,
    ]);
    const worklistd = `${folder}/node_modules/.bin/worklistd`;
    for (const { name } of commandSpecs) await run([worklistd, name, "--help"]);
    const example = `${repository}config/examples/notify.yaml`;
    assertMatch(await run([worklistd, "check", "--config", example]), /no problems/);
    assertMatch(
      await run(["sh", "-c", `timeout 10 ${worklistd} demo; exit 0`]),
      /added .*SAMPLE\^/,
    );
    await Deno.remove(folder, { recursive: true });
  },
});
