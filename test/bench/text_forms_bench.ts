import { DataSet, element } from "../../src/dicom/data_set.ts";
import { decodeDataSet } from "../../src/dicom/decode.ts";
import { dumpDataSet } from "../../src/dicom/dump/dump.ts";
import { encodeDataSet } from "../../src/dicom/encode.ts";
import { encodeJson } from "../../src/dicom/json/json.ts";
import { parseJson } from "../../src/dicom/json/json_decode.ts";
import { TransferSyntax } from "../../src/dicom/uid.ts";

const syntax = TransferSyntax.ExplicitVrLittleEndian;
const count = 10_000;

/** A worklist match of 30 elements and some 600 bytes. */
function match(characterSet: string, name: string): Uint8Array {
  const step = new DataSet([
    element(0x00080060, ["CT"]),
    element(0x00321070, ["BARIUMSULFAT"]),
    element(0x00400001, ["CT1", "CT2"]),
    element(0x00400002, ["20261121"]),
    element(0x00400003, ["101530"]),
    element(0x00400006, [name]),
    element(0x00400007, ["Thorax nativ und mit Kontrastmittel"]),
    element(0x00400009, ["SPS-2026-004711"]),
    element(0x00400010, ["STATION-1"]),
    element(0x00400011, ["B34F56"]),
    element(0x00400012, []),
    element(0x00400020, ["SCHEDULED"]),
  ]);
  const dataSet = new DataSet([
    element(0x00080005, characterSet.split("\\")),
    element(0x00080050, ["2026-11-004711"]),
    element(0x00080090, [name]),
    element(0x00100010, [name]),
    element(0x00100020, ["PAT-0815-4711"]),
    element(0x00100021, ["HOSPITAL"]),
    element(0x00100030, ["19780304"]),
    element(0x00100040, ["F"]),
    element(0x00101030, ["72.50"]),
    element(0x00102000, []),
    element(0x00102110, ["PENICILLIN"]),
    element(0x001021c0, [4]),
    element(0x0020000d, ["1.2.276.0.7230010.3.2.101.20261121.4711"]),
    element(0x00321032, [name]),
    element(0x00321060, ["CT Thorax"]),
    element(0x00380010, ["ADM-20261120-17"]),
    element(0x00400100, [step]),
    element(0x00401001, ["RP-2026-004711"]),
    element(0x00401003, ["LOW"]),
  ]);
  return encodeDataSet(dataSet, syntax);
}

const matches: [string, Uint8Array][] = [
  ["ASCII", match("ISO_IR 100", "Doe^Jane")],
  ["ISO_IR 100", match("ISO_IR 100", "Müller^Jürgen")],
  ["ISO_IR 192", match("ISO_IR 192", "Yamada^Tarou=山田^太郎=やまだ^たろう")],
  ["ISO 2022 IR 87", match("\\ISO 2022 IR 87", "Yamada^Tarou=山田^太郎=やまだ^たろう")],
];

for (const [name, bytes] of matches) {
  const group = `${count} matches, ${name}, ${bytes.length} bytes`;
  const json = encodeJson(decodeDataSet(bytes, syntax));
  const each = (read: (bytes: Uint8Array) => unknown) => (): void => {
    for (let index = 0; index < count; index++) read(bytes);
  };
  Deno.bench(
    `decodeDataSet, ${name}`,
    { group, baseline: true },
    each((all) => decodeDataSet(all, syntax)),
  );
  Deno.bench(
    `encodeJson, ${name}`,
    { group },
    each((all) => encodeJson(decodeDataSet(all, syntax))),
  );
  Deno.bench(
    `dumpDataSet, ${name}`,
    { group },
    each((all) => dumpDataSet(decodeDataSet(all, syntax))),
  );
  Deno.bench(`parseJson, ${name}`, { group }, each(() => parseJson(json)));
}
