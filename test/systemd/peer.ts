/**
 * A RIS and a webhook receiver on a test machine. The RIS has as many steps as the file `/root/steps` says; the
 * receiver appends each request to `/root/received.ndjson`.
 *
 * @module
 */
import { DataSet, element } from "../../src/dicom/data_set.ts";
import { Tag } from "../../src/dicom/tag.ts";
import { serveWorklist } from "../../src/serve/worklist_scp.ts";

const ris = serveWorklist({ port: 11112, aeTitle: "RIS" });

function step(number: number): DataSet {
  return new DataSet([
    element(Tag.PatientName, [`Sample^Number ${number}`]),
    element(Tag.PatientID, [`P${number}`]),
    element(Tag.StudyInstanceUID, [`1.2.3.${number}`]),
    element(Tag.ScheduledProcedureStepSequence, [
      new DataSet([
        element(Tag.Modality, ["CT"]),
        element(Tag.ScheduledStationAETitle, ["CT1"]),
        element(Tag.ScheduledProcedureStepStartDate, ["20261127"]),
        element(Tag.ScheduledProcedureStepStartTime, ["080000"]),
        element(Tag.ScheduledProcedureStepID, [`S${number}`]),
      ]),
    ]),
  ]);
}

function update(): void {
  let count = 0;
  try {
    count = Number(Deno.readTextFileSync("/root/steps"));
  } catch {
    // None yet.
  }
  for (let number = 1; number <= count; number++) {
    if (!ris.items.has(`${number}`)) ris.items.set(`${number}`, step(number));
  }
}

update();
setInterval(update, 50);
Deno.serve({ hostname: "127.0.0.1", port: 8080 }, async (request) => {
  const line = { signature: request.headers.get("webhook-signature"), body: await request.text() };
  Deno.writeTextFileSync("/root/received.ndjson", `${JSON.stringify(line)}\n`, { append: true });
  return new Response(null, { status: 204 });
});
