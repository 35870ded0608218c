import { assertEquals, assertThrows } from "@std/assert";
import { Webhook } from "standardwebhooks";
import { parseSecret, signatures } from "../../../src/deliver/signature.ts";

const oldSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const newSecret = `whsec_${"A".repeat(43)}=`;

Deno.test("signatures() are those that the official library verifies", () => {
  const body = '{"name":"Müller"}';
  const timestamp = Math.floor(Date.now() / 1000);
  const headers = {
    "webhook-id": "ct-today.0000000000000001",
    "webhook-timestamp": String(timestamp),
    "webhook-signature": signatures(
      [parseSecret(newSecret), parseSecret(oldSecret)],
      "ct-today.0000000000000001",
      timestamp,
      body,
    ),
  };
  for (const secret of [oldSecret, newSecret]) {
    assertEquals(new Webhook(secret).verify(body, headers), { name: "Müller" });
    assertThrows(() => new Webhook(secret).verify(body.replace("M", "N"), headers));
    assertThrows(() => new Webhook(secret).verify(body, { ...headers, "webhook-id": "other" }));
  }
});

Deno.test("signatures() sign as the official library does", () => {
  const date = new Date(1_700_000_000_000);
  assertEquals(
    signatures([parseSecret(oldSecret)], "id", 1_700_000_000, "{}"),
    new Webhook(oldSecret).sign("id", date, "{}"),
  );
});

Deno.test("parseSecret() takes 24 to 64 bytes, with the prefix or without", () => {
  const secretOf = (length: number): string => new Uint8Array(length).fill(7).toBase64();
  for (const length of [24, 64]) {
    const key = new Uint8Array(length).fill(7);
    assertEquals(parseSecret(secretOf(length)), key);
    assertEquals(parseSecret(`whsec_${secretOf(length)}`), key);
  }
  for (const length of [23, 65]) assertThrows(() => parseSecret(secretOf(length)), SyntaxError);
});

for (
  const [secret, message] of [
    ["whsec_not base64!", "Cannot read a webhook secret: it must be whsec_ followed by base64"],
    [
      "whsec_c2hvcnQ=",
      "Cannot use a webhook secret of 5 bytes: it must have 24 to 64, as from " +
      '`echo "whsec_$(openssl rand -base64 32)"`',
    ],
    [
      "",
      "Cannot use a webhook secret of 0 bytes: it must have 24 to 64, as from " +
      '`echo "whsec_$(openssl rand -base64 32)"`',
    ],
  ] as const
) {
  Deno.test(`parseSecret() refuses "${secret}" without repeating it`, () => {
    assertThrows(() => parseSecret(secret), SyntaxError, message);
  });
}
