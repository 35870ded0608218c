import { assertEquals, assertThrows } from "@std/assert";
import { parseDictionary } from "../../../../src/dicom/dictionary/dictionary_text.ts";

Deno.test("parseDictionary() reads attributes, comments and VRs left open", () => {
  const entries = parseDictionary(
    "# comment\r\n\r\n(0010,0010)\tPN\tPatientName\t1\tDICOM\r\n" +
      "(0028,0106)\txs\tSmallestImagePixelValue\t1\tDICOM\n" +
      "(0008,0001)\tUL\tRETIRED_LengthToEnd\t1\tDICOM/retired\n(fffe,e000)\tna\tItem\t1\tDICOM\n",
  );
  assertEquals(entries, [
    { tag: 0x00100010, keyword: "PatientName", vr: "PN", vm: "1", retired: false },
    { tag: 0x00280106, keyword: "SmallestImagePixelValue", vr: "US", vm: "1", retired: false },
    { tag: 0x00080001, keyword: "LengthToEnd", vr: "UL", vm: "1", retired: true },
  ]);
});

Deno.test("parseDictionary() lists the tags of ranges, even, odd and all", () => {
  const tags = (line: string): string[] =>
    parseDictionary(`${line}\tLO\tX\t1\tDICOM`).map(({ tag }) => tag.toString(16));
  assertEquals(tags("(6000-6004,0010)"), ["60000010", "60020010", "60040010"]);
  assertEquals(tags("(6001-o-6005,0010)"), ["60010010", "60030010", "60050010"]);
  assertEquals(tags("(6000-u-6002,0010)"), ["60000010", "60010010", "60020010"]);
  assertEquals(tags("(0020,3100-3104)"), ["203100", "203102", "203104"]);
  assertEquals(tags("(0000-u-ffff,0000)"), []);
});

Deno.test("parseDictionary() reads private attributes with their creator", () => {
  assertEquals(parseDictionary('(0019,"ACME 1.1",1a)\tDS\tAcmeDose\t1-n\tPrivateTag'), [{
    tag: 0x0019001A,
    keyword: "AcmeDose",
    vr: "DS",
    vm: "1-n",
    retired: false,
    privateCreator: "ACME 1.1",
  }]);
});

Deno.test("parseDictionary() reads names as DCMTK's own dictionaries have them", () => {
  for (const name of ["End NumberForBaseline", "X-RaySystem", "MIPStartSlice Name="]) {
    const [entry] = parseDictionary(`(0019,"ACME 1.1",14)\tSS\t${name}\t1\tPrivateTag`);
    assertEquals(entry?.keyword, name);
  }
});

const mistakes: [line: string, why: string][] = [
  ["0010,0010\tPN\tPatientName\t1", "the first field is no tag"],
  ["(0010,00G0)\tPN\tPatientName\t1", "the first field is no tag"],
  ["(0010,0010)\tZZ\tPatientName\t1", "the second field is no VR"],
  ["(0010,0010)\tPN", "the third field is no keyword"],
  ["(0010,0010) PN PatientName 1", "the second field is no VR"],
];
for (const [line, why] of mistakes) {
  Deno.test(`parseDictionary() refuses ${JSON.stringify(line)}`, () => {
    assertThrows(
      () => parseDictionary(`# first\n${line}\n`),
      SyntaxError,
      `Cannot read line 2 of the data dictionary: ${why}`,
    );
  });
}
