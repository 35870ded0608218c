import { assertEquals } from "@std/assert";
import { circlesOf, parseSource, reachOf, readSourceTree } from "../support/source_tree.ts";

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
  // The library's face: nothing imports it, and it knows nothing of a worklist's state.
  face: ["base", "dicom", "network", "query"],
  cli: ["base", "dicom", "network", "query", "worklist", "deliver", "serve", "daemon", "cases"],
};

/** Uses that look like the world and only compute, each with its reason. */
const onlyComputes: Readonly<Record<string, readonly string[]>> = {
  // Loads node:zlib when a deflated data set is first met: 10 ms that other runs do not spend.
  "src/dicom/deflate.ts": ["globalThis.process"],
  // Node's decoder of ISO 8859-1, several times as fast as TextDecoder.
  "src/dicom/text/latin1.ts": ["globalThis.Buffer"],
};

const worldMark = "// Touches the world:";
const files = readSourceTree(["src", "main.ts"]);
/** Commands and the program's entry are the world's side: they need no mark. */
const inner = files.filter((file) => !["cli", "main"].includes(layerOf(file.path)));

Deno.test("src imports only from its own layer and from those on its left", () => {
  const wrong = files.flatMap((file) =>
    [...file.imports, ...file.typeImports]
      .filter((target) => !mayImport(layerOf(file.path), layerOf(target)))
      .map((target) => `${file.path} imports ${target}`)
  );
  assertEquals(wrong, []);
});

Deno.test("src files that touch the world say so in their first line", () => {
  const wrong: string[] = [];
  for (const { path, text, worldUses } of inner) {
    const uses = worldUses.filter((use) => !onlyComputes[path]?.includes(use));
    if (uses.length > 0 && !text.startsWith(worldMark)) {
      wrong.push(`${path} uses ${uses.join(", ")}; begin it with "${worldMark} …"`);
    }
  }
  assertEquals(wrong, []);
});

Deno.test("src files that reach the world through another file say so in their first line", () => {
  const reach = reachOf(files);
  const marked = new Set(
    inner.filter((file) => file.text.startsWith(worldMark)).map((file) => file.path),
  );
  const wrong: string[] = [];
  for (const { path, worldUses } of inner) {
    const worldly = [...reach.get(path) ?? []].filter((target) => marked.has(target));
    if (!marked.has(path) && worldly.length > 0) {
      wrong.push(`${path} reaches ${worldly[0]}; begin it with "${worldMark} through …"`);
    }
    if (marked.has(path) && worldly.length === 0 && worldUses.length === 0) {
      wrong.push(`${path} announces a world that it does not touch`);
    }
  }
  assertEquals(wrong, []);
});

Deno.test("src has no circle of imports, of types either", () => {
  assertEquals(circlesOf(files), []);
});

for (
  const [code, use] of [
    ["const { readTextFileSync } = Deno;", "Deno"],
    [`globalThis["Deno"].cwd();`, "globalThis"],
    ["Deno.cwd();", "Deno.cwd"],
    ["const load = (path: string) => import(path);", "import(…)"],
    ["new Date();", "new Date()"],
    ["Date.now();", "Date.now"],
    [`import process from "node:process";`, "node:process"],
    [`import { lookup } from "node:dns/promises";`, "node:dns/promises"],
    [`export * from "node:fs";`, "node:fs"],
    [`import { randomBytes } from "node:crypto";`, "node:crypto.randomBytes"],
    [`new Worker("x.ts");`, "Worker"],
    ["AbortSignal.timeout(5);", "AbortSignal.timeout"],
    ["const { now } = Temporal.Now;", "Temporal.Now"],
    ["[1].map(setTimeout);", "setTimeout"],
    ["export const ask = () => fetch;", "fetch"],
    ["export const seed = Math.random;", "Math.random"],
  ] as const
) {
  Deno.test(`the layering test notices ${code}`, () => {
    assertEquals(parseSource("src/dicom/x.ts", code).worldUses, [use]);
  });
}

for (
  const code of [
    "export class X extends Error { deno = 1; fetch(): void {} }",
    "interface Port { fetch(): void; setTimeout: number }",
    "throw new Deno.errors.NotFound();",
    "new Date(2026, 1, 1);",
    `import { createHash } from "node:crypto";`,
    `import type { TLSSocket } from "node:tls";`,
    "const fetch: typeof globalThis.fetch = other;",
  ]
) {
  Deno.test(`the layering test takes ${code} as pure`, () => {
    assertEquals(parseSource("src/dicom/x.ts", code).worldUses, []);
  });
}

Deno.test("the layering test finds a circle of types and what is reached through others", () => {
  const parsed = [
    parseSource("src/a.ts", `import type { B } from "./b.ts";`),
    parseSource("src/b.ts", `import { c } from "./c.ts";`),
    parseSource("src/c.ts", `export const c: import("./a.ts").A = 1;`),
  ];
  assertEquals(circlesOf(parsed), [["src/a.ts", "src/b.ts", "src/c.ts"]]);
  assertEquals([...reachOf(parsed).get("src/b.ts") ?? []], ["src/c.ts"]);
});

function mayImport(from: string, to: string): boolean {
  return from === to || from === "main" || to === "deno.json" ||
    mayImportFrom[from]?.includes(to) === true;
}

function layerOf(path: string): string {
  if (path === "deno.json") return path;
  if (path === "src/mod.ts") return "face";
  return path.match(/^src\/([^/]+)\//)?.[1] ?? "main";
}

Deno.test("the daemon loads the HTTP interface only if it is configured", () => {
  const reached = [...reachOf(files).get("src/daemon/run.ts") ?? []];
  assertEquals(reached.includes("src/daemon/config/http.ts"), true);
  assertEquals(reached.filter((path) => /\/http\/(app|server|open_http)\.ts$/.test(path)), []);
});
