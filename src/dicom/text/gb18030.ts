/**
 * Text to GB18030 and GBK, which `TextDecoder` only reads.
 *
 * PS3.5 Annex J. The tables are made from `TextDecoder` at first use.
 *
 * @module
 */

const FOUR_BYTE_BMP = 39_420;
const FOUR_BYTE_SUPPLEMENTARY = 189_000;

function fourBytes(pointer: number): [number, number, number, number] {
  return [
    0x81 + Math.floor(pointer / 12_600),
    0x30 + Math.floor(pointer / 1_260) % 10,
    0x81 + Math.floor(pointer / 10) % 126,
    0x30 + pointer % 10,
  ];
}

/** Two-byte codes by UTF-16 code unit. */
function makeTwoByteCodes(): Map<number, number> {
  const decoder = new TextDecoder("gb18030");
  const codes = new Map<number, number>();
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    for (let trail = 0x40; trail <= 0xfe; trail++) {
      if (trail === 0x7f) continue;
      const text = decoder.decode(Uint8Array.of(lead, trail));
      if (text.length === 1 && text !== "\uFFFD" && !codes.has(text.charCodeAt(0))) {
        codes.set(text.charCodeAt(0), (lead << 8) | trail);
      }
    }
  }
  return codes;
}

/** Pointers of four-byte codes in the Basic Multilingual Plane by UTF-16 code unit. */
function makeFourBytePointers(): Map<number, number> {
  const decoder = new TextDecoder("gb18030");
  const pointers = new Map<number, number>();
  for (let pointer = 0; pointer < FOUR_BYTE_BMP; pointer++) {
    const text = decoder.decode(Uint8Array.from(fourBytes(pointer)));
    if (text.length === 1 && text !== "\uFFFD") pointers.set(text.charCodeAt(0), pointer);
  }
  return pointers;
}

let twoByteCodes: Map<number, number> | undefined;
let fourBytePointers: Map<number, number> | undefined;

/**
 * Encodes text in GB18030 or its subset GBK.
 *
 * @param text The text.
 * @param isFull True if codes of four bytes may be written: GB18030 has them, GBK has not.
 * @returns The bytes, or the index of the first character that the set lacks.
 */
export function encodeGb18030(text: string, isFull: boolean): Uint8Array | number {
  const bytes: number[] = [];
  for (let index = 0; index < text.length; index++) {
    const point = text.codePointAt(index) ?? 0;
    if (point < 0x80) {
      bytes.push(point);
      continue;
    }
    const code = (twoByteCodes ??= makeTwoByteCodes()).get(point);
    if (code !== undefined) {
      bytes.push(code >> 8, code & 0xff);
      continue;
    }
    if (!isFull) return index;
    const pointer = point > 0xffff
      ? point - 0x10000 + FOUR_BYTE_SUPPLEMENTARY
      : (fourBytePointers ??= makeFourBytePointers()).get(point);
    if (pointer === undefined) return index;
    bytes.push(...fourBytes(pointer));
    if (point > 0xffff) index++;
  }
  return Uint8Array.from(bytes);
}
