// Touches the world: writes files.
/**
 * Responses as DICOM files: `rsp000001.dcm`, `rsp000002.dcm`, ….
 *
 * @module
 */
import { writeFileAtomically } from "../../base/atomic_file.ts";
import type { DataSet } from "../../dicom/data_set.ts";
import { DicomDecodeError } from "../../dicom/errors.ts";
import { foundTransferSyntax } from "../../dicom/found_transfer_syntax.ts";
import { encodePart10 } from "../../dicom/part10.ts";
import type { ReceivedMatch } from "../../query/match.ts";

/**
 * Writes a match to a file, byte for byte as the peer sent it, also if it cannot be decoded.
 *
 * The file names the transfer syntax that the bytes are in, which may be another one than was agreed on. Only a data set
 * whose items are encoded differently is encoded again.
 *
 * @param match The match.
 * @param sopClassUid The SOP class of the query.
 * @param folder An existing folder.
 * @param number The name of the file; an existing file is replaced.
 */
export async function extractMatch(
  match: ReceivedMatch,
  sopClassUid: string,
  folder: string,
  number: number,
): Promise<void> {
  const sopInstanceUid = randomUid();
  const { dataSet, transferSyntaxUid } = contentOf(match);
  const file = encodePart10(dataSet, { transferSyntaxUid, sopClassUid, sopInstanceUid });
  const path = `${folder}/rsp${String(number).padStart(6, "0")}.dcm`;
  // A link that somebody planted under this name is replaced, not followed.
  await writeFileAtomically(path, [file], { syncs: false, isTidied: true });
}

function contentOf(
  match: ReceivedMatch,
): { dataSet: DataSet | Uint8Array; transferSyntaxUid: string } {
  const { bytes, transferSyntaxUid } = match;
  try {
    const found = foundTransferSyntax(bytes, transferSyntaxUid);
    if (found === undefined) return { dataSet: match.decode(), transferSyntaxUid };
    return { dataSet: bytes, transferSyntaxUid: found };
  } catch (error) {
    if (!(error instanceof DicomDecodeError)) throw error;
    return { dataSet: bytes, transferSyntaxUid };
  }
}

/** A UID derived from a UUID, PS3.5 section B.2. */
export function randomUid(): string {
  return `2.25.${BigInt(`0x${crypto.randomUUID().replaceAll("-", "")}`)}`;
}
