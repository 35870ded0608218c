/**
 * Compares the events of some polls with those that a test case expects.
 *
 * @module
 */
import { formatKeyPath, parseKeyPath } from "../query/key_path.ts";
import type { AttributeChange } from "../worklist/judge/diff.ts";
import type { Evidence } from "../worklist/event.ts";
import { assign } from "./assignment.ts";
import type { eventNames, Expectation, Shown } from "./case_schema.ts";

/** An event in the form of a case. */
export interface HappenedEvent {
  readonly event: typeof eventNames[number];
  readonly key: Readonly<Record<string, string>>;
  readonly kinds: readonly string[];
  readonly changes: readonly AttributeChange[];
  readonly evidence?: Evidence;
  readonly reason?: string;
}

/**
 * Reads an event.
 *
 * @param line The CloudEvent as JSON text.
 * @returns The parts of the event that a case may expect.
 */
export function readEvent(line: string): HappenedEvent {
  const { type, data } = JSON.parse(line);
  return { key: {}, kinds: [], changes: [], ...data, event: type.slice(type.lastIndexOf(".") + 1) };
}

/**
 * Finds the differences.
 *
 * @param expected The expected events, in any order.
 * @param happened The events that happened.
 * @returns Lines that name unexpected events, missing events and different events; empty if all agree.
 */
export function differences(
  expected: readonly Expectation[],
  happened: readonly HappenedEvent[],
): string[] {
  const met = assign(expected, happened, (one, event) => disagreements(one, event).length === 0);
  const unmet = expected.filter((_, index) => met[index] === -1);
  const unexpected = happened.filter((_, index) => !met.includes(index));
  const about = assign(unmet, unexpected, isAbout);
  const lines: string[] = [];
  for (const [index, one] of unmet.entries()) {
    const event = unexpected[about[index] ?? -1];
    if (event === undefined) {
      lines.push(`did not happen: ${expectationText(one)}`);
      continue;
    }
    lines.push(`not as expected: ${eventText(event)}`);
    for (const line of disagreements(one, event)) lines.push(`  ${line}`);
  }
  const left = unexpected.filter((_, index) => !about.includes(index));
  return [...lines, ...left.map((event) => `not expected: ${eventText(event)}`)];
}

function isAbout({ event, key = {} }: Expectation, happened: HappenedEvent): boolean {
  return event === happened.event &&
    Object.entries(key).every(([name, value]) => happened.key[name] === String(value));
}

function disagreements(expected: Expectation, happened: HappenedEvent): string[] {
  if (!isAbout(expected, happened)) return ["another event"];
  const { kinds, changes = {}, evidence = {}, reason } = expected;
  const lines: string[] = [];
  if (kinds !== undefined && [...kinds].sort().join() !== [...happened.kinds].sort().join()) {
    lines.push(`kinds: expected ${kinds.join(", ")}; are ${happened.kinds.join(", ")}`);
  }
  if (reason !== undefined && reason !== happened.reason) {
    lines.push(`reason: expected ${reason}; is ${happened.reason}`);
  }
  for (const [path, values] of Object.entries(changes)) {
    const name = formatKeyPath(parseKeyPath(path));
    const change = happened.changes.find((one) => one.path === name);
    const is = change && [shown(change.before), shown(change.after)];
    const should = values?.map(text);
    if (is !== undefined && (should === undefined || should.join("\n") === is.join("\n"))) continue;
    const wanted = should === undefined ? "a change" : should.join(" → ");
    lines.push(`${name}: expected ${wanted}; ${is ? `is ${is.join(" → ")}` : "did not change"}`);
  }
  for (const [name, value] of Object.entries(evidence)) {
    const is = happened.evidence?.[name as keyof Evidence];
    if (JSON.stringify(is) === JSON.stringify(value)) continue;
    lines.push(
      `evidence.${name}: expected ${JSON.stringify(value)}; is ${
        JSON.stringify(is) ?? "not there"
      }`,
    );
  }
  return lines;
}

function expectationText({ event, key = {}, reason }: Expectation): string {
  const values = Object.entries(key).map(([name, value]) => `${name}=${value}`);
  return [event, ...values, ...reason === undefined ? [] : [reason]].join(" ");
}

function eventText({ event, key, kinds, changes, evidence, reason }: HappenedEvent): string {
  const values = Object.entries(key).map(([name, value]) => `${name}=${value}`);
  const parts = [event, ...values, ...reason === undefined ? [] : [reason]];
  if (kinds.length > 0) parts.push(`(${kinds.join(", ")})`);
  if (evidence !== undefined) parts.push(`(${evidence.reason}, polls ${evidence.polls})`);
  const paths = changes.map(({ path, before, after }) =>
    `${path}: ${shown(before)} → ${shown(after)}`
  );
  return parts.join(" ") + (paths.length > 0 ? `: ${paths.join("; ")}` : "");
}

function text(value: Shown): string {
  return value === null ? "" : String(value);
}

/** DICOM JSON values in the form of a case. */
function shown(values: readonly unknown[]): string {
  return values.map((value) => {
    if (typeof value !== "object" || value === null) return String(value ?? "");
    const { Alphabetic = "", Ideographic = "", Phonetic = "" } = value as Record<string, string>;
    const name = [Alphabetic, Ideographic, Phonetic].join("=").replace(/=+$/, "");
    return name === "" ? JSON.stringify(value) : name;
  }).join("\\");
}
