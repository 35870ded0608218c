/// <reference lib="deno.unstable" />
/**
 * The source files as a syntax tree shows them: what each imports, and which parts of the world it touches.
 *
 * The parser is the one of `deno lint`, so a use of the world is found however it is spelt:
 * `const { readTextFile } = Deno`, `globalThis["Deno"]`, `new Date()`, `import(path)`.
 *
 * @module
 */

/** A source file, as far as the layering rules look at it. */
export interface SourceFile {
  /** Its path from the repository's root. */
  readonly path: string;
  /** Its text. */
  readonly text: string;
  /** Repository paths that it imports when it runs, static or by `import("…")` with a literal. */
  readonly imports: readonly string[];
  /** Repository paths that it imports for their types only. */
  readonly typeImports: readonly string[];
  /** Parts of the world that it names, such as `Deno.open` or `node:net`. */
  readonly worldUses: readonly string[];
}

/** Globals that reach the world whatever is done with them. */
const worldGlobals = new Set([
  "Deno",
  "fetch",
  "setTimeout",
  "setInterval",
  "Worker",
  "WebSocket",
  "XMLHttpRequest",
  "localStorage",
  "sessionStorage",
  "navigator",
  "process",
  "globalThis",
  "console",
]);

/** Members of otherwise pure globals that reach the world. */
const worldMembers = new Set([
  "AbortSignal.timeout",
  "Date.now",
  "Math.random",
  "Temporal.Now",
  "crypto.getRandomValues",
  "crypto.randomUUID",
  "performance.now",
]);

/** Built-in modules that only compute. */
const pureModules = new Set(["node:zlib", "node:buffer", "node:string_decoder"]);

/** What of `node:crypto` draws random numbers; all else of it only computes. */
const randomImports = /^(?:random|generate|createDiffieHellman|createECDH|webcrypto|default|\*)/;

/** Members of `Deno` that are only names of error classes or types. */
const pureDenoMembers = new Set(["errors"]);

/** Reads all files below the given folders, `src/std` excepted. */
export function readSourceTree(roots: readonly string[]): SourceFile[] {
  const paths = roots.flatMap((root) => root.endsWith(".ts") ? [root] : [...tsFiles(root)]);
  return paths.filter((path) => !path.startsWith("src/std/")).sort()
    .map((path) => parseSource(path, Deno.readTextFileSync(path)));
}

/** Parses one file. */
export function parseSource(path: string, text: string): SourceFile {
  const imports = new Set<string>();
  const typeImports = new Set<string>();
  const worldUses = new Set<string>();
  const base = new URL(`file:///${path}`);
  const note = (source: string, typeOnly: boolean): void => {
    if (source.startsWith(".")) {
      (typeOnly ? typeImports : imports).add(new URL(source, base).pathname.slice(1));
    } else if (
      source.startsWith("node:") && source !== "node:crypto" && !typeOnly &&
      !pureModules.has(source)
    ) worldUses.add(source);
  };
  const plugin: Deno.lint.Plugin = {
    name: "source-tree",
    rules: {
      collect: {
        create: () => ({
          ImportDeclaration: (node): void => {
            note(node.source.value, node.importKind === "type");
            if (node.source.value !== "node:crypto" || node.importKind === "type") return;
            for (const specifier of node.specifiers) {
              const name = importedName(specifier);
              if (randomImports.test(name)) worldUses.add(`node:crypto.${name}`);
            }
          },
          ExportAllDeclaration: (node) => note(node.source.value, node.exportKind === "type"),
          ExportNamedDeclaration: (node): void => {
            if (node.source !== null) note(node.source.value, node.exportKind === "type");
          },
          ImportExpression: (node): void => {
            if (node.source.type === "Literal" && typeof node.source.value === "string") {
              note(node.source.value, false);
            } else worldUses.add("import(…)");
          },
          TSImportType: (node): void => {
            const { argument } = node;
            if (argument.type === "TSLiteralType" && argument.literal.type === "Literal") {
              note(String(argument.literal.value), true);
            }
          },
          Identifier: (node): void => {
            if (worldGlobals.has(node.name) && isValueUse(node)) worldUses.add(nameOfUse(node));
          },
          MemberExpression: (node): void => {
            if (node.object.type !== "Identifier" || node.property.type !== "Identifier") return;
            const name = `${node.object.name}.${node.property.name}`;
            if (worldMembers.has(name)) worldUses.add(name);
          },
          NewExpression: (node): void => {
            if (node.callee.type === "Identifier" && node.callee.name === "Date") {
              if (node.arguments.length === 0) worldUses.add("new Date()");
            }
          },
        }),
      },
    },
  };
  Deno.lint.runPlugin(plugin, path, text);
  return {
    path,
    text,
    imports: [...imports],
    typeImports: [...typeImports],
    worldUses: [...worldUses].filter((use) => !pureDenoMembers.has(use.replace(/^Deno\./, ""))),
  };
}

/** The files that each file reaches when it runs, itself excepted. */
export function reachOf(files: readonly SourceFile[]): Map<string, ReadonlySet<string>> {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const reach = new Map<string, Set<string>>();
  for (const file of files) {
    const seen = new Set<string>();
    const open = [...file.imports];
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      if (seen.has(path)) continue;
      seen.add(path);
      open.push(...byPath.get(path)?.imports ?? []);
    }
    reach.set(file.path, seen);
  }
  return reach;
}

/** Circles of imports, each as its files; an import of types counts too. */
export function circlesOf(files: readonly SourceFile[]): string[][] {
  const graph = new Map(
    files.map((file) => [file.path, [...file.imports, ...file.typeImports]]),
  );
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (path: string): void => {
    order.set(path, order.size);
    low.set(path, order.size - 1);
    stack.push(path);
    for (const target of graph.get(path) ?? []) {
      if (!graph.has(target)) continue;
      if (!order.has(target)) visit(target);
      if (stack.includes(target)) {
        low.set(path, Math.min(low.get(path) ?? 0, low.get(target) ?? 0));
      }
    }
    if (low.get(path) !== order.get(path)) return;
    const circle = stack.splice(stack.indexOf(path));
    if (circle.length > 1 || graph.get(path)?.includes(path)) circles.push(circle.sort());
  };
  for (const path of graph.keys()) if (!order.has(path)) visit(path);
  return circles;
}

function importedName(specifier: Deno.lint.ImportDeclaration["specifiers"][number]): string {
  if (specifier.type === "ImportNamespaceSpecifier") return "*";
  if (specifier.type === "ImportDefaultSpecifier") return "default";
  return specifier.imported.type === "Identifier" ? specifier.imported.name : "*";
}

function nameOfUse(node: Deno.lint.Identifier): string {
  const parent = node.parent;
  if (parent.type === "MemberExpression" && parent.object === node) {
    if (parent.property.type === "Identifier" && !parent.computed) {
      return `${node.name}.${parent.property.name}`;
    }
  }
  return node.name;
}

/** True if an identifier is read as a value: no property name, key of an object, declaration or type. */
function isValueUse(node: Deno.lint.Identifier): boolean {
  const parent = node.parent;
  switch (parent.type) {
    case "MemberExpression":
      return parent.object === node || parent.computed;
    case "Property":
      return parent.value === node;
    case "PropertyDefinition":
    case "MethodDefinition":
    case "TSPropertySignature":
    case "TSMethodSignature":
    case "TSTypeReference":
    case "TSQualifiedName":
    case "TSEnumMember":
    case "ImportSpecifier":
    case "ImportDefaultSpecifier":
    case "ImportNamespaceSpecifier":
    case "ExportSpecifier":
      return false;
    case "VariableDeclarator":
      return parent.init === node;
    case "TSTypeQuery":
      return false;
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      return parent.type === "ArrowFunctionExpression" && parent.body === node;
    default:
      return true;
  }
}

function* tsFiles(folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* tsFiles(path);
    else if (entry.name.endsWith(".ts")) yield path;
  }
}
