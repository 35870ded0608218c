// Touches the world: reads docs/library.md, listens on loopback.
/**
 * The programs of docs/library.md, and the archive that they ask.
 *
 * @module
 */
import { assert } from "@std/assert";
import { decodeDataSet } from "../../src/dicom/decode.ts";
import { encodeDataSet } from "../../src/dicom/encode.ts";
import { encodePart10 } from "../../src/dicom/part10.ts";
import { DataSet, element } from "../../src/dicom/data_set.ts";
import { Tag } from "../../src/dicom/tag.ts";
import { TransferSyntax } from "../../src/dicom/uid.ts";
import { Acceptor } from "../../src/serve/acceptor.ts";

const root = new URL("../../", import.meta.url);
const studies = [["1.2.3.1", "DOE^JANE"], ["1.2.3.2", "DOE^JOHN"], ["1.2.3.3", "ROE^JANE"]];

/** What the program of each section prints. */
export const printed: Readonly<Record<string, string>> = {
  "The short way": "DOE^JOHN\n",
  "Step by step": "DOE^JOHN 1.2.3.2\n",
  "How it ended": "DOE^JANE\nlimited 1\n",
  "What can fail": "ConnectError true true\n",
};

/** An archive of three studies that matches Study Instance UID and the beginning of Patient's Name. */
export function serveArchive(): Acceptor {
  return Acceptor.listen({
    aeTitle: "PACSAET",
    *find({ identifier, transferSyntaxUid }): Generator<Uint8Array> {
      const keys = decodeDataSet(identifier, transferSyntaxUid);
      assert(keys.string(Tag.QueryRetrieveLevel) === "STUDY");
      const uid = keys.string(Tag.StudyInstanceUID) ?? "";
      const name = (keys.string(Tag.PatientName) ?? "").replace("*", "");
      for (const [studyUid = "", patientName = ""] of studies) {
        if (uid !== "" && uid !== studyUid || !patientName.startsWith(name)) continue;
        yield encodeDataSet(
          new DataSet([
            element(Tag.QueryRetrieveLevel, ["STUDY"]),
            element(Tag.StudyInstanceUID, [studyUid]),
            element(Tag.PatientName, [patientName]),
          ]),
          transferSyntaxUid,
        );
      }
    },
  });
}

/** The file `image.dcm` of the programs. */
export function imageFile(): Uint8Array {
  return encodePart10(
    new DataSet([
      element(Tag.PatientName, ["DOE^JOHN"]),
      element(Tag.StudyInstanceUID, ["1.2.3.2"]),
    ]),
    {
      transferSyntaxUid: TransferSyntax.ExplicitVrLittleEndian,
      sopClassUid: "1.2.840.10008.5.1.4.1.1.7",
      sopInstanceUid: "1.2.3.2.1.1",
    },
  );
}

/**
 * Reads the programs of docs/library.md.
 *
 * @param port The port of the archive, in place of the document's.
 * @param library The module to import instead of the package's name.
 * @returns The programs by the headings of their sections.
 */
export async function guidePrograms(port: number, library: string): Promise<Map<string, string>> {
  const text = await Deno.readTextFile(new URL("docs/library.md", root));
  const programs = new Map<string, string>();
  for (const section of text.split(/^## /m).slice(1)) {
    const blocks = [...section.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ""]) => code);
    if (blocks.length === 0) continue;
    programs.set(
      section.slice(0, section.indexOf("\n")),
      blocks.join("").replaceAll(`"@worklistd/worklistd"`, JSON.stringify(library))
        .replaceAll("11112", `${port}`),
    );
  }
  return programs;
}
