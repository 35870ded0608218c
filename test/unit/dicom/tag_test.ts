import { assertEquals } from "@std/assert";
import { lookupKeyword } from "../../../src/dicom/dictionary/dictionary.ts";
import {
  formatTag,
  isPrivateCreatorTag,
  isPrivateTag,
  parseTag,
  Tag,
  tagHex,
} from "../../../src/dicom/tag.ts";
import { implementationClassUid } from "../../../src/dicom/uid.ts";
import { isVr, vrOfBytes, vrRule, vrRules } from "../../../src/dicom/vr.ts";

Deno.test("Tag has the keywords of the dictionary", () => {
  for (const [keyword, tag] of Object.entries(Tag)) {
    if (tag < Tag.Item) assertEquals(lookupKeyword(keyword)?.tag, tag);
  }
});

Deno.test("formatTag(), tagHex() and parseTag() agree from the first tag to the last", () => {
  for (const tag of [0, 0x0008_0005, 0x0008_103E, 0x7FE0_0010, 0x8000_0000, 0xFFFF_FFFF]) {
    for (const text of [formatTag(tag), tagHex(tag), formatTag(tag).slice(1, -1)]) {
      assertEquals(parseTag(text), tag);
      assertEquals(parseTag(text.toUpperCase()), tag);
    }
  }
  assertEquals([formatTag(0x0008_103E), tagHex(0x0008_103E)], ["(0008,103e)", "0008103E"]);
});

Deno.test("parseTag() takes nothing but a tag", () => {
  for (
    const text of [
      "",
      "PatientName",
      "0010",
      "(0010,0010",
      "0010,0010)",
      "0010 0010",
      "001000100",
      "0010,001g",
      "\n00100010",
    ]
  ) {
    assertEquals(parseTag(text), undefined);
  }
});

Deno.test("isPrivateTag() and isPrivateCreatorTag() tell private elements and who reserved them", () => {
  const tags = [0x0008_0010, 0x0009_0000, 0x0009_0010, 0x0009_00FF, 0x0009_0100, 0xFFFF_0010];
  assertEquals(tags.map(isPrivateTag), [false, true, true, true, true, true]);
  assertEquals(tags.map(isPrivateCreatorTag), [false, false, true, true, false, true]);
});

Deno.test("implementationClassUid is a UID of at most 64 characters, a UUID as a number", () => {
  const [, uuid = ""] = /^2\.25\.([1-9]\d*)$/.exec(implementationClassUid) ?? [];
  assertEquals(BigInt(uuid) > 0n && BigInt(uuid) < 1n << 128n, true);
  assertEquals(implementationClassUid.length <= 64, true);
});

Deno.test("vrOfBytes() finds every VR by its letters, and nothing else", () => {
  const found: string[] = [];
  for (let first = 0; first < 256; first++) {
    for (let second = 0; second < 256; second++) {
      const vr = vrOfBytes(first, second);
      if (vr === undefined) continue;
      assertEquals(vr, String.fromCharCode(first, second));
      assertEquals(vrRule(vr), vrRules[vr]);
      found.push(vr);
    }
  }
  assertEquals(found, Object.keys(vrRules).sort());
  assertEquals([found.length, isVr("PN"), isVr("toString"), isVr("pn")], [34, true, false, false]);
});
