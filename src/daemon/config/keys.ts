/**
 * The `keys` of a query, and key paths wherever they stand.
 *
 * @module
 */
import * as z from "zod";
import { lookupTag } from "../../dicom/dictionary.ts";
import { resolveValue } from "../../query/date_window.ts";
import { type KeyPath, parseKeyPath } from "../../query/key_path.ts";
import { type Part, text, withHint } from "./scalars.ts";
import type { Problem } from "./problems.ts";

/** Keys as they stand in the file: a nested map steps into the first item of a sequence. */
export interface KeysSection {
  readonly [path: string]: KeyValue;
}

/** A key's value: nothing for a return key, one value, several, or the keys of an item. */
export type KeyValue = null | string | number | readonly (string | number)[] | KeysSection;

/** A day without midnight near: windows in keys are checked for their form. */
const context = { now: Temporal.Instant.from("2026-06-15T12:00:00Z"), timeZone: "UTC" };

/** A key path, such as `ScheduledProcedureStepSequence.Modality` or `(0008,0060)`. */
export const keyPath: Part<string> = text((path) => {
  parseKeyPath(path);
  return path;
}, ["ScheduledProcedureStepSequence.Modality", "(0008,0060)"]);

/** The keys of a query. */
export const keysPart: Part<KeysSection> = withHint(
  z.record(z.string(), z.unknown()).transform((keys, context): KeysSection => {
    for (const { path, message, atKey } of keyProblems(keys, [])) {
      context.addIssue({ code: "custom", path: [...path], message, params: { atKey } });
    }
    return keys as KeysSection;
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

function keyProblems(keys: object, parents: readonly string[]): Problem[] {
  return Object.entries(keys).flatMap(([key, value]): Problem[] => {
    const at = [...parents, key];
    let path: KeyPath;
    try {
      path = parseKeyPath(at.join("."));
    } catch (error) {
      return [{ path: at, message: messageOf(error), atKey: true }];
    }
    if (isMap(value)) return nestedProblems(path, value, at);
    const values = Array.isArray(value) ? value : [value];
    return values.flatMap((one: unknown, index): Problem[] => {
      const message = valueProblem(path, one);
      const where = Array.isArray(value) ? [...at, index] : at;
      return message === undefined ? [] : [{ path: where, message }];
    });
  });
}

function nestedProblems(path: KeyPath, keys: object, at: readonly string[]): Problem[] {
  const vr = vrOf(path);
  if (vr === "SQ" || vr === "UN") return keyProblems(keys, at);
  return [{ path: at, message: `has VR ${vr}: only sequences (SQ) take a map of keys` }];
}

function valueProblem(path: KeyPath, value: unknown): string | undefined {
  if (value === null) return undefined;
  const vr = vrOf(path);
  if (value instanceof Date) return "is read as a date of YAML: write it as YYYYMMDD";
  if (typeof value === "boolean") {
    return `is read as ${value}: put it in quotes if that is the text`;
  }
  if (typeof value !== "string" && typeof value !== "number") {
    return "must be a value, a list of values, a map of keys, or nothing";
  }
  if (vr === "SQ") return "is a sequence: give a map of keys, or nothing";
  if (vr === "AE" && String(value).trim().length > 16) {
    return "is longer than the 16 characters of VR AE";
  }
  try {
    resolveValue(String(value), vr, context);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function vrOf(path: KeyPath): NonNullable<ReturnType<typeof lookupTag>>["vr"] {
  const tag = path.at(-1)?.tag;
  return (tag === undefined ? undefined : lookupTag(tag)?.vr) ?? "UN";
}

function isMap(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What an editor offers first. */
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
