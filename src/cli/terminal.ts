// Touches the world: writes to stderr.
/**
 * Messages for people on stderr.
 *
 * @module
 */
import { showControls } from "../dicom/text/show_controls.ts";

/**
 * Says something on stderr.
 *
 * @param text One or more lines; control characters in them are shown.
 */
export function say(text: string): void {
  writeAll(Deno.stderr, `${text.split("\n").map(showControls).join("\n")}\n`);
}

/**
 * Writes a text whole.
 *
 * @param to stdout or stderr.
 * @param text The text.
 */
export function writeAll(to: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += to.writeSync(bytes.subarray(at));
}
