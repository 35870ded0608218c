import { assertEquals } from "@std/assert";
import type { DataSet } from "../../../src/dicom/data_set.ts";
import { encodeDataSet } from "../../../src/dicom/encode.ts";
import { decodePart10, encodePart10, sniffDataSet } from "../../../src/dicom/part10.ts";
import { Tag } from "../../../src/dicom/tag.ts";
import { TransferSyntax } from "../../../src/dicom/uid.ts";
import { plainDataSet, type PlainElement } from "../../support/plain_data_set.ts";

const folder = "test/golden/data_sets";
/** Its private elements have VRs, which Implicit VR forgets. */
const forgetfulInImplicit = ["chrJapMulti", "chrJapMultiExplicitIR6", "chrKoreanMulti"];
const files = [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
const syntaxOf: Record<string, string> = {
  explicit: TransferSyntax.ExplicitVrLittleEndian,
  delimited: TransferSyntax.ExplicitVrLittleEndian,
  implicit: TransferSyntax.ImplicitVrLittleEndian,
  big: TransferSyntax.ExplicitVrBigEndian,
  deflated: TransferSyntax.DeflatedExplicitVrLittleEndian,
};

for (const file of files.filter((name) => name.endsWith(".dcm"))) {
  const [name = "", suffix = ""] = file.replace(".dcm", "").split(/_(?=[a-z]+$)/);
  const bytes = Deno.readFileSync(`${folder}/${file}`);

  Deno.test(`decodePart10() reads from ${file} what pydicom reads`, () => {
    const { dataSet, transferSyntaxUid } = decodePart10(bytes);
    assertEquals(transferSyntaxUid, syntaxOf[suffix]);
    assertEquals(asPydicomReads(dataSet), expected(name));
  });

  Deno.test(`encodeDataSet() writes what decodes to the same, in every transfer syntax, from ${file}`, () => {
    const { dataSet } = decodePart10(bytes);
    const { sopClassUid, sopInstanceUid } = { sopClassUid: "1.2", sopInstanceUid: "1.2.3" };
    for (const transferSyntaxUid of Object.values(TransferSyntax)) {
      const isForgetful = forgetfulInImplicit.includes(name);
      if (isForgetful && transferSyntaxUid === TransferSyntax.ImplicitVrLittleEndian) continue;
      for (const sequenceLength of ["defined", "undefined"] as const) {
        const options = { transferSyntaxUid, sopClassUid, sopInstanceUid, sequenceLength };
        const again = decodePart10(encodePart10(dataSet, options));
        assertEquals(asPydicomReads(again.dataSet), withoutGroupLengths(expected(name)));
        assertEquals(again.meta.string(Tag.MediaStorageSOPInstanceUID), sopInstanceUid);
      }
    }
  });
}

for (const name of ["wklist1", "every_vr"]) {
  for (const suffix of ["explicit", "delimited", "implicit", "big"]) {
    Deno.test(`encodeDataSet() writes ${name} byte for byte as dcmconv does, ${suffix}`, () => {
      const written = dataSetBytes(`${name}_${suffix}.dcm`);
      for (const source of ["explicit", "big", "deflated"]) {
        const { dataSet } = decodePart10(Deno.readFileSync(`${folder}/${name}_${source}.dcm`));
        const sequenceLength = suffix === "delimited" ? "undefined" : "defined";
        const ours = encodeDataSet(dataSet, syntaxOf[suffix] ?? "", { sequenceLength });
        assertEquals(ours.toHex(), written.toHex());
      }
    });

    Deno.test(`sniffDataSet() recognises ${name} without its meta information, ${suffix}`, () => {
      const { dataSet, transferSyntaxUid } = sniffDataSet(dataSetBytes(`${name}_${suffix}.dcm`));
      assertEquals(transferSyntaxUid, syntaxOf[suffix]);
      assertEquals(asPydicomReads(dataSet), expected(name));
    });
  }
}

function expected(name: string): PlainElement[] {
  return JSON.parse(Deno.readTextFileSync(`${folder}/${name}.json`));
}

/** pydicom drops empty component groups at the end of names. */
function asPydicomReads(dataSet: DataSet): PlainElement[] {
  return plainDataSet(dataSet).map(([tag, vr, values]) =>
    vr === "PN" && Array.isArray(values)
      ? [tag, vr, values.map((value) => String(value).replace(/=+$/, ""))]
      : [tag, vr, values]
  );
}

function withoutGroupLengths(elements: PlainElement[]): PlainElement[] {
  return elements.filter(([tag]) => !tag.endsWith("0000"));
}

/** The bytes behind the File Meta Information, found by its group length at byte 140. */
function dataSetBytes(file: string): Uint8Array {
  const bytes = Deno.readFileSync(`${folder}/${file}`);
  return bytes.subarray(144 + new DataView(bytes.buffer).getUint32(140, true));
}
