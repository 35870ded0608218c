import { assert, assertEquals } from "@std/assert";
import { ByteWriter } from "../../src/dicom/byte_writer.ts";
import { decodeDataSet, outlineDataSet } from "../../src/dicom/decode.ts";
import { dumpDataSet } from "../../src/dicom/dump.ts";
import { encodeDataSet } from "../../src/dicom/encode.ts";
import { DicomDecodeError } from "../../src/dicom/errors.ts";
import { Outline } from "../../src/dicom/outline.ts";
import { dumpOutline } from "../../src/dicom/outline_dump.ts";
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

/** Prints a data set from its bytes and from what they decode to; tells whether they can be decoded. */
function printBothWays(bytes: Uint8Array, syntax: string): boolean {
  let expected: string | undefined;
  try {
    expected = dumpDataSet(decodeDataSet(bytes, syntax));
  } catch (error) {
    if (!(error instanceof DicomDecodeError)) throw error;
  }
  out.clear();
  try {
    outlineDataSet(outline, bytes, syntax);
    dumpOutline(out, outline);
    assertEquals(utf8.decode(out.bytes), expected, bytes.toHex());
  } catch (error) {
    if (!(error instanceof DicomDecodeError)) throw error;
    assertEquals(expected, undefined, bytes.toHex());
  }
  return expected !== undefined;
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

Deno.test("dumpOutline() prints the golden data sets as dumpDataSet() does", () => {
  for (const { bytes, transferSyntaxUid } of golden) {
    assertEquals(printBothWays(bytes, transferSyntaxUid), true);
  }
});

Deno.test(`dumpOutline() prints random data sets as dumpDataSet() does, SEED=${seed}`, () => {
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

Deno.test(`dumpOutline() prints golden data sets, damaged, as dumpDataSet() does, SEED=${seed}`, () => {
  const random = new SeededRandom(seed);
  const interesting = [0x00, 0xFF, 0xFE, 0x1B, 0x5C, 0x80, 0x7F, 0x7E, 0x20, 0x3D] as const;
  let printed = 0;
  for (let round = 0; round < fuzzRounds(6000); round++) {
    const { bytes, transferSyntaxUid } = golden[random.below(golden.length)] ?? empty;
    const damaged = bytes.slice();
    for (let damage = random.below(8); damage >= 0; damage--) {
      const at = random.below(damaged.length);
      if (random.oneIn(2)) damaged[at] = random.pick(interesting);
      else damaged[at] = (damaged[at] ?? 0) ^ (1 << random.below(8));
    }
    if (printBothWays(damaged, transferSyntaxUid)) printed++;
  }
  assertEquals(printed > 0, true);
});
