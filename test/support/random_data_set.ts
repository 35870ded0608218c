/** Random data sets of which encoding and decoding lose nothing. */
import { DataSet, element } from "../../src/dicom/data_set.ts";
import { lookupTag } from "../../src/dicom/dictionary/dictionary.ts";
import { isPrivateTag, Tag } from "../../src/dicom/tag.ts";
import { type Vr, vrRule } from "../../src/dicom/vr.ts";
import type { SeededRandom } from "./seeded_random.ts";

/** Public attributes of every VR, so that Implicit VR knows them. */
const tagsByVr = new Map<Vr, number[]>();
for (
  let tag = 0x0008_0001;
  tag < 0x0073_0000;
  tag = (tag & 0xFFFF) === 0xFFFF ? tag + 0x1_0001 : tag + 1
) {
  if (isPrivateTag(tag) || (tag & 0xFFFF) === 0 || (tag & 0xFFFF) > 0x2200) continue;
  const entry = lookupTag(tag);
  if (entry === undefined || tag === Tag.SpecificCharacterSet) continue;
  tagsByVr.set(entry.vr, [...tagsByVr.get(entry.vr) ?? [], tag]);
}

/** Makes a data set of any attributes in UTF-8, items inside items up to a depth. */
export function randomDataSet(random: SeededRandom, depth: number): DataSet {
  const dataSet = new DataSet([element(Tag.SpecificCharacterSet, ["ISO_IR 192"])]);
  const all = [...tagsByVr.keys()];
  for (let count = random.below(12); count > 0; count--) {
    const vr = all[random.below(all.length)] ?? "LO";
    const tags = tagsByVr.get(vr) ?? [];
    const tag = tags[random.below(tags.length)] ?? Tag.PatientID;
    if (vr !== "SQ") {
      dataSet.set(element(tag, randomValue(random, vr), vr));
    } else if (depth > 0) {
      const items = Array.from({ length: random.below(3) }, () => randomDataSet(random, depth - 1));
      dataSet.set(element(tag, items, vr));
    }
  }
  return dataSet;
}

function randomValue(random: SeededRandom, vr: Vr): Uint8Array | (string | number | bigint)[] {
  const rule = vrRule(vr);
  // bytes of an odd length come back padded
  if (rule.kind === "bytes") return random.bytes(8 * random.below(4));
  const count = random.below(rule.multiple || rule.kind !== "text" ? 4 : 2);
  return Array.from({ length: count }, () => {
    if (rule.kind === "bigint") return BigInt(random.below(2 ** 31)) * (vr === "SV" ? -1n : 1n);
    if (rule.kind === "text") return randomText(random, rule.characterSet);
    return random.below(vr === "FL" || vr === "SS" || vr === "US" ? 2 ** 15 : 2 ** 31);
  });
}

/** Text of which nothing is padding, and that is never empty: an only value that is empty is none. */
function randomText(random: SeededRandom, beyondAscii: boolean): string {
  const letters = beyondAscii ? ["A", "ä", "山", "𠮷", "~", "^", "="] : ["A", "b", "0", "."];
  const length = 1 + random.below(random.oneIn(200) ? 70_000 : 20);
  return Array.from({ length }, () => letters[random.below(letters.length)]).join("");
}
