import { parse } from "@std/yaml";
import { assertEquals } from "@std/assert";
import { configPaths, configReference } from "../../packaging/config_reference.ts";
import { commandSpecs } from "../../src/cli/options/command_specs.ts";
import { optionsOf, tokensOf } from "../../src/cli/options/option_table.ts";
import { configJsonSchema } from "../../src/daemon/config/json_schema.ts";
import {
  anchorsOf,
  commandLines,
  dottedKeys,
  readHandbook,
  readPage,
  relativeLinks,
  runPage,
} from "../support/handbook.ts";

const pages = readHandbook();
const schema = configJsonSchema();
const paths = configPaths(schema);

Deno.test("docs/configuration.md is what the validator generates", async () => {
  const before = await Deno.readTextFile("docs/configuration.md");
  const after = before.replace(
    /<!-- reference -->[\s\S]*<!-- \/reference -->/,
    () => `<!-- reference -->\n\n${configReference(schema)}\n\n<!-- /reference -->`,
  );
  const file = await Deno.makeTempFile({ suffix: ".md" });
  try {
    await Deno.writeTextFile(file, after);
    await new Deno.Command(Deno.execPath(), {
      args: ["fmt", "--quiet", "--config", "deno.json", file],
    }).output();
    const formatted = await Deno.readTextFile(file);
    if (Deno.env.get("UPDATE") === "1") {
      await Deno.writeTextFile("docs/configuration.md", formatted);
    }
    const hint = "run: UPDATE=1 deno test -A test/integration/docs_test.ts";
    assertEquals(await Deno.readTextFile("docs/configuration.md"), formatted, hint);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("every key of the configuration has a meaning in the reference", () => {
  const bare = configReference(schema).split("\n").filter((line) => /^\|.*\|\s*\|$/.test(line));
  assertEquals(bare, []);
});

Deno.test("every command and option in the handbook exists", () => {
  const wrong: string[] = [];
  let count = 0;
  for (const { place, words: [name = "", ...rest] } of pages.flatMap(commandLines)) {
    if (name === "COMMAND") continue;
    count++;
    const spec = commandSpecs.find((one) => one.name === name);
    if (spec === undefined) {
      wrong.push(`${place}: ${name}`);
      continue;
    }
    const known = new Set(
      optionsOf(spec).flatMap((option) => [
        ...tokensOf(option),
        ...(option.presets ?? []).flatMap(({ tokens }) => tokens),
      ]),
    );
    for (const word of rest) {
      const option = word.replace(/[=\]].*$/, "").replace(/^\[/, "");
      if (option.startsWith("--") && !known.has(option)) wrong.push(`${place}: ${name} ${option}`);
    }
  }
  assertEquals(wrong, []);
  assertEquals(count > 40, true, `${count} commands`);
});

Deno.test("every key of the configuration that the handbook names exists", () => {
  const known = [...paths].map((path) => `.${path}`);
  const notKeys =
    /^(dicom|webhook|data|process)\.|\.(yaml|json|ndjson|md|ts|csv|key|pem|wl|sock|dump)$/;
  // Dotted names of the library's page are those of code.
  const about = pages.filter(({ path }) => path !== "docs/library.md");
  const wrong = about.flatMap(dottedKeys).filter(({ key }) =>
    !notKeys.test(key) && !known.some((path) => path.endsWith(`.${key}`))
  );
  assertEquals(wrong, []);
});

Deno.test("every configuration in the handbook has known keys only", () => {
  const wrong: string[] = [];
  let count = 0;
  for (const { place, info, text } of pages.flatMap(({ blocks }) => blocks)) {
    if (!/^yaml( |$)/.test(info)) continue;
    const value = parse(text);
    const isOurs = typeof value === "object" && value !== null &&
      Object.keys(value).every((key) => paths.has(key));
    if (!isOurs) continue;
    count++;
    for (const path of keysOf(value, schema)) wrong.push(`${place}: ${path}`);
  }
  assertEquals(wrong, []);
  assertEquals(count > 5, true, `${count} configurations`);
});

Deno.test("every relative link of the handbook leads somewhere", () => {
  const wrong = pages.flatMap((page) =>
    relativeLinks(page).filter(({ target }) => {
      const [file = "", anchor] = target.split("#");
      const url = new URL(file, `file:///${page.path}`);
      const path = file === "" ? page.path : url.pathname.slice(1);
      try {
        Deno.statSync(path);
      } catch {
        return true;
      }
      return anchor !== undefined && path.endsWith(".md") &&
        !anchorsOf(readPage(path, Deno.readTextFileSync(path))).has(anchor);
    })
  );
  assertEquals(wrong, []);
});

Deno.test("the table of contents names every page of docs", () => {
  const named = relativeLinks(
    pages.find(({ path }) => path === "docs/README.md") ?? readPage("", ""),
  )
    .map(({ target }) => `docs/${target}`);
  const missing = pages.map(({ path }) => path)
    .filter((path) => path.startsWith("docs/") && path !== "docs/README.md")
    .filter((path) => !named.includes(path));
  assertEquals(missing, []);
});

for (
  const page of pages.filter(({ blocks }) => blocks.some(({ info }) => /^sh run( |$)/.test(info)))
) {
  Deno.test(`the commands of ${page.path} succeed as they are printed`, async () => {
    await runPage(page);
  });
}

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: boolean | Node;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
}

/** Yields the keys of a configuration that the schema does not know. */
function* keysOf(value: unknown, node: Node, path = ""): Generator<string> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return;
  const nodes = [node, ...node.oneOf ?? [], ...node.anyOf ?? []];
  for (const [key, child] of Object.entries(value)) {
    const known = nodes.flatMap((one) => {
      const named = typeof one.additionalProperties === "object" ? [one.additionalProperties] : [];
      return one.properties?.[key] ?? named;
    });
    if (known.length === 0) yield `${path}${key}`;
    else if (key !== "keys" && key !== "headers" && key !== "for_each") {
      yield* keysOf(child, {
        anyOf: known.flatMap((one) => [one, ...one.oneOf ?? [], ...one.anyOf ?? []]),
      }, `${path}${key}.`);
    }
  }
}

Deno.test("every message that docs/troubleshooting.md quotes is one of the program", () => {
  const source = sourceTexts("src").join("\n").replaceAll(/["`] \+\s*["`]/g, "");
  const page = pages.find(({ path }) => path === "docs/troubleshooting.md");
  const quoted = (page?.prose.split("\n") ?? []).flatMap((line) => {
    const [, cell = ""] = /^\| (`[^|]*) \|/.exec(line) ?? [];
    return /^`[^`]*`$/.test(cell.trim()) ? [cell.trim().slice(1, -1)] : [];
  });
  const wrong = quoted.filter((message) =>
    message.split("…").some((part) => !source.includes(part.trim()))
  );
  assertEquals(wrong, []);
  assertEquals(quoted.length > 30, true, `${quoted.length} messages`);
});

/** The texts of all source files below a folder. */
function sourceTexts(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    return isDirectory
      ? sourceTexts(path)
      : name.endsWith(".ts")
      ? [Deno.readTextFileSync(path)]
      : [];
  });
}

Deno.test("ARCHITECTURE.md names files and folders that exist", async () => {
  const text = await Deno.readTextFile("ARCHITECTURE.md");
  const named = [...text.matchAll(/`((?:src|test|docs)\/[a-z_/]+(?:\.ts)?)`/g)].map(([, path]) =>
    path
  );
  const missing: string[] = [];
  for (const path of new Set(named)) {
    if (path !== undefined && !await Deno.stat(path).catch(() => undefined)) missing.push(path);
  }
  assertEquals(missing, []);
  // Every row of the table of invariants names the tests that guard it.
  const guards = text.split("\n").filter((line) => /^\| \d+ +\|/.test(line));
  assertEquals(guards.length, 12);
  for (const guard of guards) assertEquals(/`test\/[a-z_/]+_test\.ts`/.test(guard), true, guard);
});
