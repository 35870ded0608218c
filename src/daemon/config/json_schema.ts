/**
 * The JSON Schema of the configuration, by which editors complete and check it.
 *
 * @module
 */
import * as z from "zod";
import { documentSchema } from "./document.ts";

const noFiles = {
  resolve: (path: string): string => path,
  read: (): string => "",
  readAll: (): Uint8Array[] => [],
};

/** A JSON Schema, as far as we look into ours. */
export interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: boolean | SchemaNode;
  readonly items?: SchemaNode;
  readonly oneOf?: readonly SchemaNode[];
  readonly anyOf?: readonly SchemaNode[];
}

/**
 * Generates the JSON Schema of the configuration from its validator.
 *
 * @returns The schema, draft 2020-12.
 */
export function configJsonSchema(): SchemaNode {
  return jsonSchemaOf(documentSchema(noFiles), "worklistd configuration");
}

/**
 * Generates a JSON Schema from a validator.
 *
 * @param schema The validator.
 * @param title The title that editors show.
 * @returns The schema, draft 2020-12.
 */
export function jsonSchemaOf(schema: z.ZodType, title: string): SchemaNode {
  const generated = z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      const fallback = defaultOf(zodSchema);
      if (fallback !== undefined) jsonSchema["default"] = fallback;
      const hint = z.globalRegistry.get(zodSchema)?.["jsonSchema"];
      if (hint === undefined) return;
      const kept = Object.entries(jsonSchema).filter(([key]) =>
        key === "description" || key === "default"
      );
      for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
      Object.assign(jsonSchema, Object.fromEntries(kept), hint);
    },
  });
  return { title, ...generated } as SchemaNode;
}

/** The default of a part as it would be in the file; a part that is code shows editors none by itself. */
function defaultOf(schema: z.core.$ZodTypes): unknown {
  const { def } = schema._zod;
  if (def.type !== "default") return undefined;
  const write = z.globalRegistry.get(def.innerType)?.["write"];
  return typeof write === "function" ? write(def.defaultValue) : def.defaultValue;
}

/**
 * Finds the keys that the map at a path of a file may have.
 *
 * @param path The way to the map.
 * @param schema The schema of the file; left out, that of the configuration.
 * @returns The keys.
 */
export function knownKeysAt(
  path: readonly (string | number)[],
  schema: SchemaNode = configJsonSchema(),
): string[] {
  let nodes: readonly SchemaNode[] = [schema];
  for (const step of path) nodes = nodes.flatMap((node) => childrenOf(node, step));
  return nodes.flatMap(alternatives).flatMap((node) => Object.keys(node.properties ?? {}));
}

function childrenOf(node: SchemaNode, step: string | number): SchemaNode[] {
  return alternatives(node).flatMap((one) => {
    const rest = typeof one.additionalProperties === "object"
      ? one.additionalProperties
      : undefined;
    const child = typeof step === "number" ? one.items : one.properties?.[step] ?? rest;
    return child === undefined ? [] : [child];
  });
}

function alternatives(node: SchemaNode): SchemaNode[] {
  return [node, ...(node.oneOf ?? []), ...(node.anyOf ?? [])];
}
