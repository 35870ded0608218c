import { assertEquals } from "@std/assert";
import { personNameTest, textTest } from "../../../../src/worklist/match/match_text.ts";

for (
  const [key, value, matches] of [
    ["CT1", "CT1", true],
    ["CT1", " CT1 ", true],
    ["CT1", "ct1", false],
    ["C?", "CT", true],
    ["C?", "CT1", false],
    ["C?", "XCT", false],
    ["*", "", true],
    ["?", "", false],
    ["CT*", "CT", true],
    ["CT**", "CT", true],
    ["*bc", "bxbc", true],
    ["*bc", "bxc", false],
    ["ab*ba", "abba", true],
    ["ab*ba", "aba", false],
    ["a*b?d*", "axbcbcd", true],
    ["a*b?d*", "axbcbc", false],
    ["?", "山", true],
    ["?", "𠮷", true],
  ] as const
) {
  const verb = matches ? "takes" : "does not take";
  Deno.test(`textTest() ${verb} ${JSON.stringify(value)} by ${key}`, () => {
    assertEquals(textTest(key)(value), matches);
  });
}

for (
  const [key, value, matches] of [
    ["DOE^JANE^^", "DOE^JANE", true],
    ["DOE", "DOE^JANE", false],
    ["doe*", "DÖE^JANE=山田", true],
    ["山田", "DOE=山田", true],
    ["=山田", "DOE=山田", true],
    ["=山田", "山田", false],
    ["DOE=山田", "DOE", false],
    ["DOE=山田", "ROE=山田", false],
  ] as const
) {
  const verb = matches ? "takes" : "does not take";
  Deno.test(`personNameTest() ${verb} ${value} by ${key}`, () => {
    assertEquals(personNameTest(key)(value), matches);
  });
}
