import { assertEquals } from "@std/assert";
import type { DicomJson } from "../../../src/dicom/json/json.ts";
import { canonicalForm, canonicalText, samePatient } from "../../../src/worklist/canonical.ts";

interface Patient {
  readonly id?: string;
  readonly issuer?: string;
  readonly name?: string;
}

function patient({ id, issuer, name }: Patient): DicomJson {
  return {
    ...(name && { "00100010": { vr: "PN" as const, Value: [{ Alphabetic: name }] } }),
    ...(id && { "00100020": { vr: "LO" as const, Value: [id] } }),
    ...(issuer && { "00100021": { vr: "LO" as const, Value: [issuer] } }),
  };
}

for (
  const [one, other, isSame] of [
    [{ id: "1", name: "DOE^JANE" }, { id: "1 ", name: "ROE^JANE" }, true],
    [{ id: "1", name: "DOE^JANE" }, { id: "2", name: "DOE^JANE" }, false],
    [{ id: "1", name: "DOE^JANE" }, { name: "DOE^JANE" }, false],
    [{ id: "1", issuer: "A" }, { id: "1", issuer: "A" }, true],
    [{ id: "1", issuer: "A" }, { id: "1", issuer: "B" }, false],
    [{ name: "DOE^JANE" }, { name: "DOE^JANE^^" }, true],
    [{ name: "DOE^JANE" }, { name: "ROE^JANE" }, false],
  ] as const
) {
  const words = `${JSON.stringify(one)} and ${JSON.stringify(other)}`;
  Deno.test(`samePatient() ${isSame ? "takes" : "does not take"} ${words} for one`, () => {
    assertEquals(samePatient(patient(one), patient(other)), isSame);
    assertEquals(samePatient(patient(other), patient(one)), isSame);
  });
}

Deno.test("canonicalForm() is the same for every encoding of the same content", () => {
  const form = canonicalForm(patient({ id: "1", name: "DOE^JANE" }));
  assertEquals(
    canonicalForm({
      "00080005": { vr: "CS", Value: ["ISO_IR 192"] },
      "00100000": { vr: "UL", Value: [20] },
      "00100020": { vr: "LO", Value: ["1 ", null] },
      "00100010": { vr: "PN", Value: [{ Alphabetic: "DOE^JANE^^" }] },
      "00100040": { vr: "CS" },
      "00400100": { vr: "SQ" },
    }),
    form,
  );
});

Deno.test("canonicalText() reads a name that is one text", () => {
  for (const name of ["DOE^JANE", "DOE^JANE^^^", "DOE ^JANE ==", "DOE^JANE=^^"]) {
    assertEquals(canonicalText("PN", name), "DOE^JANE");
  }
  assertEquals(canonicalText("PN", "A^B=山田^太郎"), "A^B=山田^太郎");
});
