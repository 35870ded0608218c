import { assertEquals } from "@std/assert";
import { decodeDataSet } from "../../../src/dicom/decode.ts";
import type { DecodeWarning } from "../../../src/dicom/errors.ts";
import { encodeJson } from "../../../src/dicom/json/json.ts";
import { TransferSyntax } from "../../../src/dicom/uid.ts";

/** An Implicit VR Little Endian element. */
function implicit(tag: number, value: Uint8Array | string): Uint8Array {
  const bytes = typeof value === "string"
    ? Uint8Array.from(value, (letter) => letter.charCodeAt(0))
    : value;
  const header = new DataView(new ArrayBuffer(8));
  header.setUint16(0, tag >>> 16, true);
  header.setUint16(2, tag & 0xffff, true);
  header.setUint32(4, bytes.length, true);
  return concat(new Uint8Array(header.buffer), bytes);
}

function concat(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function read(bytes: Uint8Array): { name: unknown; warnings: DecodeWarning[] } {
  const warnings: DecodeWarning[] = [];
  const dataSet = decodeDataSet(bytes, TransferSyntax.ImplicitVrLittleEndian, {
    onWarning: (warning) => warnings.push(warning),
  });
  encodeJson(dataSet);
  return { name: dataSet.items(0x00400100)[0]?.string(0x00400006), warnings };
}

const name = implicit(0x00400006, "M\xfcller");

Deno.test("DataSet of a misspelt character set is read by it, with one warning for all its items", () => {
  const item = implicit(0xfffee000, name);
  const bytes = concat(
    implicit(0x00080005, "ISO-IR 100"),
    implicit(0x00100010, "M\xfcller"),
    implicit(0x00400100, concat(item, item)),
  );
  assertEquals(read(bytes), {
    name: "Müller",
    warnings: [{
      kind: "character",
      message: "value 1 of Specific Character Set is not spelt ISO_IR 100",
      offset: 0,
      tag: 0x00080005,
    }],
  });
});

Deno.test("DataSet gives its character set to an item that has an empty one", () => {
  const item = implicit(0xfffee000, concat(implicit(0x00080005, ""), name));
  const bytes = concat(implicit(0x00080005, "ISO_IR 100"), implicit(0x00400100, item));
  assertEquals(read(bytes), { name: "Müller", warnings: [] });
});
