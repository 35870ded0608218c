/**
 * The acceptor of the cost bench, a process of its own: `deno run acceptor.ts`.
 *
 * Prints its port, then answers every worklist C-FIND with as many matches of about 600 bytes as the called AE
 * title says (`N10000`). The matches carry a generation, the number in the AE title behind a `G`: `N10000G2` are
 * ten thousand matches that differ from those of `N10000G1` in one attribute.
 */
import { DataSet, element } from "../../src/dicom/data_set.ts";
import { encodeDataSet } from "../../src/dicom/encode.ts";
import { Tag } from "../../src/dicom/tag.ts";
import { Acceptor } from "../../src/scp/acceptor.ts";

const cache = new Map<string, Uint8Array[]>();

await using acceptor = Acceptor.listen({
  find: ({ calledAeTitle, transferSyntaxUid }) => matchesOf(calledAeTitle, transferSyntaxUid),
});
await Deno.stdout.write(new TextEncoder().encode(`${acceptor.port}\n`));
await new Promise((resolve) => Deno.addSignalListener("SIGTERM", () => resolve(undefined)));

function matchesOf(aeTitle: string, transferSyntaxUid: string): Uint8Array[] {
  const id = `${aeTitle} ${transferSyntaxUid}`;
  let matches = cache.get(id);
  if (matches === undefined) {
    const [, count = "0", generation = "0"] = /^N([0-9]+)(?:G([0-9]+))?$/.exec(aeTitle) ?? [];
    matches = Array.from(
      { length: Number(count) },
      (_, n) => encodeDataSet(step(n, Number(generation)), transferSyntaxUid),
    );
    cache.set(id, matches);
  }
  return matches;
}

function step(n: number, generation: number): DataSet {
  const number = String(n).padStart(6, "0");
  return new DataSet([
    element(Tag.SpecificCharacterSet, ["ISO_IR 100"]),
    element(Tag.AccessionNumber, [`A${number}`]),
    element(0x00080090, ["REFERRER^RALPH"]),
    element(Tag.PatientName, [`PATIENT^NUMBER${number}`]),
    element(Tag.PatientID, [`P${number}`]),
    element(0x00100030, ["19700101"]),
    element(0x00100040, ["O"]),
    element(0x00101030, ["72.5"]),
    element(0x00102000, []),
    element(0x00102110, []),
    element(0x001021C0, [4]),
    element(Tag.StudyInstanceUID, [`1.2.826.0.1.3680043.2.1125.1.${1_000_000 + n}`]),
    element(0x00321032, ["REQUESTER^RITA"]),
    element(0x00321060, ["CT of the abdomen with contrast"]),
    element(0x00321064, [code("CTABD", "CT abdomen")]),
    element(0x00380010, [`V${number}`]),
    element(0x00380300, ["WARD 7"]),
    element(Tag.ScheduledProcedureStepSequence, [
      new DataSet([
        element(Tag.Modality, ["CT"]),
        element(Tag.ScheduledStationAETitle, ["CT1"]),
        element(Tag.ScheduledProcedureStepStartDate, ["20260101"]),
        element(Tag.ScheduledProcedureStepStartTime, [`${10 + generation}0000`]),
        element(0x00400006, ["PERFORMER^PAUL"]),
        element(0x00400007, ["CT abdomen"]),
        element(0x00400008, [code("CTA", "CT abdomen protocol")]),
        element(Tag.ScheduledProcedureStepID, [`S${number}`]),
        element(0x00400010, ["CT1"]),
        element(0x00400011, ["ROOM 1"]),
        element(0x00400020, ["SCHEDULED"]),
      ]),
    ]),
    element(0x00401001, [`R${number}`]),
    element(0x00401003, ["ROUTINE"]),
  ]);
}

function code(value: string, meaning: string): DataSet {
  return new DataSet([
    element(0x00080100, [value]),
    element(0x00080102, ["99LOCAL"]),
    element(0x00080104, [meaning]),
  ]);
}
