import { assert, assertEquals } from "@std/assert";
import { ByteWriter } from "../../src/dicom/byte_writer.ts";
import { decodeDataSet, type DecodeOptions, outlineDataSet } from "../../src/dicom/decode.ts";
import type { DataSet } from "../../src/dicom/data_set.ts";
import { dumpDataSet } from "../../src/dicom/dump/dump.ts";
import { encodeDataSet } from "../../src/dicom/encode.ts";
import { type DecodeWarning, DicomDecodeError } from "../../src/dicom/errors.ts";
import { encodeJson } from "../../src/dicom/json/json.ts";
import { Outline } from "../../src/dicom/outline.ts";
import { dumpOutline } from "../../src/dicom/dump/outline_dump.ts";
import { writeJson } from "../../src/dicom/json/outline_json.ts";
import { decodePart10, isPart10 } from "../../src/dicom/part10.ts";
import { TransferSyntax } from "../../src/dicom/uid.ts";
import { randomDataSet } from "../support/random_data_set.ts";
import { fuzzRounds, fuzzSeed, SeededRandom } from "../support/seeded_random.ts";

const folder = "test/golden/data_sets";
const seed = fuzzSeed();
const syntaxes = [
  TransferSyntax.ImplicitVrLittleEndian,
  TransferSyntax.ExplicitVrLittleEndian,
  TransferSyntax.ExplicitVrBigEndian,
  TransferSyntax.DeflatedExplicitVrLittleEndian,
] as const;
const empty = {
  bytes: new Uint8Array(0),
  transferSyntaxUid: TransferSyntax.ImplicitVrLittleEndian,
};
const outline = new Outline();
const out = new ByteWriter();
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

interface Format {
  readonly ofDataSet: (dataSet: DataSet) => string;
  readonly ofOutline: (out: ByteWriter, outline: Outline) => void;
  /** Whether both ways read values alike: a dump of bytes decodes fewer of them. */
  readonly warnsAlike: boolean;
}

const formats: readonly Format[] = [
  {
    ofDataSet: (dataSet) => dumpDataSet(dataSet),
    ofOutline: dumpOutline,
    warnsAlike: false,
  },
  { ofDataSet: encodeJson, ofOutline: writeJson, warnsAlike: true },
];

/** Prints a data set from its bytes and from what they decode to, in each format; tells whether they can be decoded. */
function printBothWays(bytes: Uint8Array, syntax: string): boolean {
  return formats.map(({ ofDataSet, ofOutline, warnsAlike }) => {
    const expected = printed(
      (options) => ofDataSet(decodeDataSet(bytes, syntax, options)),
    );
    const found = printed((options) => {
      outlineDataSet(outline, bytes, syntax, options);
      out.clear();
      ofOutline(out, outline);
      return utf8.decode(out.bytes);
    });
    assertEquals(found?.text, expected?.text, bytes.toHex());
    if (warnsAlike) assertEquals(found?.warnings, expected?.warnings, bytes.toHex());
    return expected !== undefined;
  }).every((isPrinted) => isPrinted);
}

/** A text with what was warned of, unless it cannot be made. */
function printed(
  print: (options: DecodeOptions) => string,
): { text: string; warnings: DecodeWarning[] } | undefined {
  const warnings: DecodeWarning[] = [];
  try {
    const text = print({ onWarning: (warning) => warnings.push(warning) });
    return { text, warnings };
  } catch (error) {
    if (error instanceof DicomDecodeError) return undefined;
    throw error;
  }
}

/** The golden data sets without what is before them in their files. */
const golden = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
  name.endsWith(".dcm")
).sort().map((name) => {
  const file = Deno.readFileSync(`${folder}/${name}`);
  assert(isPart10(file));
  const { transferSyntaxUid } = decodePart10(file);
  // (0002,0000): the length of the meta information behind itself
  const metaLength = new DataView(file.buffer).getUint32(140, true);
  return { bytes: file.subarray(144 + metaLength), transferSyntaxUid };
});

Deno.test("Data sets of golden files print the same from their bytes and decoded", () => {
  for (const { bytes, transferSyntaxUid } of golden) {
    assertEquals(printBothWays(bytes, transferSyntaxUid), true);
  }
});

Deno.test(`Random data sets print the same from their bytes and decoded, SEED=${seed}`, () => {
  const random = new SeededRandom(seed);
  for (let round = 0; round < fuzzRounds(1000); round++) {
    const dataSet = randomDataSet(random, 3);
    for (const syntax of syntaxes) {
      const sequenceLength = random.pick(["defined", "undefined"]);
      const bytes = encodeDataSet(dataSet, syntax, { sequenceLength });
      assertEquals(printBothWays(bytes, syntax), true);
    }
  }
});

Deno.test(`Damaged data sets print the same from their bytes and decoded, SEED=${seed}`, () => {
  const random = new SeededRandom(seed);
  const interesting = [0x00, 0xFF, 0xFE, 0x1B, 0x5C, 0x80, 0x7F, 0x7E, 0x20, 0x3D] as const;
  let whole = 0;
  for (let round = 0; round < fuzzRounds(6000); round++) {
    const { bytes, transferSyntaxUid } = golden[random.below(golden.length)] ?? empty;
    const damaged = bytes.slice();
    for (let damage = random.below(8); damage >= 0; damage--) {
      const at = random.below(damaged.length);
      if (random.oneIn(2)) damaged[at] = random.pick(interesting);
      else damaged[at] = (damaged[at] ?? 0) ^ (1 << random.below(8));
    }
    if (printBothWays(damaged, transferSyntaxUid)) whole++;
  }
  assertEquals(whole > 0, true);
});
