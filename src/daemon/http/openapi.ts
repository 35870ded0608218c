/**
 * The OpenAPI 3.1 description of the HTTP interface, generated from the table of routes and their schemas.
 *
 * @module
 */
import * as z from "zod";
import { type Route, routes } from "./routes.ts";
import { problemSchema } from "./schemas.ts";

/**
 * Generates the description.
 *
 * @param version The version of the program.
 * @returns A value to be written as JSON.
 */
export function openApi(version: string): Readonly<Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, route] of Object.entries<Route>(routes)) {
    const operations = paths[route.path] ??= {};
    operations[route.method] = operation(name, route);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "worklistd",
      version,
      license: { name: "MIT", identifier: "MIT" },
      description: "Status, stored worklists and changes of a worklistd daemon",
    },
    servers: [{ url: "/" }],
    paths,
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "The token of `token_file`" },
        password: { type: "http", scheme: "basic", description: "A user of `users_file`" },
      },
      responses: {
        problem: {
          description: "Why the request was refused",
          content: { "application/problem+json": { schema: jsonSchema(problemSchema) } },
        },
      },
    },
  };
}

function operation(name: string, route: Route): Readonly<Record<string, unknown>> {
  const { summary, access, params, query, body, answers } = route;
  const responses: Record<string, unknown> = {};
  for (const [status, { description, schema }] of Object.entries(answers)) {
    const content = "parse" in schema
      ? { "application/json": { schema: jsonSchema(schema, "output") } }
      : Object.fromEntries(schema.map((type) => [type, {}]));
    responses[status] = { description, content };
  }
  responses["default"] = { $ref: "#/components/responses/problem" };
  const parameters = [...parametersOf(params, "path"), ...parametersOf(query, "query")];
  return {
    operationId: name,
    summary,
    security: access === "open" ? [] : [{ token: [] }, { password: [] }],
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: { content: { "application/json": { schema: jsonSchema(body) } } },
    }),
    responses,
  };
}

function parametersOf(schema: z.ZodObject | undefined, place: "path" | "query"): unknown[] {
  if (schema === undefined) return [];
  // What is coerced to a number comes as text; its bounds are part of the output.
  const { properties = {} } = jsonSchema(schema, "output");
  const { required = [] } = jsonSchema(schema);
  return Object.entries(properties).map(([name, { description, ...own }]) => ({
    name,
    in: place,
    required: place === "path" || required.includes(name),
    ...(description !== undefined && { description }),
    schema: own,
  }));
}

/** A JSON Schema, as far as we look into ours. */
interface ObjectSchema {
  readonly properties?: Readonly<Record<string, { readonly description?: string }>>;
  readonly required?: readonly string[];
}

function jsonSchema(schema: z.ZodType, io: "input" | "output" = "input"): ObjectSchema {
  const generated = z.toJSONSchema(schema, { io, unrepresentable: "any", target: "draft-2020-12" });
  const { $schema: _, ...rest } = generated;
  return rest as ObjectSchema;
}
