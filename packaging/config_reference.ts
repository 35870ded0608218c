/**
 * The reference of the configuration, made from its JSON Schema: `docs/configuration.md`.
 *
 * `UPDATE=1 deno test -A test/integration/docs_test.ts` writes the page.
 *
 * @module
 */

/** A JSON Schema, as far as the reference needs it. */
export interface ReferenceSchema {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly examples?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, ReferenceSchema>>;
  readonly additionalProperties?: boolean | ReferenceSchema;
  readonly items?: ReferenceSchema;
  readonly anyOf?: readonly ReferenceSchema[];
  readonly oneOf?: readonly ReferenceSchema[];
}

/** Marks of the generated part of the page. */
export const referenceMarks = ["<!-- reference -->", "<!-- /reference -->"] as const;

/**
 * Writes the reference.
 *
 * @param schema The JSON Schema of the configuration.
 * @returns Markdown: a section for each map, with a table of its keys.
 */
export function configReference(schema: ReferenceSchema): string {
  return [...sections("", schema)].join("\n\n");
}

/**
 * Lists every key of a configuration, with `NAME` for names that a site chooses.
 *
 * @param schema The JSON Schema of the configuration.
 * @returns Paths such as `peers.NAME.host`.
 */
export function configPaths(schema: ReferenceSchema): Set<string> {
  return new Set(pathsBelow("", schema));
}

function* pathsBelow(path: string, schema: ReferenceSchema): Generator<string> {
  for (const [key, child] of Object.entries(schema.properties ?? {})) {
    const below = join(path, key);
    yield below;
    yield* pathsBelow(below, child);
  }
  const { additionalProperties: named } = schema;
  if (typeof named === "object") yield* pathsBelow(join(path, "NAME"), named);
  for (const one of [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])]) {
    yield* pathsBelow(path, one);
  }
}

function* sections(path: string, schema: ReferenceSchema): Generator<string> {
  const { additionalProperties: named } = schema;
  if (typeof named === "object") return yield* sections(join(path, "NAME"), named);
  for (const kind of schema.oneOf ?? []) {
    yield* table(`${path}: type ${String(kind.properties?.["type"]?.const)}`, path, kind);
  }
  yield* table(path === "" ? "The file" : path, path, schema);
}

function* table(title: string, path: string, schema: ReferenceSchema): Generator<string> {
  const entries = Object.entries(schema.properties ?? {});
  if (entries.length === 0) return;
  const rows = entries.map(([key, child]) => row(key, child, schema.required?.includes(key)));
  const intro = path !== "" && title !== path
    ? schema.properties?.["type"]?.description
    : undefined;
  yield [
    path === "" ? `## ${title}` : `## \`${title}\``,
    ...[intro === undefined ? [] : [`${intro}.`]].flat(),
    ["| key | type | default | meaning |", "| --- | --- | --- | --- |", ...rows].join("\n"),
  ].join("\n\n");
  for (const [key, child] of entries) {
    if (key === "keys") continue;
    yield* sections(join(path, key), child);
    for (const one of child.anyOf ?? []) yield* sections(join(path, key), one);
  }
}

function row(key: string, schema: ReferenceSchema, isRequired = false): string {
  const [, meaning = "", said] = /^(.*?)(?:;? ?default: (.*))?$/i.exec(schema.description ?? "") ??
    [];
  const { default: fallback } = schema;
  const isMap = typeOf(key, schema) === "map";
  const known = fallback === undefined ? said : isMap ? "see below" : code(fallback);
  const cells = [
    code(key),
    typeOf(key, schema),
    isRequired && known === undefined ? "required" : known ?? "none",
    meaning === "" && schema.const !== undefined ? code(schema.const) : meaning,
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

/** The type as people call it. */
function typeOf(key: string, schema: ReferenceSchema): string {
  if (key === "keys") return "map of key paths";
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(", ");
  if (schema.anyOf !== undefined) {
    const kinds = schema.anyOf.filter((one) =>
      one.type !== "string" || one.enum || one.examples || key.endsWith("_file")
    );
    return [...new Set(kinds.map((one) => typeOf(key, one)))].join(", or ");
  }
  const types = [schema.type ?? "any"].flat();
  if (types.includes("array")) {
    const item = typeOf(key, schema.items ?? {});
    return types.length > 1 ? `${item}, or list of it` : `list: ${item}`;
  }
  if (types.includes("object")) return "map";
  if (types.includes("boolean")) return "`true`, `false`";
  if (types.includes("integer")) return `whole number, ${schema.minimum} to ${schema.maximum}`;
  return textTypeOf(key, schema.examples ?? []);
}

function textTypeOf(key: string, examples: readonly unknown[]): string {
  const [example] = examples;
  if (example === "WORKLISTD") return "AE title";
  if (example === "10s") return "duration";
  if (example === "4MiB" || example === "50MB") return "size";
  if (example === "20%") return "percentage";
  if (example === "Europe/Berlin") return "time zone";
  if (example === "ISO_IR 100") return "character set";
  if (String(example).startsWith("ScheduledProcedureStepSequence")) return "key path";
  if (example !== undefined) return `text, such as ${code(example)}`;
  return /(^|_)(file|path|ca|cert|key|dir)$/.test(key) ? "path" : "text";
}

function code(value: unknown): string {
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
