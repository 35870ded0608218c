import { assertEquals } from "@std/assert";
import { SopClass, TransferSyntax } from "../../../../src/dicom/uid.ts";
import { nameOfUid, uidOfName } from "../../../../src/dicom/dictionary/uid_names.ts";

Deno.test("nameOfUid() knows what this program speaks of, and uidOfName() the way back", () => {
  for (const uid of [...Object.values(TransferSyntax), ...Object.values(SopClass)]) {
    const name = nameOfUid(uid);
    assertEquals(name === undefined ? undefined : uidOfName(name), uid);
  }
  assertEquals(nameOfUid("1.2.840.10008.1.2"), "LittleEndianImplicit");
  assertEquals(nameOfUid("1.2.840.10008.5.1.4.31"), "FINDModalityWorklistInformationModel");
});

Deno.test("nameOfUid() and uidOfName() know nothing of others", () => {
  for (const uid of ["", "1.2.3", "1.2.840.10008.", "1.2.840.10008.1.2.", "1.2.840.10008.99"]) {
    assertEquals(nameOfUid(uid), undefined);
  }
  assertEquals(uidOfName(""), undefined);
  assertEquals(uidOfName("toString"), undefined);
});
