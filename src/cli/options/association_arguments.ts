// Touches the world: reads files of credentials and environment variables.
/**
 * From the options of `find` and `echo` to a peer and an association proposal.
 *
 * @module
 */
import type { UserIdentityRq } from "../../network/pdu.ts";
import type { Timeouts } from "../../network/timeouts.ts";
import type { TlsOptions } from "../../network/tls.ts";
import { type Peer, transferSyntaxNames } from "../../query/peer.ts";
import type { AssociationValues } from "./find_options.ts";
import { readGivenFile, readGivenText } from "./given_file.ts";
import { defaultConfigFile } from "./config_file.ts";
import { UsageError } from "./option_table.ts";
import { importLater } from "../later.ts";
import { checkedAeTitle, takePeer } from "./peer_argument.ts";
import { secretOf } from "./secret.ts";

/** A peer as the arguments and the configuration name it, before options change it. */
type KnownPeer = Omit<Peer, "aeTitle"> & { readonly aeTitle?: string };

/** All uncompressed ones, explicit VR first, as DCMTK proposes them. */
const defaultTransferSyntaxes = "explicit-little,explicit-big,implicit-little";

/**
 * Finds the peer that a command line names, with all that the options say of the association.
 *
 * Options win over the configuration, and that over our own defaults.
 *
 * @param values The options.
 * @param words The arguments; the peer is taken off their front.
 * @param alarm Called with each danger.
 * @returns The peer and the arguments after it.
 * @throws {UsageError} If arguments and options do not say how to reach a peer.
 */
export async function peerOf(
  values: AssociationValues,
  words: readonly string[],
  alarm: (text: string) => void,
): Promise<[peer: Peer, rest: readonly string[]]> {
  const file = values.config ?? (isAddress(words) ? undefined : defaultConfigFile());
  const [argument, rest] = takePeer(words, { named: file !== undefined });
  const { tls: configured, ...known }: KnownPeer = "name" in argument
    ? await configuredPeer(file ?? "", argument.name)
    : argument;
  const list = values["transfer-syntaxes"];
  const { "called-ae-title": called, "calling-ae-title": calling } = values;
  const userIdentity = await userIdentityOf(values);
  const tls = await tlsOf(values, configured, alarm);
  return [{
    ...known,
    aeTitle: called === undefined ? known.aeTitle ?? "ANY-SCP" : checkedAeTitle(called),
    ...(calling !== undefined && { callingAeTitle: checkedAeTitle(calling) }),
    ...((list !== undefined || known.transferSyntaxes === undefined) && {
      transferSyntaxes: transferSyntaxUids(list ?? defaultTransferSyntaxes),
    }),
    ...(values["max-pdu"] !== undefined && { maxPduLength: maxPduOf(values["max-pdu"]) }),
    timeouts: {
      ...defaultTimeouts,
      ...known.timeouts,
      ...timeoutsOf(values),
    },
    ...(userIdentity !== undefined && { userIdentity }),
    ...(tls !== undefined && { tls }),
  }, rest];
}

/** True if the arguments have a port, so that no configuration need be looked for. */
function isAddress([first = "", second]: readonly string[]): boolean {
  return /[@:]/.test(first) || (second !== undefined && /^\d+$/.test(second));
}

async function configuredPeer(file: string, name: string): Promise<Peer> {
  const { loadPeer } = await importLater("./options/configured_peer.ts");
  return await loadPeer(file, name);
}

async function tlsOf(
  values: AssociationValues,
  configured: TlsOptions | undefined,
  alarm: (text: string) => void,
): Promise<TlsOptions | undefined> {
  const { transport } = values;
  if (transport === "tcp") return undefined;
  if (transport !== undefined || configured !== undefined) {
    const { tlsOptionsOf } = await import("./tls_arguments.ts");
    return await tlsOptionsOf(values, configured, alarm);
  }
  const idle = Object.entries(values).find(([name, value]) =>
    name.startsWith("tls-") && (Array.isArray(value) ? value.length > 0 : value)
  );
  if (idle === undefined) return undefined;
  throw new UsageError(`--${idle[0]} needs --tls or --tls-identity: TLS is off without`);
}

/** UIDs of the transfer syntaxes in a list of names or UIDs, each once. */
function transferSyntaxUids(list: string): string[] {
  const known = Object.values(transferSyntaxNames);
  const uids = list.split(",").map((entry) => {
    const name = entry.trim();
    const uid = transferSyntaxNames[name] ?? name;
    if (known.includes(uid)) return uid;
    // Anything else we could propose but not read.
    const names = Object.keys(transferSyntaxNames).join(", ");
    throw new UsageError(`--transfer-syntaxes: ${name} is none of ${names}`);
  });
  return [...new Set(uids)];
}

/** People wait longer than a schedule does. */
const defaultTimeouts: Timeouts = { associateMs: 30_000, responseMs: 60_000, networkMs: 60_000 };

function timeoutsOf(values: AssociationValues): Timeouts {
  const { "connect-timeout": connectMs, "associate-timeout": associateMs } = values;
  const { "response-timeout": responseMs, "network-timeout": networkMs } = values;
  return {
    ...(connectMs !== undefined && { connectMs }),
    ...(associateMs !== undefined && { associateMs, releaseMs: associateMs }),
    ...(responseMs !== undefined && { responseMs }),
    ...(networkMs !== undefined && { networkMs }),
  };
}

function maxPduOf(length: number): number {
  if (length !== 0 && length < 4096) {
    throw new UsageError("--max-pdu must be 4096 to 131072, or 0 for no limit");
  }
  return length;
}

/** The identity of the user, PS3.7 section D.3.3.7. */
async function userIdentityOf(values: AssociationValues): Promise<UserIdentityRq | undefined> {
  const { user, "user-kerberos": ticket, "user-saml": assertion, "user-jwt": token } = values;
  const given = [user, ticket, assertion, token].filter((each) => each !== undefined);
  if (given.length > 1) {
    throw new UsageError("only one of --user, --user-kerberos, --user-saml and --user-jwt");
  }
  const passcode = await secretOf(values["user-password-file"], values["user-password-env"]);
  if (user === undefined && passcode !== undefined) {
    throw new UsageError("a user's password needs --user");
  }
  if (given.length === 0) {
    if (!values["user-response"]) return undefined;
    throw new UsageError("--user-response needs an identity to confirm: --user or another");
  }
  const { userIdentityRq } = await import("../../network/user_identity.ts");
  const positiveResponseRequested = values["user-response"];
  if (user !== undefined) {
    return userIdentityRq({ userName: user, passcode, positiveResponseRequested });
  }
  if (ticket !== undefined) {
    return userIdentityRq({
      kerberosTicket: await readGivenFile(ticket, "Kerberos ticket"),
      positiveResponseRequested,
    });
  }
  const text = (await readGivenText(assertion ?? token ?? "", "assertion or token")).trim();
  return userIdentityRq(
    assertion !== undefined
      ? { samlAssertion: text, positiveResponseRequested }
      : { jsonWebToken: text, positiveResponseRequested },
  );
}
