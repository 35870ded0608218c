/**
 * Bytes put together.
 *
 * @module
 */

/**
 * Copies arrays into one.
 *
 * @param parts The arrays.
 * @returns One array with the bytes of all, in their order.
 */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
