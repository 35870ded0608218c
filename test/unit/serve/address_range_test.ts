import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  includesAddress,
  isLoopback,
  parseAddressRange,
} from "../../../src/serve/address_range.ts";

Deno.test("a range of addresses has those that begin with its bits, and no other", () => {
  const rows: [string, string[], string[]][] = [
    ["10.1.0.0/16", ["10.1.0.0", "10.1.255.255", "::ffff:10.1.2.3"], ["10.2.0.0", "10.0.255.255"]],
    ["10.1.2.3", ["10.1.2.3"], ["10.1.2.4", "10.1.2.2", "::10.1.2.3"]],
    ["0.0.0.0/0", ["1.2.3.4", "255.255.255.255"], ["::1", "2001:db8::1"]],
    ["10.1.2.128/25", ["10.1.2.128", "10.1.2.255"], ["10.1.2.127", "10.1.3.128"]],
    ["2001:db8::/32", ["2001:db8::1", "2001:DB8:ffff::"], ["2001:db9::1", "10.1.2.3"]],
    ["fe80::1", ["fe80::1", "fe80::1%eth0"], ["fe80::2"]],
    ["::/0", ["2001:db8::1", "::1"], ["10.1.2.3", "::ffff:10.1.2.3"]],
  ];
  for (const [text, inside, outside] of rows) {
    const range = parseAddressRange(text);
    for (const address of inside) assert(includesAddress(range, address), `${address} in ${text}`);
    for (const address of outside) {
      assert(!includesAddress(range, address), `${address} not in ${text}`);
    }
  }
});

Deno.test("what is no range of addresses is refused, and so is one with bits after its length", () => {
  for (
    const text of [
      "",
      "10.1.0",
      "10.1.0.256",
      "010.1.0.0",
      "10.1.0.0/33",
      "10.1.0.0/",
      "10.1.0.0/8/9",
      "10.1.0.0/16",
      "2001:db8::1::2",
      "2001:db8:0:0:0:0:0:0:1",
      "1:2:3:4:5:6:7",
      "2001:db8::12345",
      "ct1.example.org",
      "10.1.0.1/16",
      "2001:db8::/16",
    ]
  ) {
    if (text === "10.1.0.0/16") parseAddressRange(text);
    else assertThrows(() => parseAddressRange(text), SyntaxError, undefined, text);
  }
});

Deno.test("loopback is what only this machine can reach", () => {
  const hosts = [
    "127.0.0.1",
    "127.8.9.1",
    "::1",
    "localhost",
    "::ffff:127.0.0.1",
    "0.0.0.0",
    "::",
    "10.0.0.1",
    "ris",
  ];
  assertEquals(hosts.map(isLoopback), [true, true, true, true, true, false, false, false, false]);
});
