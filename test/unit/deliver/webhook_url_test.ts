import { assertEquals } from "@std/assert";
import { isForbiddenAddress, webhookUrlProblem } from "../../../src/deliver/webhook_url.ts";

const unencrypted =
  "patient data would travel unencrypted: use https://, or set `allow_http: true`";
const named = "a name or password does not belong in a URL: use `basic` or `bearer_file`";

for (
  const [url, allowHttp, problem] of [
    ["https://orders.example.org/worklist", false, undefined],
    ["http://127.0.0.1:8080/", false, undefined],
    ["http://127.9.9.9/", false, undefined],
    ["http://[::1]:8080/", false, undefined],
    ["http://localhost/", false, undefined],
    ["http://orders.example.org/", true, undefined],
    ["http://orders.example.org/", false, unencrypted],
    ["http://localhost.example.org/", false, unencrypted],
    ["http://127.0.0.1.example.org/", false, unencrypted],
    ["ftp://orders.example.org/", true, "it must begin with https://"],
    ["orders.example.org", true, "this is not a URL"],
    ["https://u:p@orders.example.org/", false, named],
    ["http://169.254.169.254/latest", true, "169.254.169.254 is a link-local or metadata address"],
    ["http://2852039166/", true, "169.254.169.254 is a link-local or metadata address"],
    ["https://[fe80::1]/", true, "fe80::1 is a link-local or metadata address"],
    [
      "https://[::ffff:169.254.169.254]/",
      true,
      "::ffff:a9fe:a9fe is a link-local or metadata address",
    ],
    [
      "https://metadata.google.internal/",
      true,
      "metadata.google.internal is a link-local or metadata address",
    ],
  ] as const
) {
  Deno.test(`webhookUrlProblem() judges ${url}${allowHttp ? " with allow_http" : ""}`, () => {
    assertEquals(webhookUrlProblem(url, { allowHttp }), problem);
  });
}

Deno.test("isForbiddenAddress() knows link-local, metadata, unspecified and multicast addresses", () => {
  const forbidden = [
    "169.254.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "FE80::1",
    "febf::1",
    "ff02::1",
    "fd00:ec2::254",
    "::ffff:169.254.1.1",
    "64:ff9b::a9fe:a9fe",
  ];
  assertEquals(forbidden.filter((address) => !isForbiddenAddress(address)), []);
  const permitted = [
    "10.0.0.1",
    "192.168.1.1",
    "127.0.0.1",
    "::1",
    "fd00::1",
    "2001:db8::fe80",
    "ris",
  ];
  assertEquals(permitted.filter(isForbiddenAddress), []);
});

Deno.test("webhookUrlProblem() refuses ports that HTTP clients refuse", () => {
  for (const port of [25, 104, 6000, 10080]) {
    const problem = webhookUrlProblem(`https://h.example:${port}/`, { allowHttp: false });
    assertEquals(problem?.startsWith(`port ${port} belongs to another protocol`), true, problem);
  }
  for (const port of ["", ":443", ":8080", ":11112", ":6001"]) {
    assertEquals(webhookUrlProblem(`https://h.example${port}/`, { allowHttp: false }), undefined);
  }
});
