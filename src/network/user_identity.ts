/**
 * User identities as people give them, to be proposed in an association request.
 *
 * PS3.7 Annex D.3.3.7.
 *
 * @module
 */
import type { UserIdentityRq } from "./pdu.ts";

/** The identity of the requestor; exactly one of the fields, by its kind. */
export type UserIdentity =
  & {
    /**
     * True if the peer must confirm that it accepted the identity.
     *
     * @default {false}
     */
    readonly positiveResponseRequested?: boolean | undefined;
  }
  & (
    | { readonly userName: string; readonly passcode?: string | undefined }
    | { readonly kerberosTicket: Uint8Array }
    | { readonly samlAssertion: string }
    | { readonly jsonWebToken: string }
  );

/**
 * The sub-item of an identity.
 *
 * PS3.7 Table D.3-14: types 1 user name, 2 user name and passcode, 3 Kerberos service ticket, 4 SAML
 * assertion, 5 JSON Web Token; texts in UTF-8.
 *
 * @param identity The identity.
 * @returns The sub-item.
 */
export function userIdentityRq(identity: UserIdentity): UserIdentityRq {
  const { positiveResponseRequested = false } = identity;
  const make = (type: number, primary: string | Uint8Array, secondary = ""): UserIdentityRq => ({
    type,
    positiveResponseRequested,
    primaryField: typeof primary === "string" ? new TextEncoder().encode(primary) : primary,
    secondaryField: new TextEncoder().encode(secondary),
  });
  if ("kerberosTicket" in identity) return make(3, identity.kerberosTicket);
  if ("samlAssertion" in identity) return make(4, identity.samlAssertion);
  if ("jsonWebToken" in identity) return make(5, identity.jsonWebToken);
  const { userName, passcode } = identity;
  return passcode === undefined ? make(1, userName) : make(2, userName, passcode);
}
