/**
 * Texts of PDUs and command sets: UIDs, AE titles, names of versions.
 *
 * PS3.8 section 9.3 and PS3.5 section 6.1: characters of ISO 646. What peers send beyond it is read as
 * Latin-1, so that nothing is lost; we never send it.
 *
 * @module
 */

const space = 0x20;
const latin1 = new TextDecoder("latin1");

/** The text without the spaces and nulls around it, which are padding or a peer's habit. */
export function decodeAscii(bytes: Uint8Array, start: number, end: number): string {
  while (start < end && isPadding(bytes[start])) start++;
  while (end > start && isPadding(bytes[end - 1])) end--;
  return latin1.decode(bytes.subarray(start, end));
}

/**
 * The bytes of a text.
 *
 * @throws {RangeError} If it has characters outside ISO 646; the text is not repeated.
 */
export function encodeAscii(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7E || code < space && code !== 0) {
      throw new RangeError("Cannot send a UID or AE title with characters outside ISO 646");
    }
    bytes[i] = code;
  }
  return bytes;
}

function isPadding(byte: number | undefined): boolean {
  return byte === space || byte === 0;
}
