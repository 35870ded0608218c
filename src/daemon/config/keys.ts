/**
 * The `keys` of a query, and key paths wherever they stand.
 *
 * @module
 */
import { isMap } from "../../base/is_map.ts";
import * as z from "zod";
import { buildIdentifier } from "../../query/identifier.ts";
import { IdentifierError } from "../../query/identifier_error.ts";
import type { Keys } from "../../query/query_definition.ts";
import type { ResolveContext } from "../../query/date_window.ts";
import { parseKeyPath } from "../../query/key_path.ts";
import { dateWindowOf } from "../poll/split.ts";
import type { Problem } from "./problems.ts";
import { type Part, text, withHint } from "./scalars.ts";

/** Any day, at noon: keys are only checked for their form here, and built again for each poll. */
const anyDay = ["12:00:00", "00:00:00", "23:59:59"].map((time) => ({
  now: Temporal.Instant.from(`2026-06-15T${time}Z`),
  timeZone: "UTC",
}));

/** A key path, such as `ScheduledProcedureStepSequence.Modality` or `(0008,0060)`. */
export const keyPath: Part<string> = text((path) => {
  parseKeyPath(path);
  return path;
}, ["ScheduledProcedureStepSequence.Modality", "(0008,0060)"]);

/** The keys of a query. */
export const keysPart: Part<Keys> = withHint(
  z.record(z.string(), z.unknown()).transform((given, context): Keys => {
    const problems: Problem[] = [];
    const keys = readableKeys(given, [], problems);
    problems.push(...lostCharacters(keys, []));
    for (const moment of anyDay) {
      const found = problemsAt(moment, keys);
      problems.push(...found);
      if (found.length > 0) break;
    }
    for (const { path, message, atKey } of problems) {
      context.addIssue({ code: "custom", path: [...path], message, params: { atKey } });
    }
    return keys;
  }),
  {
    jsonSchema: {
      type: "object",
      propertyNames: {
        anyOf: [{ enum: commonKeys() }, { pattern: "^[A-Za-z0-9(), .\\[\\]]+$" }],
      },
      additionalProperties: {
        type: ["null", "string", "number", "array", "object"],
        items: { type: ["string", "number"] },
      },
    },
  },
);

/**
 * Returns true if keys have a window of dates by which a query can be divided.
 *
 * @param keys Keys without problems.
 */
export function haveDates(keys: Keys): boolean {
  return anyDay.every((moment) =>
    dateWindowOf(buildIdentifier({ model: "worklist", keys }, moment).keys) !== undefined
  );
}

/** A text editor that read the file in another character set put them there. */
function* lostCharacters(keys: Keys, parents: readonly string[]): Generator<Problem> {
  for (const [name, value] of Object.entries(keys)) {
    const path = [...parents, name];
    if (isMap(value)) yield* lostCharacters(value as Keys, path);
    else if (String(value).includes("\uFFFD")) {
      yield {
        path,
        message: "has U+FFFD, which stands for a lost character: write that character",
      };
    }
  }
}

function problemsAt(moment: ResolveContext, keys: Keys): Problem[] {
  try {
    buildIdentifier({ model: "worklist", keys }, moment);
  } catch (error) {
    if (error instanceof IdentifierError) {
      return error.problems.map((one) => ({ ...one, atKey: !isKeyPath(one.path.join(".")) }));
    }
    // What else can be wrong depends on the model, and is found with it.
  }
  return [];
}

/**
 * Takes over what can be a key's value; of the rest it says why not.
 *
 * @param given The value in the file.
 * @param parents The names of the maps around it.
 * @param problems Gets what cannot be a value.
 * @returns The keys.
 */
export function readableKeys(given: object, parents: readonly string[], problems: Problem[]): Keys {
  const keys: Record<string, Keys[string]> = {};
  for (const [name, value] of Object.entries(given)) {
    const path = [...parents, name];
    const list = Array.isArray(value) ? value : [value];
    const bad = list.findIndex((one: unknown) =>
      problemOf(one, Array.isArray(value)) !== undefined
    );
    const message = problemOf(list[bad], Array.isArray(value));
    if (bad >= 0 && message !== undefined) {
      problems.push({ path: Array.isArray(value) ? [...path, bad] : path, message });
      keys[name] = null;
    } else keys[name] = isMap(value) ? readableKeys(value, path, problems) : value;
  }
  return keys;
}

function problemOf(value: unknown, inList: boolean): string | undefined {
  if (typeof value === "string" || typeof value === "number") return undefined;
  if (!inList && (value === null || isMap(value))) return undefined;
  if (value instanceof Date) return "is read as a date of YAML: write it as YYYYMMDD";
  if (typeof value === "boolean") {
    return `is read as ${value}: put it in quotes if that is the text`;
  }
  return "must be text or a number";
}

function isKeyPath(path: string): boolean {
  try {
    return parseKeyPath(path).length > 0;
  } catch {
    return false;
  }
}

/** The value that an editor offers first. */
function commonKeys(): string[] {
  return [
    "ScheduledProcedureStepSequence",
    "ScheduledStationAETitle",
    "ScheduledProcedureStepStartDate",
    "ScheduledProcedureStepStartTime",
    "ScheduledPerformingPhysicianName",
    "Modality",
    "PatientName",
    "PatientID",
    "AccessionNumber",
    "RequestedProcedureID",
    "StudyInstanceUID",
    "StudyDate",
    "StudyTime",
    "ModalitiesInStudy",
  ];
}
