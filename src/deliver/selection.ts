/**
 * Chooses the events that a sink wants.
 *
 * @module
 */
import { parseKeyPath } from "../query/key_path.ts";
import { tagHex } from "../dicom/tag.ts";
import { changeOf, type CloudEvent } from "./cloud_event.ts";
import type { EventSelection } from "./sink.ts";

/**
 * Compiles the test that an event must pass to reach a sink.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { compileSelection } from "./selection.ts";
 *
 * assertEquals(compileSelection({}), undefined);
 * ```
 *
 * @param selection The events that the sink wants. A path of `changedIn` covers the attributes below it, and
 * all items of the sequences on its way.
 * @returns The test; undefined if every event passes, so that none has to be parsed.
 * @throws {SyntaxError} If a key path cannot be read.
 */
export function compileSelection(
  selection: EventSelection,
): ((event: CloudEvent) => boolean) | undefined {
  const { events, changedIn } = selection;
  if (events === undefined && changedIn === undefined) return undefined;
  const prefixes = changedIn?.map((path) =>
    parseKeyPath(path).map((step) => tagHex(step.tag)).join("")
  );
  return (event) => {
    const change = changeOf(event.type);
    if (events !== undefined && !events.includes(change)) return false;
    if (prefixes === undefined || change !== "changed") return true;
    // An item that was added to or removed from a sequence has the tag of the sequence. It may hold the
    // attribute that is asked for.
    return (event.data.changes ?? []).some(({ tag }) =>
      prefixes.some((prefix) => tag.startsWith(prefix) || prefix.startsWith(tag))
    );
  };
}
