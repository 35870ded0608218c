/**
 * The values of elements as texts for comparison.
 *
 * @module
 */
import { type DataElement, DataSet } from "../../dicom/data_set.ts";
import { decodeLatin1 } from "../../dicom/text/latin1.ts";

/**
 * Reads the values that are not empty. Numbers, tags and bytes get a form that equals only itself.
 *
 * @param element The element.
 */
export function textsOf({ value }: DataElement): string[] {
  if (value instanceof Uint8Array) {
    const text = decodeLatin1(value).replace(/[\0 ]+$/, "");
    return text === "" ? [] : text.split("\\");
  }
  const texts: string[] = [];
  for (const each of value) {
    if (each instanceof DataSet) continue;
    const text = String(each);
    if (text.trim() !== "") texts.push(text);
  }
  return texts;
}
