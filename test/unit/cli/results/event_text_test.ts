import { assertEquals } from "@std/assert";
import { eventText, valuesText } from "../../../../src/cli/results/event_text.ts";

const changed = JSON.stringify({
  type: "dicom.worklist.item.changed",
  time: "2026-11-21T20:15:30.123Z",
  data: {
    query: "ct-today",
    key: { StudyInstanceUID: "1.2.3", ScheduledProcedureStepID: "SPS1" },
    kinds: ["rescheduled"],
    changes: [{
      path: "ScheduledProcedureStepSequence.ScheduledProcedureStepStartTime",
      tag: "0040010000400003",
      vr: "TM",
      before: ["0800"],
      after: ["0930"],
    }],
    after: { "00100010": { vr: "PN", Value: [{ Alphabetic: "DOE^JANE\x1b[2J" }] } },
  },
});

Deno.test("eventText() tells when, where, what, whose, and what changed", () => {
  assertEquals(
    eventText(changed),
    "2026-11-21 20:15:30  ct-today  changed      1.2.3 SPS1  DOE^JANE␛[2J  rescheduled  " +
      "ScheduledProcedureStepStartTime: 08:00 → 09:30",
  );
  assertEquals(
    eventText(changed, { timeZone: "Europe/Berlin" }).slice(0, 19),
    "2026-11-21 21:15:30",
  );
});

Deno.test("eventText() colours what happened where the terminal takes it", () => {
  assertEquals(eventText(changed, { colour: true }).includes("\x1b[33mchanged    \x1b[39m"), true);
});

Deno.test("eventText() tells why a poll failed", () => {
  const failed = JSON.stringify({
    type: "dicom.poll.failed",
    time: "2026-11-21T20:15:30.123Z",
    data: { query: "ct-today", reason: "unreachable", words: "Cannot connect to ris:104\x1b[2J" },
  });
  assertEquals(
    eventText(failed),
    "2026-11-21 20:15:30  ct-today  failed       Cannot connect to ris:104␛[2J",
  );
});

Deno.test("valuesText() tells names, nothing, and nulls between values", () => {
  assertEquals(valuesText([]), "(empty)");
  assertEquals(valuesText(["A", null, 1.5]), "A\\\\1.5");
  assertEquals(
    valuesText([{ Alphabetic: "Yamada^Tarou", Phonetic: "やまだ" }]),
    "Yamada^Tarou==やまだ",
  );
});

Deno.test("eventText() shows accession, station and the evidence of a removal", () => {
  const removed = JSON.stringify({
    type: "dicom.worklist.item.removed",
    time: "2026-11-21T20:15:30.123Z",
    data: {
      query: "ct-today",
      key: { StudyInstanceUID: "1.2.3" },
      evidence: { reason: "missing", polls: 2 },
      before: {
        "00080050": { vr: "SH", Value: ["A1"] },
        "00100010": { vr: "PN", Value: [{ Alphabetic: "DOE^JANE" }] },
        "00100020": { vr: "LO", Value: ["P1\x1b[2J"] },
        "00400100": { vr: "SQ", Value: [{ "00400001": { vr: "AE", Value: ["CT1"] } }] },
      },
    },
  });
  assertEquals(
    eventText(removed),
    "2026-11-21 20:15:30  ct-today  removed      1.2.3  DOE^JANE  P1␛[2J  acc. A1  CT1  " +
      "missing from 2 complete answers in a row",
  );
});

Deno.test("eventText() shows who approved, and why", () => {
  const approved = JSON.stringify({
    type: "dicom.poll.approved",
    time: "2026-11-21T20:15:30.123Z",
    data: { query: "ct-today", approval: { who: "anna", why: "the RIS is\x07 empty" } },
  });
  assertEquals(
    eventText(approved),
    "2026-11-21 20:15:30  ct-today  approved     by anna: the RIS is␇ empty",
  );
});
