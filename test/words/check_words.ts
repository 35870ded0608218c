/**
 * Reports phrases that section "Style" of CONTRIBUTING.md bans from comments, messages and documents.
 *
 * Run as `deno task words`, which is part of `deno task check`. Exits 1 if there is one. With a path as its argument, looks at files below it only.
 *
 * @module
 */
import { bannedOpening, bannedPhrases, exceptions } from "./banned.ts";
import { type Prose, proseOfMarkdown, proseOfTypeScript } from "./prose.ts";

/** A banned phrase at a place. */
interface Finding {
  readonly place: string;
  readonly name: string;
  readonly use: string;
  readonly text: string;
}

function* findings(path: string, prose: readonly Prose[]): Generator<Finding> {
  for (const { line, kind, text } of prose) {
    if (exceptions.some((exception) => text.includes(exception.text))) continue;
    const place = `${path}:${line}`;
    if (kind === "doc" && bannedOpening.test(text)) {
      yield { place, name: `begins with ${text.split(" ")[0]}`, use: "a verb or a noun", text };
    }
    for (const { name, pattern, use } of bannedPhrases) {
      for (const _ of text.matchAll(pattern)) yield { place, name, use, text };
    }
  }
}

function* files(path: string): Generator<string> {
  if (!Deno.statSync(path).isDirectory) return yield path;
  for (const entry of Deno.readDirSync(path)) {
    if (entry.isDirectory || /\.(?:ts|js|md)$/.test(entry.name)) {
      yield* files(`${path}/${entry.name}`);
    }
  }
}

const roots = Deno.args.length > 0 ? Deno.args : ["src", "main.ts", "docs", "README.md"];
const all: Finding[] = [];
for (const path of roots.flatMap((root) => [...files(root)]).sort()) {
  if (path.startsWith("src/std/") || path.endsWith("dictionary_data.ts")) continue;
  const source = Deno.readTextFileSync(path);
  all.push(
    ...findings(path, path.endsWith(".md") ? proseOfMarkdown(source) : proseOfTypeScript(source)),
  );
}
const lines = all.map(({ place, name, use, text }) =>
  `${place}: ${name}; say ${use}: ${text.slice(0, 140)}`
);
await Deno.stdout.write(
  new TextEncoder().encode(`${[...lines, `${all.length} banned phrases`].join("\n")}\n`),
);
if (all.length > 0) Deno.exit(1);
