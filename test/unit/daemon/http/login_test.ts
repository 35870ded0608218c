import { assertEquals } from "@std/assert";
import { FailureLimit } from "../../../../src/daemon/http/failure_limit.ts";
import { Logins } from "../../../../src/daemon/http/login.ts";
import { isSha512Crypt, verifySha512Crypt } from "../../../../src/daemon/http/sha512_crypt.ts";

/** Printed by `openssl passwd -6`, the last two by glibc's `crypt`. */
const printed: readonly (readonly [password: string, hash: string])[] = [
  [
    "Hello world!",
    "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
  ],
  [
    "a",
    "$6$6F6sFg0l45sARfpw$JFhZSP6fF/bhkC9ab9/tTwZBf.l8oimqrdcRHyKt2WqwMaaX3KNsC/sZWRFGHsGU7RnYeQRS37L/brc3t4rnc0",
  ],
  [
    "correct horse battery staple",
    "$6$XEL1Hy.jQqMZoqF1$PUCPODK3w5Kgh1mmFyQeOdFdShp33cGdhf5ZLRFcLCZ1dYRZH5BfdbnwRd0727hBjo4oXHXS79..Li7siQbTx1",
  ],
  [
    "päss wörd",
    "$6$.5Ah32ru3Ix.2Nr8$ed3B/9KpXAA20YNH2oQe.qcHiIg1Br2tqKXDI5iWMv4QRdakZLFb1K4eyYvlZztftc/lJLSEB84OPRyHUj0D/0",
  ],
  [
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "$6$ygI92UIhcT8Up93T$hM7MvESFxIMbK5DBLUpAq.Hiwntg39ViPa1uwm5hN0iONoin.ay5Q.67eduFCAtrbep3WzofPC9SEkzYOe1JV0",
  ],
  [
    "secret",
    "$6$rounds=1400$anotherlongsalts$Twf2eP6WMY29NT9yg1Nff0x6Ul/TWD9vkV2VVPyEX7uifmXI0FHGx3rX27ttfZtfB9phxv3003yyBPq3nGFb8.",
  ],
  [
    "",
    "$6$short$9cWqpgO.6JABL0ADkGtfzxbmgs6aMf6bBGPgf/BfywRVTYst7nGb9Xj7Z.LBrpR8cGEdbOXzUd4c8bJUaBrOT0",
  ],
];

const key = new Uint8Array(32);
const basic = (text: string): string => `Basic ${new TextEncoder().encode(text).toBase64()}`;

Deno.test("verifySha512Crypt() agrees with other programs", () => {
  for (const [password, hash] of printed) {
    assertEquals(isSha512Crypt(hash), true, hash);
    assertEquals(verifySha512Crypt(password, hash), true, password);
    assertEquals(verifySha512Crypt(`${password}x`, hash), false, password);
  }
});

Deno.test("verifySha512Crypt() takes nothing for text that is no hash, nor a password without end", () => {
  assertEquals(verifySha512Crypt("", ""), false);
  assertEquals(verifySha512Crypt("a", "$1$abc$def"), false);
  assertEquals(verifySha512Crypt("a".repeat(257), printed[0]?.[1] ?? ""), false);
});

Deno.test("Logins takes a token as bearer, and as the password of any name", () => {
  const logins = new Logins({ tokens: ["0123456789abcdef"], users: new Map() }, () => 0, key);
  const check = (header: string | undefined): unknown => logins.check(header, "10.0.0.1");
  assertEquals(check("Bearer 0123456789abcdef"), { ok: true, user: "token" });
  assertEquals(check(basic("anna:0123456789abcdef")), { ok: true, user: "anna" });
  assertEquals(check(undefined), { ok: false, why: "missing" });
  for (
    const header of ["Bearer 0123456789abcdeF", "Bearer ", "Basic !!", "Digest x", basic("anna:")]
  ) {
    assertEquals(check(header), { ok: false, why: "wrong" }, header);
  }
});

Deno.test("Logins knows users by their passwords, and a known one again without its hash", () => {
  const [password, hash] = printed[0] ?? ["", ""];
  const logins = new Logins({ tokens: [], users: new Map([["anna", hash]]) }, () => 0, key);
  const right = basic(`anna:${password}`);
  for (let times = 0; times < 200; times++) {
    assertEquals(logins.check(right, "10.0.0.1"), { ok: true, user: "anna" });
  }
  assertEquals(logins.check(basic(`anna:${password}!`), "10.0.0.1"), { ok: false, why: "wrong" });
  assertEquals(logins.check(basic(`bert:${password}`), "10.0.0.1"), { ok: false, why: "wrong" });
});

Deno.test("Logins makes an address wait after ten failures, also for the right token, and no other", () => {
  let nowMs = 0;
  const logins = new Logins({ tokens: ["0123456789abcdef"], users: new Map() }, () => nowMs, key);
  for (let times = 0; times < 10; times++) {
    assertEquals(logins.check("Bearer wrong", "10.0.0.1").ok, false);
  }
  assertEquals(logins.check("Bearer 0123456789abcdef", "10.0.0.1"), {
    ok: false,
    why: "limited",
    waitMs: 6000,
  });
  assertEquals(logins.check("Bearer 0123456789abcdef", "10.0.0.2").ok, true);
  nowMs = 6000;
  assertEquals(logins.check("Bearer 0123456789abcdef", "10.0.0.1").ok, true);
});

Deno.test("Logins computes no more hashes when passwords are guessed from many addresses", () => {
  const [password, hash] = printed[0] ?? ["", ""];
  const logins = new Logins({ tokens: [], users: new Map([["anna", hash]]) }, () => 0, key);
  assertEquals(logins.check(basic(`anna:${password}`), "10.0.9.9").ok, true);
  const results = Array.from(
    { length: 101 },
    (_, index) => logins.check(basic(`anna:${index}`), `10.0.0.${index}`),
  );
  assertEquals(results[0], { ok: false, why: "wrong" });
  assertEquals(results[100]?.ok === false && results[100].why, "limited");
  // Who logged in before is not shut out.
  assertEquals(logins.check(basic(`anna:${password}`), "10.0.9.9").ok, true);
});

Deno.test("FailureLimit remembers a thousand addresses at most, and takes an IPv6 network as one", () => {
  const limit = new FailureLimit(() => 0);
  for (let times = 0; times < 10; times++) limit.failed(`2001:db8:1:2::${times}`);
  assertEquals(limit.waitMs("2001:db8:1:2:ffff::1") > 0, true);
  assertEquals(limit.waitMs("2001:db8:1:3::1"), 0);
  for (let index = 0; index < 1000; index++) limit.failed(`10.1.${index >> 8}.${index & 255}`);
  assertEquals(limit.waitMs("2001:db8:1:2::1"), 0);
});
