// Touches the world: reads certificates and keys, asks for a password.
/**
 * From the TLS options of `find` and `echo` to certificates and a way of verifying.
 *
 * @module
 */
import { TlsCredentialError } from "../../network/errors.ts";
import type { CaFile, TlsOptions } from "../../network/tls.ts";
import type { AssociationValues } from "./find_options.ts";
import { askPassword } from "./ask_password.ts";
import { reasonOf } from "../describe_error.ts";
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
  const ca = [
    ...await Promise.all(values["tls-ca"].map(readCredential)),
    ...(await Promise.all(values["tls-ca-folder"].map((each) => certificatesIn(each, alarm))))
      .flat(),
  ];
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

/** The certificates of a folder; each file without one is passed over with a warning, as in DCMTK. */
async function certificatesIn(
  folder: string,
  alarm: (text: string) => void,
): Promise<readonly Uint8Array[]> {
  const files = await filesIn(folder);
  // Loaded only now: it brings the cryptography of Node with it.
  const { readCaFolder } = await import("../../network/tls.ts");
  try {
    const { ca, passedOver } = readCaFolder(files);
    for (const text of passedOver) alarm(text);
    return ca;
  } catch (cause) {
    const why = cause instanceof TlsCredentialError ? cause.why : reasonOf(cause);
    throw new UsageError(`the certificate folder ${folder} cannot be used: ${why}`, { cause });
  }
}

async function filesIn(folder: string): Promise<CaFile[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(folder));
    const names = entries.filter(({ isDirectory }) => !isDirectory).map(({ name }) => name).sort();
    return await Promise.all(names.map(async (name) => {
      const path = `${folder}/${name}`;
      const content = await Deno.readFile(path).catch((error) =>
        new Error(`it cannot be read: ${reasonOf(error)}`)
      );
      return { name: path, content };
    }));
  } catch (cause) {
    throw new UsageError(`the certificate folder ${folder} cannot be read: ${reasonOf(cause)}`, {
      cause,
    });
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
