/**
 * The key `tls` of peers and webhooks.
 *
 * @module
 */
import * as z from "zod";
import { TlsCredentialError } from "../../network/errors.ts";
import { readCredentials, type TlsOptions } from "../../network/tls.ts";
import type { FileParts } from "./files.ts";
import type { Part } from "./scalars.ts";

/** Certificates and verification as the file names them. */
export interface TlsSection extends TlsOptions {
  /** Files of the folder `ca` that have no certificate in them, each with the reason. */
  readonly passedOver?: readonly string[] | undefined;
}

/**
 * Makes the schema of certificates and verification. The files are read, and must fit together.
 *
 * @param files The parts that stand for files.
 * @returns The schema. Its output has a private key in it: hide it.
 */
export function tlsSchema(files: FileParts): Part<TlsSection> {
  return z.strictObject({
    ca: files.authorities.optional().describe("File or folder: the authorities to trust"),
    cert: files.credential.optional().describe("File: our certificate"),
    key: files.credential.optional().describe("File: our private key"),
    key_password_file: files.contents.optional().describe("File with the password of the key"),
    verify: z.enum(["full", "chain", "none"]).default("full")
      .describe("Of the peer's certificate: everything, all but the host name, nothing"),
  }).transform((section, context) => {
    const options: TlsSection = {
      ca: section.ca?.contents,
      passedOver: section.ca?.passedOver ?? [],
      cert: section.cert,
      key: section.key,
      keyPassword: section.key_password_file,
      verify: section.verify,
    };
    try {
      readCredentials(options);
    } catch (error) {
      if (!(error instanceof TlsCredentialError)) throw error;
      const path = [error.part === "certificate" ? "cert" : error.part];
      context.addIssue({ code: "custom", path, message: error.message });
    }
    return options;
  });
}
