// Touches the world: talks to a peer.
/**
 * Associations of `find` and `echo`, with what they say about them.
 *
 * @module
 */
import { associate } from "../network/associate.ts";
import type { Association } from "../network/association.ts";
import type { Trace } from "../network/trace.ts";
import { associateOptionsOf, type Peer } from "../query/peer.ts";
import type { MessageLog } from "./message_log.ts";

/** The arguments that an association is made with. */
export interface AssociatingOptions {
  readonly peer: Peer;
  readonly sopClassUid: string;
  readonly log: MessageLog;
  readonly signal: AbortSignal;
}

/**
 * Makes an association, and says so.
 *
 * @param options With whom, and what for.
 * @returns The association.
 * @throws {Error} As {@linkcode associate} does, and if the peer does not confirm the user's identity where it was
 * asked to.
 */
export async function makeAssociation(options: AssociatingOptions): Promise<Association> {
  const { peer, sopClassUid, log, signal } = options;
  log.say("info", `Requesting association with ${peer.aeTitle} at ${peer.host}:${peer.port}`);
  const trace = await traceOf(log);
  const association = await associate(associateOptionsOf(peer, [sopClassUid], { signal, trace }));
  const { implementationVersionName: name, maximumLength = 0, userIdentityResponse } =
    association.acceptor;
  log.say("info", `Association accepted by ${name ?? "the peer"}, maximum length ${maximumLength}`);
  const isAsked = peer.userIdentity?.positiveResponseRequested ?? false;
  if (!isAsked || userIdentityResponse !== undefined) return association;
  await association.abort();
  throw new Error("The peer does not confirm the user's identity: it may not look at it at all");
}

/** Makes the trace that logs every PDU and message; undefined unless the log level includes them. */
async function traceOf(log: MessageLog): Promise<Trace | undefined> {
  if (!log.says("debug")) return undefined;
  const { describeTrace } = await import("../network/describe.ts");
  return (event) => log.say("debug", describeTrace(event).join("\n"));
}
