/**
 * The handbook as tests read it: the pages in `docs/`, their blocks, links and names.
 *
 * @module
 */

/** A fenced block of a page. */
export interface Block {
  /** Where it begins: `docs/install.md:31`. */
  readonly place: string;
  /** The language and what follows it: `sh run`. */
  readonly info: string;
  readonly text: string;
}

/** A page of the handbook. */
export interface Page {
  /** The path from the root of the repository. */
  readonly path: string;
  /** Everything but the blocks, line for line. */
  readonly prose: string;
  readonly blocks: readonly Block[];
}

/** Reads the pages: all of `docs/`, and those at the root. */
export function readHandbook(): Page[] {
  const names = [...Deno.readDirSync("docs")].map(({ name }) => `docs/${name}`);
  return [...names, "README.md", "SECURITY.md"].filter((path) => path.endsWith(".md")).sort()
    .map((path) => readPage(path, Deno.readTextFileSync(path)));
}

/** Divides a page into prose and blocks. */
export function readPage(path: string, text: string): Page {
  const blocks: Block[] = [];
  const prose: string[] = [];
  let open: { place: string; info: string; indent: number; lines: string[] } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const fence = /^( *)```(.*)$/.exec(line);
    if (fence !== null && open === undefined) {
      open = {
        place: `${path}:${index + 1}`,
        info: (fence[2] ?? "").trim(),
        indent: fence[1]?.length ?? 0,
        lines: [],
      };
    } else if (fence !== null && open !== undefined) {
      blocks.push({ place: open.place, info: open.info, text: open.lines.join("\n") });
      open = undefined;
    } else open?.lines.push(line.slice(open.indent));
    prose.push(fence === null && open === undefined ? line : "");
  }
  return { path, prose: prose.join("\n"), blocks };
}

/** Finds the command lines of worklistd in a page: in shell blocks, and in `code` of the prose. */
export function commandLines(page: Page): { place: string; words: string[] }[] {
  const shells = page.blocks.filter(({ info }) => /^(sh|console|bash|)( |$)/.test(info));
  const inBlocks = shells.flatMap(({ place, info, text }) =>
    text.replaceAll(/\\\n\s*/g, " ").split("\n")
      .filter((line) => !info.startsWith("console") || /^[$#] /.test(line))
      .map((line) => ({ place, line }))
  );
  const inProse = page.prose.split("\n").flatMap((line, index) =>
    [...line.matchAll(/`(worklistd [^`]*)`/g)].map(([, code = ""]) => ({
      place: `${page.path}:${index + 1}`,
      line: code,
    }))
  );
  return [...inBlocks, ...inProse].flatMap(({ place, line }) => {
    const [, rest] =
      /^(?:.*(?:[;&|]|\$\(|sudo|--|-u \w+|[A-Z]+=\w+) ?)?\s*(?:\/\S*\/)?worklistd (?=[a-z])([^#|;&>)]*)/
        .exec(line.replace(/^[$#] /, "")) ?? [];
    return rest === undefined ? [] : [{ place, words: rest.trim().split(/\s+/) }];
  });
}

/** Finds the targets of relative links. */
export function relativeLinks(page: Page): { place: string; target: string }[] {
  return page.prose.split("\n").flatMap((line, index) =>
    [...line.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => ({
      place: `${page.path}:${index + 1}`,
      target,
    })).filter(({ target }) => !/^[a-z]+:/.test(target))
  );
}

/** The anchors of the headings of a page, as GitHub makes them. */
export function anchorsOf(page: Page): Set<string> {
  return new Set(
    [...page.prose.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
      heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
    ),
  );
}

/** Finds names such as `removal.brake` that look like keys of the configuration. */
export function dottedKeys(page: Page): { place: string; key: string }[] {
  return page.prose.split("\n").flatMap((line, index) =>
    [...line.matchAll(/`([a-z_]+(?:\.[a-z_]+)+)`/g)].map(([, key = ""]) => ({
      place: `${page.path}:${index + 1}`,
      key,
    }))
  );
}

/** Commands of a page without a configuration of its own find this one; nothing listens on its ports. */
const defaultConfiguration = `
state_dir: ./state
peers:
  ris: { host: 127.0.0.1, port: 9, ae_title: RIS }
queries:
  ct-today: { peer: ris, schedule: every 30s, sinks: [changes, hook] }
sinks:
  changes: { type: ndjson, path: ./changes.ndjson }
  hook: { type: webhook, url: "http://127.0.0.1:9009/", secret_file: hook.key }
`;

/** Places that only root may write to, and what replaces them in tests. */
const ownPlaces: Readonly<Record<string, string>> = { "/srv/backup": "./backup" };

/**
 * Runs the blocks of a page that have a tag as one script in a new folder, after writing those tagged `file=NAME`.
 * `worklistd` is this program, and `config` the folder of the examples. A program that a block starts in the background
 * ends with the script.
 *
 * @param page The page.
 * @param tag The tag of the blocks to run.
 * @param replacements Texts of the page to replace, such as ports.
 * @returns Everything that the commands wrote.
 * @throws {Error} If a command fails; says what it wrote.
 */
export async function runPage(
  page: Page,
  tag = "run",
  replacements: Readonly<Record<string, string>> = {},
): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "worklistd-handbook-" });
  try {
    await Deno.mkdir(`${folder}/bin`);
    const main = `${Deno.cwd()}/main.ts`;
    const program = `#!/bin/sh\nexec '${Deno.execPath()}' run -A --no-prompt '${main}' "$@"\n`;
    await Deno.writeTextFile(`${folder}/bin/worklistd`, program, { mode: 0o755 });
    await Deno.symlink(`${Deno.cwd()}/config`, `${folder}/config`);
    await Deno.writeTextFile(`${folder}/worklistd.yaml`, defaultConfiguration);
    await Deno.writeTextFile(
      `${folder}/hook.key`,
      `whsec_${btoa("a secret of a test, for no one")}\n`,
    );
    const script = ["trap '[ -z \"${!:-}\" ] || kill $!' EXIT"];
    for (const { place, info, text } of page.blocks) {
      const filled = Object.entries({ ...ownPlaces, ...replacements })
        .reduce((filled, [from, to]) => filled.replaceAll(from, to), text);
      const [, name] = /(?:^| )file=(\S+)/.exec(info) ?? [];
      if (name !== undefined) await Deno.writeTextFile(`${folder}/${name}`, `${filled}\n`);
      if (info.split(" ").includes(tag)) script.push(`echo '# ${place}'`, filled);
    }
    const { code, stdout, stderr } = await new Deno.Command("bash", {
      args: ["-uec", script.join("\n")],
      cwd: folder,
      env: { PATH: `${folder}/bin:${Deno.env.get("PATH")}`, NO_COLOR: "1" },
      stdin: "null",
    }).output();
    const [written = "", problems = ""] = [stdout, stderr].map((bytes) =>
      new TextDecoder().decode(bytes)
    );
    if (code !== 0) throw new Error(`${page.path} exits ${code}:\n${written}${problems}`);
    return written + problems;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
