// Touches the world: writes files.
/**
 * Responses as DICOM files: `rsp000001.dcm`, `rsp000002.dcm`, ….
 *
 * @module
 */
import { encodePart10 } from "../../dicom/part10.ts";
import type { Match } from "../../query/find.ts";

/**
 * Writes a match to a file, byte for byte as the peer sent it, also where it cannot be decoded.
 *
 * @param match The match.
 * @param sopClassUid The SOP class of the query.
 * @param folder An existing folder.
 * @param number What the file is called by; an existing file is replaced.
 */
export async function extractMatch(
  { bytes, transferSyntaxUid }: Match,
  sopClassUid: string,
  folder: string,
  number: number,
): Promise<void> {
  const sopInstanceUid = randomUid();
  const file = encodePart10(bytes, { transferSyntaxUid, sopClassUid, sopInstanceUid });
  await Deno.writeFile(`${folder}/rsp${String(number).padStart(6, "0")}.dcm`, file);
}

/** A UID derived from a UUID, PS3.5 section B.2. */
export function randomUid(): string {
  return `2.25.${BigInt(`0x${crypto.randomUUID().replaceAll("-", "")}`)}`;
}
