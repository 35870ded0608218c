import { assertEquals } from "@std/assert";
import { type UserIdentity, userIdentityRq } from "../../../src/network/user_identity.ts";
import type { AAssociateRq } from "../../../src/network/pdu.ts";
import { decodePdu } from "../../../src/network/pdu_decode.ts";
import { goldenBytes } from "../../support/golden_pdu.ts";

/** As pynetdicom encodes them; a response is requested for the even types. */
const identities: UserIdentity[] = [
  { userName: "radiology" },
  { userName: "radiology", passcode: "secret", positiveResponseRequested: true },
  { kerberosTicket: Uint8Array.of(0x60, 0x82, 1, 2, ...new TextEncoder().encode("ticket")) },
  { samlAssertion: "<saml:Assertion/>", positiveResponseRequested: true },
  { jsonWebToken: "eyJhbGciOiJub25lIn0.e30." },
];
for (const [index, identity] of identities.entries()) {
  Deno.test(`userIdentityRq() makes type ${index + 1} as another implementation does`, () => {
    const pdu = decodePdu(goldenBytes(`associate_rq_user_identity_${index + 1}`)) as AAssociateRq;
    assertEquals(userIdentityRq(identity), pdu.userInformation.userIdentity);
  });
}
