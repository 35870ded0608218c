/** Bytes from hexadecimal digits; white space and what stands between parentheses is comment. */
export function hex(text: string): Uint8Array {
  return Uint8Array.fromHex(text.replaceAll(/\([^)]*\)|\s/g, ""));
}
