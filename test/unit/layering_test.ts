import { assertEquals } from "@std/assert";

/** The folders that a file of each folder of `src` may import from, beside its own. */
const mayImportFrom: Readonly<Record<string, readonly string[]>> = {
  base: [],
  dicom: ["base"],
  network: ["base", "dicom"],
  query: ["base", "dicom", "network"],
  worklist: ["base", "dicom", "network", "query"],
  deliver: ["base", "dicom", "network", "query", "worklist"],
  serve: ["base", "dicom", "network", "query", "worklist"],
  daemon: ["base", "dicom", "network", "query", "worklist", "deliver", "serve"],
  cases: ["base", "dicom", "network", "query", "worklist", "deliver", "serve", "daemon"],
  cli: ["base", "dicom", "network", "query", "worklist", "deliver", "serve", "daemon", "cases"],
};
const worldMark = "// Touches the world:";

interface SourceFile {
  readonly path: string;
  readonly text: string;
}

Deno.test("src imports only from its own layer and from those on its left", () => {
  const wrong: string[] = [];
  for (const file of sourceFiles()) {
    const layer = layerOf(file.path);
    for (const target of importsOf(file)) {
      if (!mayImport(layer, layerOf(target))) wrong.push(`${file.path} imports ${target}`);
    }
  }
  assertEquals(wrong, []);
});

Deno.test("src files say in their first line that they touch the world, and no other file does", () => {
  const wrong: string[] = [];
  for (const file of sourceFiles()) {
    if (layerOf(file.path) === "cli" || file.path === "main.ts") continue;
    const says = file.text.startsWith(worldMark);
    const does = worldUses(file.text);
    if (does.length > 0 && !says) wrong.push(`${file.path} uses ${does.join(", ")} unannounced`);
    if (says && does.length === 0) wrong.push(`${file.path} announces a world it does not touch`);
  }
  assertEquals(wrong, []);
});

Deno.test("src has no import cycles between files", () => {
  const graph = new Map(sourceFiles().map((file) => [file.path, importsOf(file, "runtime")]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      cycles.push([...trail.slice(trail.indexOf(path)), path].join(" → "));
      return;
    }
    if (done.has(path)) return;
    for (const target of graph.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  assertEquals(cycles, []);
});

function mayImport(from: string, to: string): boolean {
  return from === to || from === "main" || mayImportFrom[from]?.includes(to) === true;
}

function layerOf(path: string): string {
  return path.match(/^src\/([^/]+)\//)?.[1] ?? "main";
}

function* tsFiles(folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* tsFiles(path);
    else if (entry.name.endsWith(".ts")) yield path;
  }
}

function sourceFiles(): SourceFile[] {
  const paths = [...tsFiles("src"), "main.ts"].filter((path) => !path.startsWith("src/std/"));
  return paths.sort().map((path) => ({ path, text: Deno.readTextFileSync(path) }));
}

/** The repository paths that a file imports, static and dynamic; at run time only, or types too. */
function importsOf(file: SourceFile, which: "runtime" | "all" = "all"): string[] {
  const whole = withoutComments(file.text);
  const code = which === "all"
    ? whole
    : whole.replaceAll(/(?:^|\n)\s*(?:import|export)\s+type\b[^"';]*?from\s*"[^"]+"/g, "");
  const specifiers = [...code.matchAll(
    /(?:^|\n)\s*(?:import|export)\s+[^"';]*?from\s*"(\.[^"]+)"|import\(\s*"(\.[^"]+)"\s*\)/g,
  )].map((match) => match[1] ?? match[2] ?? "");
  const base = new URL(`file:///${file.path}`);
  return specifiers.map((specifier) => new URL(specifier, base).pathname.slice(1));
}

function worldUses(text: string): string[] {
  const code = withoutComments(text);
  const uses = code.matchAll(
    /\bDeno\.(?!errors\b)\w+|\bfetch\(|\bDate\.now\(|\bnew Date\(\)|\bTemporal\.Now\b|\bperformance\.now\(|\bset(?:Timeout|Interval)\(|\bMath\.random\(|\bcrypto\.(?:getRandomValues|randomUUID)\(|"node:(?:fs|net|tls|http|child_process|dgram)[^"]*"/g,
  );
  return [...new Set([...uses].map((use) => use[0]))];
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/(^|[^:"'`\\])\/\/[^\n]*/g, "$1");
}
