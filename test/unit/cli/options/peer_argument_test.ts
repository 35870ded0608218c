import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../../../src/cli/options/option_table.ts";
import { checkedAeTitle, takePeer } from "../../../../src/cli/options/peer_argument.ts";

const forms: [words: string[], peer: unknown, rest: string[]][] = [
  [["RIS@host:104"], { host: "host", port: 104, aeTitle: "RIS" }, []],
  [["host:104", "q.dcm"], { host: "host", port: 104 }, ["q.dcm"]],
  [["host", "104", "q.dcm"], { host: "host", port: 104 }, ["q.dcm"]],
  [["RIS@host", "104"], { host: "host", port: 104, aeTitle: "RIS" }, []],
  [["host:104", "105"], { host: "host", port: 104 }, ["105"]],
  [["[::1]:104"], { host: "::1", port: 104 }, []],
  [["RIS@[fe80::1]:104"], { host: "fe80::1", port: 104, aeTitle: "RIS" }, []],
  [["::1", "104"], { host: "::1", port: 104 }, []],
  [["A@B@host:104"], { host: "host", port: 104, aeTitle: "A@B" }, []],
];
for (const [words, peer, rest] of forms) {
  Deno.test(`takePeer() reads ${words.join(" ")}`, () => {
    assertEquals(takePeer(words, { named: false }), [peer as never, rest]);
  });
}

Deno.test("takePeer() reads a name where a configuration may have it", () => {
  assertEquals(takePeer(["ris", "q.dcm"], { named: true }), [{ name: "ris" }, ["q.dcm"]]);
  assertEquals(takePeer(["ris:104"], { named: true }), [{ host: "ris", port: 104 }, []]);
});

const mistakes: [words: string[], message: string][] = [
  [[], "a peer is missing: AET@HOST:PORT, HOST:PORT or HOST PORT"],
  [["host"], "the peer host has no port: AET@HOST:PORT, HOST:PORT or HOST PORT"],
  [["host", "q.dcm"], "the peer host has no port: AET@HOST:PORT, HOST:PORT or HOST PORT"],
  [[":104"], "the peer has no host: AET@HOST:PORT, HOST:PORT or HOST PORT"],
  [["host:0"], "the port must be a number, 1 to 65535"],
  [["host", "65536"], "the port must be a number, 1 to 65535"],
  [["host:dicom"], "the port must be a number, 1 to 65535"],
  [
    ["AN_AE_TITLE_TOO_LONG@host:104"],
    "these have 1 to 16 ASCII characters, without backslash",
  ],
];
for (const [words, message] of mistakes) {
  Deno.test(`takePeer() refuses ${words.join(" ") || "no words"}`, () => {
    assertThrows(() => takePeer(words, { named: false }), UsageError, message);
  });
}

Deno.test("checkedAeTitle() drops spaces around a title and refuses what is none", () => {
  assertEquals(checkedAeTitle("  MY AE "), "MY AE");
  for (const wrong of ["", "   ", "A\\B", "ÄÖÜ", "A\x1b[31m"]) {
    assertThrows(() => checkedAeTitle(wrong), UsageError);
  }
});
