/**
 * The parts that schemas of sinks share.
 *
 * @module
 */
import * as z from "zod";
import { keyPath } from "./keys.ts";
import type { Part } from "./scalars.ts";

/** A part of the schema that the union of sinks distinguishes by its `type`. */
export type SinkPart<T> = Part<T> & z.core.$ZodTypeDiscriminable;

/** The keys by which a sink chooses events. */
export const selection: {
  readonly events: Part<string[] | undefined>;
  readonly changed_in: Part<string[] | undefined>;
} = {
  events: z.array(
    z.enum(["added", "changed", "removed", "left_window", "failed", "recovered", "suspect"]),
  ).min(1).optional().describe("Only these kinds of events; default: all"),
  changed_in: z.array(keyPath).min(1).optional()
    .describe("Of the changes, only those in which one of these key paths changed"),
};
