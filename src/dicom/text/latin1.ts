/**
 * Bytes as text, one character a byte: the form in which ASCII text is cut out of a data set.
 *
 * @module
 */

/** Decodings after which a daemon is at work and `node:buffer`, some 6 ms to load, pays. */
const worthLoading = 256;
/** Arguments that a call may safely have. */
const chunkLength = 4096;

let decodings = 0;

/**
 * Decodes bytes as ISO 8859-1, 0x80 to 0x9F included: byte n becomes U+00nn.
 *
 * `TextDecoder("latin1")` is windows-1252 by its standard, and ten times slower for 600 bytes.
 *
 * @param bytes The bytes.
 * @returns As many characters as there are bytes.
 */
export function decodeLatin1(bytes: Uint8Array): string {
  decodings++;
  if (decodings > worthLoading || bytes.length > 65536) {
    const { buffer, byteOffset, byteLength } = bytes;
    return globalThis.Buffer.from(buffer, byteOffset, byteLength).toString("latin1");
  }
  let text = "";
  for (let at = 0; at < bytes.length; at += chunkLength) {
    text += String.fromCharCode(...bytes.subarray(at, at + chunkLength));
  }
  return text;
}
