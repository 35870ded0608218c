import { assertEquals } from "@std/assert";
import { makeGuard, type OwnHosts } from "../../../../src/daemon/http/guard.ts";

const loopback: OwnHosts = { scheme: "http", listen: "127.0.0.1", hosts: ["wl.example"] };

function statusOf(
  headers: Readonly<Record<string, string>>,
  method = "GET",
  own: OwnHosts = loopback,
): number {
  const refusal = makeGuard(own)({ method, header: (name) => headers[name] });
  return refusal?.status ?? 200;
}

Deno.test("a request must name a host that is ours: a name that an attacker points to us is refused", () => {
  for (
    const host of ["127.0.0.1:9180", "localhost", "LOCALHOST:9180", "[::1]:9180", "wl.example:1"]
  ) {
    assertEquals(statusOf({ host }), 200, host);
  }
  for (const host of ["evil.example", "wl.example.evil.example", "127.0.0.1.evil.example"]) {
    assertEquals(statusOf({ host }), 421, host);
  }
  for (const host of ["", "a b", "a/b", "x@y", "[zz]"]) assertEquals(statusOf({ host }), 400, host);
  assertEquals(statusOf({}), 400);
});

Deno.test("a request of another origin is refused, and of our own it passes", () => {
  const host = "127.0.0.1:9180";
  for (
    const origin of ["http://evil.example", "null", "https://127.0.0.1:9180", "http://127.0.0.1"]
  ) {
    assertEquals(statusOf({ host, origin }, "POST"), 403, origin);
  }
  assertEquals(statusOf({ host, origin: "http://127.0.0.1:9180" }, "POST"), 200);
  // A proxy in front speaks HTTPS.
  assertEquals(statusOf({ host: "wl.example", origin: "https://wl.example" }, "POST"), 200);
});

Deno.test("a page of another site reads nothing, but a person may follow its link", () => {
  const host = "localhost:9180";
  for (const site of ["cross-site", "same-site"]) {
    assertEquals(statusOf({ host, "sec-fetch-site": site, "sec-fetch-mode": "no-cors" }), 403);
    const link = {
      host,
      "sec-fetch-site": site,
      "sec-fetch-mode": "navigate",
      "sec-fetch-dest": "document",
    };
    assertEquals(statusOf(link), 200);
    assertEquals(statusOf(link, "POST"), 403);
    assertEquals(statusOf({ ...link, "sec-fetch-dest": "iframe" }), 403);
  }
  for (const site of ["same-origin", "none"]) {
    assertEquals(statusOf({ host, "sec-fetch-site": site }), 200);
  }
});
