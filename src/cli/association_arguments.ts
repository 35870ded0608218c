// Touches the world: reads files of credentials and environment variables.
/**
 * From the options of `find` and `echo` to a peer and an association proposal.
 *
 * @module
 */
import { TransferSyntax } from "../dicom/uid.ts";
import type { UserIdentityRq } from "../network/pdu.ts";
import type { Timeouts } from "../network/timeouts.ts";
import type { echoSpec } from "./find_options.ts";
import { UsageError, type Values } from "./option_table.ts";
import { checkedAeTitle, takePeer } from "./peer_argument.ts";

/** What `find` and `echo` have in common. */
export type AssociationValues = Values<typeof echoSpec>;

/** The peer of a command line, with what the configuration says of it. */
export interface CommandPeer {
  readonly host: string;
  readonly port: number;
  readonly calledAeTitle: string;
  readonly callingAeTitle: string;
}

const transferSyntaxNames: Readonly<Record<string, string>> = {
  "explicit-little": TransferSyntax.ExplicitVrLittleEndian,
  "implicit-little": TransferSyntax.ImplicitVrLittleEndian,
  "explicit-big": TransferSyntax.ExplicitVrBigEndian,
  "deflated": TransferSyntax.DeflatedExplicitVrLittleEndian,
};

/**
 * The transfer syntaxes to propose, best first.
 *
 * @param list Names or UIDs with commas; all uncompressed ones, explicit VR first, if left out.
 * @returns Their UIDs, each once.
 * @throws {UsageError} If one is unknown: we could not read what the peer would send.
 */
export function transferSyntaxUids(
  list: string = "explicit-little,explicit-big,implicit-little",
): string[] {
  const known = Object.values(transferSyntaxNames);
  const uids = list.split(",").map((entry) => {
    const name = entry.trim();
    const uid = transferSyntaxNames[name] ?? name;
    if (known.includes(uid)) return uid;
    const names = Object.keys(transferSyntaxNames).join(", ");
    throw new UsageError(`--transfer-syntaxes: ${name} is none of ${names}`);
  });
  return [...new Set(uids)];
}

/** The deadlines that the options ask for. */
export function timeoutsOf(values: AssociationValues): Timeouts {
  return {
    connectMs: values["connect-timeout"],
    associateMs: values["associate-timeout"] ?? 30_000,
    responseMs: values["response-timeout"] ?? 60_000,
    releaseMs: values["associate-timeout"],
    networkMs: values["network-timeout"] ?? 60_000,
  };
}

/**
 * The longest PDU that we take.
 *
 * @throws {UsageError} If it is neither 0 nor 4096 to 131072.
 */
export function maxPduOf(values: AssociationValues): number | undefined {
  const length = values["max-pdu"];
  if (length !== undefined && length !== 0 && length < 4096) {
    throw new UsageError("--max-pdu must be 4096 to 131072, or 0 for no limit");
  }
  return length;
}

/**
 * The identity of the user, PS3.7 section D.3.3.7.
 *
 * @returns What to send, or nothing where no identity is asked for.
 * @throws {UsageError} If more than one is asked for.
 */
export async function userIdentityOf(
  values: AssociationValues,
): Promise<UserIdentityRq | undefined> {
  const { user } = values;
  const files = [
    [3, values["user-kerberos"]],
    [4, values["user-saml"]],
    [5, values["user-jwt"]],
  ] as const;
  const given = files.filter(([, path]) => path !== undefined);
  if (given.length + (user === undefined ? 0 : 1) > 1) {
    throw new UsageError("only one of --user, --user-kerberos, --user-saml and --user-jwt");
  }
  const identity = (type: number, primaryField: Uint8Array, secondaryField = new Uint8Array()) => ({
    type,
    positiveResponseRequested: values["user-response"],
    primaryField,
    secondaryField,
  });
  for (const [type, path] of given) {
    if (path !== undefined) {
      const content = await Deno.readFile(path);
      return identity(type, type === 3 ? content : trimmed(content));
    }
  }
  const password = await secretOf(values["user-password-file"], values["user-password-env"]);
  if (user === undefined) {
    if (password !== undefined) throw new UsageError("a user's password needs --user");
    return undefined;
  }
  const encoder = new TextEncoder();
  return password === undefined
    ? identity(1, encoder.encode(user))
    : identity(2, encoder.encode(user), encoder.encode(password));
}

function trimmed(content: Uint8Array): Uint8Array {
  return new TextEncoder().encode(new TextDecoder().decode(content).trim());
}

/**
 * Reads a secret from a file or an environment variable.
 *
 * @returns The secret without the line feed at its end, or nothing where none is named.
 */
export async function secretOf(
  file: string | undefined,
  variable: string | undefined,
): Promise<string | undefined> {
  if (file !== undefined) return (await Deno.readTextFile(file)).replace(/\r?\n$/, "");
  if (variable === undefined) return undefined;
  const secret = Deno.env.get(variable);
  if (secret === undefined) throw new UsageError(`the environment has no variable ${variable}`);
  return secret;
}

/**
 * Finds the peer that a command line names.
 *
 * @param values The options.
 * @param words The words; the peer is taken off their front.
 * @returns The peer and the words behind it.
 */
export function peerOf(
  values: AssociationValues,
  words: readonly string[],
): [peer: CommandPeer, rest: readonly string[]] {
  const [argument, rest] = takePeer(words, { named: values.config !== undefined });
  if ("name" in argument) throw new UsageError(`no configuration names the peer ${argument.name}`);
  const called = values["called-ae-title"] ?? argument.aeTitle ?? "ANY-SCP";
  const calling = values["calling-ae-title"] ?? "WORKLISTD";
  return [{
    host: argument.host,
    port: argument.port,
    calledAeTitle: checkedAeTitle(called),
    callingAeTitle: checkedAeTitle(calling),
  }, rest];
}
