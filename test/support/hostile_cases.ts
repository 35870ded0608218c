/** Data sets in Implicit VR Little Endian of some megabytes that make the most of each byte. */

const length = 4 * 1024 * 1024;
const ascii = new TextEncoder();

/** What each case is, by its name. */
export const hostileCases: Readonly<Record<string, () => Uint8Array>> = {
  "empty elements": () => {
    const bytes = new Uint8Array(length);
    const view = new DataView(bytes.buffer);
    for (let at = 0; at < length; at += 8) {
      view.setUint16(at, 0x0010 + 2 * (at >>> 16), true);
      view.setUint16(at + 2, 1 + (at >>> 3) % 8192, true);
    }
    return bytes;
  },
  "elements of one tag": () => repeated("1000 1000 0000 0000"),
  "empty items": () => element(0x0040, 0x0100, repeated("FEFF 00E0 0000 0000")),
  "sequences in sequences": () => repeated("4000 0001 FFFF FFFF FEFF 00E0 FFFF FFFF"),
  "delimiters": () => repeated("FEFF 0DE0 0000 0000"),
  "zeros": () => new Uint8Array(length),
  "only backslashes": () => element(0x0008, 0x103E, repeated("5C")),
  "short values": () => element(0x0008, 0x103E, repeated("61 62 5C")),
  "short decimal strings": () => element(0x0028, 0x1050, repeated("31 5C")),
  "unsigned shorts": () => element(0x0028, 0x3002, repeated("07 07")),
  "doubles": () => element(0x0018, 0x602C, repeated("07")),
  "64-bit integers": () => element(0x0008, 0x040C, repeated("07")),
  "bytes": () => element(0x0042, 0x0011, repeated("07")),
  "escape sequences that mean nothing": () => japanese(repeated("1B")),
  "Kanji in short values": () => japanese(repeated("1B 24 42 3B33 1B 28 42 5C")),
};

function repeated(hex: string): Uint8Array {
  const unit = Uint8Array.fromHex(hex.replaceAll(" ", ""));
  const bytes = new Uint8Array(length);
  for (let at = 0; at + unit.length <= length; at += unit.length) bytes.set(unit, at);
  return bytes;
}

/** Text of Series Description in Japanese. */
function japanese(text: Uint8Array): Uint8Array {
  const terms = element(0x0008, 0x0005, ascii.encode("\\ISO 2022 IR 87 "));
  return joined(terms, element(0x0008, 0x103E, text));
}

function element(group: number, number: number, value: Uint8Array): Uint8Array {
  const header = new DataView(new ArrayBuffer(8));
  header.setUint16(0, group, true);
  header.setUint16(2, number, true);
  header.setUint32(4, value.length, true);
  return joined(new Uint8Array(header.buffer), value);
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
