/**
 * Queries for peers from before 1994: value representations that were added since are sent as OB, as DCMTK's
 * `--disable-new-vr` does.
 *
 * @module
 */
import { characterSetOf } from "../../dicom/text/character_set.ts";
import { type DataElement, DataSet, element } from "../../dicom/data_set.ts";
import { encodeValue } from "../../dicom/encode_value.ts";
import { type Vr, vrRule } from "../../dicom/vr.ts";

const newVrs: ReadonlySet<Vr> = new Set(
  ["OD", "OF", "OL", "OV", "SV", "UC", "UN", "UR", "UT", "UV"] satisfies Vr[],
);

/**
 * Replaces the VRs that are younger than 1993 by OB.
 *
 * @param query The query.
 * @returns A query whose elements have the same bytes in Little Endian, the padding of their VR included.
 */
export function withoutNewVrs(query: DataSet): DataSet {
  const characterSet = characterSetOf(query.characterSet);
  const replace = (old: DataElement): DataElement => {
    if (old.vr === "SQ") return element(old.tag, old.items.map(withoutNewVrs), "SQ");
    if (!newVrs.has(old.vr)) return old;
    return element(old.tag, padded(encodeValue(old, true, characterSet), old.vr), "OB");
  };
  return new DataSet([...query.elements()].map(replace));
}

/** Text ends with a space, as DCMTK sends it; the NUL of OB would be part of it. */
function padded(value: Uint8Array, vr: Vr): Uint8Array {
  if (value.length % 2 === 0) return value;
  const even = new Uint8Array(value.length + 1);
  even.set(value);
  even[value.length] = vrRule(vr).padding;
  return even;
}
