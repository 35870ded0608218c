/**
 * A process that decodes one hostile data set, reads every value of it and writes it in both text forms:
 * `deno run decoding_child.ts CASE`.
 */
import { decodeDataSet } from "../../src/dicom/decode.ts";
import { dumpDataSet } from "../../src/dicom/dump/dump.ts";
import { DicomDecodeError } from "../../src/dicom/errors.ts";
import { encodeJson } from "../../src/dicom/json/json.ts";
import { TransferSyntax } from "../../src/dicom/uid.ts";
import { hostileCases } from "./hostile_cases.ts";

const makeCase = hostileCases[Deno.args[0] ?? ""];
if (makeCase === undefined) throw new Error("there is no such case");
try {
  const dataSet = decodeDataSet(makeCase(), TransferSyntax.ImplicitVrLittleEndian);
  encodeJson(dataSet);
  dumpDataSet(dataSet, { isShortened: true });
} catch (error) {
  if (!(error instanceof DicomDecodeError)) throw error;
}
