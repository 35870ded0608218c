// Touches the world: reads certificates and keys, asks for a password.
/**
 * From the TLS options of `find` and `echo` to certificates and a way of verifying.
 *
 * @module
 */
import type { TlsOptions } from "../../network/tls.ts";
import type { AssociationValues } from "./find_options.ts";
import { askPassword } from "./ask_password.ts";
import { readGivenFile } from "./given_file.ts";
import { UsageError } from "./option_table.ts";
import { secretOf } from "./secret.ts";

/**
 * Reads what the TLS options name. They win over the configuration.
 *
 * @param values The options.
 * @param configured The peer as known before.
 * @param alarm Called each time that the peer is not verified.
 * @returns The options of the TLS connection.
 * @throws {UsageError} If a file cannot be read.
 */
export async function tlsOptionsOf(
  values: AssociationValues,
  configured: TlsOptions | undefined,
  alarm: (text: string) => void,
): Promise<TlsOptions> {
  const verify = values["tls-verify"] ?? configured?.verify ?? "full";
  if (verify === "none") {
    alarm("THE PEER IS NOT VERIFIED: anyone on the network can pretend to be it and read the data");
  }
  const ca = await Promise.all([
    ...values["tls-ca"].map(readCredential),
    ...(await Promise.all(values["tls-ca-folder"].map(filesIn))).flat().map(readCredential),
  ]);
  const { transport, "tls-identity": identity } = values;
  const trusting = { verify, ca: ca.length > 0 ? ca : configured?.ca };
  if (transport === "anonymous") return trusting;
  if (transport === undefined || identity === undefined) return { ...configured, ...trusting };
  const [keyPath, certPath] = identity;
  const key = await readCredential(keyPath);
  const cert = await readCredential(certPath);
  const keyPassword = await passwordOf(values, key, keyPath);
  return { ...trusting, key, cert, keyPassword };
}

function readCredential(path: string): Promise<Uint8Array> {
  return readGivenFile(path, "key or certificate file");
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    const names: string[] = [];
    for await (const entry of Deno.readDir(folder)) if (!entry.isDirectory) names.push(entry.name);
    if (names.length === 0) throw new UsageError(`the certificate folder ${folder} is empty`);
    return names.sort().map((name) => `${folder}/${name}`);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(`the certificate folder ${folder} cannot be read`, { cause });
  }
}

/** The password from where the options say, or from a person where the key is encrypted. */
async function passwordOf(
  values: AssociationValues,
  key: Uint8Array,
  keyPath: string,
): Promise<string | undefined> {
  const stored = await secretOf(values["tls-password-file"], values["tls-password-env"]);
  const given = stored ?? values["tls-password"];
  if (given !== undefined) return given;
  // Loaded only now: it brings the cryptography of Node with it.
  const { isEncryptedKey } = await import("../../network/tls.ts");
  if (!isEncryptedKey(key) && !values["tls-password-prompt"]) return undefined;
  const typed = askPassword(`Password of ${keyPath}: `);
  if (typed !== undefined) return typed;
  throw new UsageError(
    `${keyPath} is encrypted and there is no terminal to ask for its password: use ` +
      "--tls-password-file or --tls-password-env",
  );
}
