import { assertEquals } from "@std/assert";
import type { DataSet } from "../../src/dicom/data_set.ts";
import { decodeDataSet } from "../../src/dicom/decode.ts";
import { encodeDataSet } from "../../src/dicom/encode.ts";
import { DicomDecodeError } from "../../src/dicom/errors.ts";
import { decodePart10, sniffDataSet } from "../../src/dicom/part10.ts";
import { TransferSyntax } from "../../src/dicom/uid.ts";
import { fuzzRounds, fuzzSeed, SeededRandom } from "../support/seeded_random.ts";
import { plainDataSet } from "../support/plain_data_set.ts";
import { randomDataSet } from "../support/random_data_set.ts";

const folder = "test/golden/data_sets";
const seed = fuzzSeed();
const syntaxes = [
  TransferSyntax.ImplicitVrLittleEndian,
  TransferSyntax.ExplicitVrLittleEndian,
  TransferSyntax.ExplicitVrBigEndian,
  TransferSyntax.DeflatedExplicitVrLittleEndian,
] as const;

/** Decodes anything, reads every value of it and writes it again: only the decoder may object. */
function decodeAll(bytes: Uint8Array, decode: (bytes: Uint8Array) => DataSet): boolean {
  let dataSet: DataSet;
  try {
    dataSet = decode(bytes);
  } catch (error) {
    if (error instanceof DicomDecodeError) return false;
    throw error;
  }
  plainDataSet(dataSet);
  for (const syntax of syntaxes) {
    try {
      encodeDataSet(dataSet, syntax);
    } catch (error) {
      // what its own character set lacks
      if (!(error instanceof RangeError && error.message.startsWith("Cannot encode ("))) {
        throw error;
      }
    }
  }
  return true;
}

const decoders = [
  ...syntaxes.map((syntax) => (bytes: Uint8Array): DataSet => decodeDataSet(bytes, syntax)),
  (bytes: Uint8Array): DataSet => decodePart10(bytes).dataSet,
  (bytes: Uint8Array): DataSet => sniffDataSet(bytes).dataSet,
] as const;

Deno.test(`decodeDataSet() of random bytes ends in a data set or a DicomDecodeError, SEED=${seed}`, () => {
  const random = new SeededRandom(seed);
  const groups = [0x08, 0x09, 0x10, 0x28, 0x40, 0xFE] as const;
  for (let round = 0; round < fuzzRounds(3000); round++) {
    const bytes = random.bytes(random.below(200));
    // half of them with plausible beginnings of elements, so that decoding gets further
    for (let at = 0; random.oneIn(2) && at + 8 < bytes.length; at += 8 + random.below(16)) {
      const vr = random.pick(["LO", "SQ", "UN", "US", "OW", "PN", "UC"]);
      const start = [random.pick(groups), 0, random.below(32), random.below(2)];
      bytes.set([...start, vr.charCodeAt(0), vr.charCodeAt(1), random.below(24), 0], at);
    }
    for (const decode of decoders) decodeAll(bytes, decode);
  }
});

Deno.test(`decodeDataSet() of golden data sets, damaged, ends in a data set or a DicomDecodeError, SEED=${seed}`, () => {
  const random = new SeededRandom(seed);
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
    name.endsWith(".dcm")
  );
  const golden = files.sort().map((name) => Deno.readFileSync(`${folder}/${name}`));
  const interesting = [0x00, 0xFF, 0xFE, 0x1B, 0x5C, 0x80, 0x7F, 0x20] as const;
  let survived = 0;
  for (let round = 0; round < fuzzRounds(6000); round++) {
    const bytes = (golden[random.below(golden.length)] ?? new Uint8Array(0)).slice();
    for (let damage = random.below(6); damage >= 0; damage--) {
      const at = 132 + random.below(bytes.length - 132);
      if (random.oneIn(2)) bytes[at] = random.pick(interesting);
      else bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    }
    const end = random.oneIn(3) ? random.below(bytes.length) : bytes.length;
    if (decodeAll(bytes.subarray(0, end), (b) => sniffDataSet(b).dataSet)) survived++;
  }
  assertEquals(survived > 0, true);
});

Deno.test("decodeDataSet() of golden data sets, cut at any byte, ends in a data set or a DicomDecodeError", () => {
  for (const syntax of ["explicit", "delimited", "implicit", "big", "deflated"]) {
    const bytes = Deno.readFileSync(`${folder}/every_vr_${syntax}.dcm`);
    for (let end = 0; end < bytes.length; end++) {
      decodeAll(bytes.subarray(0, end), (b) => sniffDataSet(b).dataSet);
    }
  }
});

Deno.test(`decodeDataSet() of what encodeDataSet() wrote is what was encoded, SEED=${seed}`, () => {
  const random = new SeededRandom(seed);
  for (let round = 0; round < fuzzRounds(1500); round++) {
    const dataSet = randomDataSet(random, 3);
    const plain = plainDataSet(dataSet);
    for (const syntax of syntaxes) {
      const sequenceLength = random.pick(["defined", "undefined"]);
      const bytes = encodeDataSet(dataSet, syntax, { sequenceLength });
      const again = decodeDataSet(bytes, syntax, { onWarning: ({ message }) => fail(message) });
      assertEquals(plainDataSet(again), plain);
      assertEquals(encodeDataSet(again, syntax, { sequenceLength }).toHex(), bytes.toHex());
    }
  }
});

function fail(message: string): never {
  throw new Error(`unexpected warning: ${message}`);
}
