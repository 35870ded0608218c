import { assert, assertEquals } from "@std/assert";
import { configJsonSchema } from "../../../src/daemon/config/json_schema.ts";
import { loadConfig } from "../../../src/daemon/load_config.ts";

const folder = new URL("../../../config/", import.meta.url);
const example = new URL("worklistd.yaml", folder);
const schemaFile = new URL("worklistd.schema.json", folder);

Deno.test("config/worklistd.schema.json is what the validator generates", async () => {
  const generated = JSON.stringify(configJsonSchema(), null, 2) + "\n";
  if (Deno.env.get("UPDATE") === "1") await Deno.writeTextFile(schemaFile, generated);
  const message = "run: UPDATE=1 deno test -A test/integration/daemon/example_config_test.ts";
  assertEquals(await Deno.readTextFile(schemaFile), generated, message);
});

Deno.test("config/worklistd.yaml is accepted", async () => {
  const config = await loadConfig(example.pathname);
  assertEquals([...config.queries.keys()], ["ct-today[CT1]", "ct-today[CT2]"]);
  assertEquals([...config.sinks.keys()], ["changes", "current", "stations", "console", "hook"]);
});

Deno.test("config/worklistd.yaml shows every key that is accepted, with a comment", async () => {
  const lines = (await Deno.readTextFile(example)).split("\n");
  for (const key of keysOf(configJsonSchema())) {
    const shown = lines.filter((line) => new RegExp(`^[ #-]*${key}:`).test(line));
    assert(shown.length > 0, `${key} is not shown`);
  }
});

Deno.test("config/worklistd.yaml shows the defaults as they are", async () => {
  const text = await Deno.readTextFile(example);
  for (const [key, value] of Object.entries(defaultsOf(configJsonSchema()))) {
    const shown = RegExp.escape(String(value));
    const pattern = new RegExp(`^[ #-]*${key}: ("?${shown}"?( |$)|.*# .*default:? ${shown})`, "m");
    assert(pattern.test(text), `${key}: the default is ${value}`);
  }
});

interface Node {
  readonly properties?: Record<string, Node>;
  readonly default?: unknown;
  readonly [key: string]: unknown;
}

function keysOf(schema: unknown): string[] {
  const keys = new Set<string>();
  walk(schema, ({ properties }) => {
    for (const key of Object.keys(properties ?? {})) keys.add(key);
  });
  return [...keys];
}

/** Defaults, but for lists and maps, of keys that have the same one everywhere. */
function defaultsOf(schema: unknown): Record<string, unknown> {
  const found = new Map<string, Set<unknown>>();
  walk(schema, ({ properties }) => {
    for (const [key, { default: value }] of Object.entries(properties ?? {})) {
      if (value === undefined || typeof value === "object") continue;
      found.set(key, (found.get(key) ?? new Set()).add(value));
    }
  });
  return Object.fromEntries(
    [...found].flatMap(([key, values]) => values.size === 1 ? [[key, [...values][0]]] : []),
  );
}

function walk(node: unknown, visit: (node: Node) => void): void {
  if (typeof node !== "object" || node === null) return;
  if (!Array.isArray(node)) visit(node as Node);
  for (const child of Object.values(node)) walk(child, visit);
}
