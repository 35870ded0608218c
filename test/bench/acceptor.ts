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
import { Acceptor } from "../../src/serve/acceptor.ts";

/** More matches than this are the same ones again: nothing has to hold a million. */
const mostDifferent = 100_000;
const cache = new Map<string, Uint8Array[]>();

await using acceptor = Acceptor.listen({
  find: ({ calledAeTitle, transferSyntaxUid }) => matchesOf(calledAeTitle, transferSyntaxUid),
});
await Deno.stdout.write(new TextEncoder().encode(`${acceptor.port}\n`));
await new Promise((resolve) => Deno.addSignalListener("SIGTERM", () => resolve(undefined)));

function* matchesOf(aeTitle: string, transferSyntaxUid: string): Generator<Uint8Array> {
  const [, digits, generation = "0"] = /^N([0-9]+)(?:G([0-9]+))?$/.exec(aeTitle) ?? [];
  const count = Number(digits ?? "0");
  const id = `${aeTitle} ${transferSyntaxUid}`;
  let matches = cache.get(id);
  if (matches === undefined) {
    matches = Array.from(
      { length: Math.min(count, mostDifferent) },
      (_, n) => encodeDataSet(step(n, Number(generation)), transferSyntaxUid),
    );
    cache.set(id, matches);
  }
  for (let left = count; left > 0; left -= matches.length) yield* matches.slice(0, left);
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
