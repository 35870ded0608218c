// Touches the world: talks to a peer; reads the environment.
/**
 * `worklistd find`: C-FIND by hand.
 *
 * @module
 */
import type { DataSet } from "../dicom/data_set.ts";
import { Tag } from "../dicom/tag.ts";
import { associate, type Association } from "../network/association.ts";
import { type Model, models } from "../query/model.ts";
import { associateOptionsOf, type Peer } from "../query/peer.ts";
import { peerOf, traceOf } from "./association_arguments.ts";
import type { findSpec } from "./find_options.ts";
import { FindSession } from "./find_session.ts";
import { Interruption } from "./interruption.ts";
import { openLog } from "./log_arguments.ts";
import { type Arguments, UsageError, type Values } from "./option_table.ts";
import { takePeer } from "./peer_argument.ts";
import { queriesOf } from "./query_arguments.ts";

type FindValues = Values<typeof findSpec>;

/**
 * Runs the command.
 *
 * @param args The command line.
 * @returns The exit code: 0 where every query succeeded, with matches or none.
 */
export async function find({ values, words, notes }: Arguments<typeof findSpec>): Promise<number> {
  using log = openLog(values, notes);
  const warn = (text: string): void => log.say("warn", text);
  await loadDictionaries(values);
  if (values["print-query"] || values["save-query"] !== undefined) {
    const { keepQueries } = await import("./keep_query.ts");
    return await keepQueries(values, await queriesOf(values, filesOf(values, words), warn));
  }
  const modelName = values.model ?? "worklist";
  const model = models[modelName];
  const [reached, files] = await peerOf(values, words, warn);
  const peer = { ...reached, ...await extendedNegotiationOf(model, values, warn) };
  const queries = await queriesOf(values, files, warn);
  warnOfMissingLevel(model, queries, warn);
  const trace = await traceOf(log);
  return await log.failing(async () => {
    using interruption = new Interruption();
    const { signal } = interruption;
    log.say("info", `Requesting association with ${peer.aeTitle} at ${peer.host}:${peer.port}`);
    await using association = await associate(
      associateOptionsOf(peer, [model.sopClassUid], { signal, trace }),
    );
    log.say("info", `Association accepted${implementationOf(association)}`);
    await warnOfRefusedOptions(association, peer, warn);
    const session = new FindSession({ association, peer, modelName, values, log });
    for (const query of queries) {
      for (let n = 0; n < (values.repeat ?? 1); n++) await session.ask(query);
    }
    await session.end();
    log.say("info", `${values.abort ? "Aborting" : "Releasing"} association`);
    if (values.abort) await association.abort();
    return session.exitCode;
  });
}

async function loadDictionaries(values: FindValues): Promise<void> {
  const separator = Deno.build.os === "windows" ? ";" : ":";
  const paths = [...(Deno.env.get("DCMDICTPATH") ?? "").split(separator), ...values.dictionary];
  const named = paths.filter((path) => path !== "");
  if (named.length === 0) return;
  const { addDictionaryFiles } = await import("./dictionary_file.ts");
  await addDictionaryFiles(named);
}

/** Without sending anything the words may begin with a peer all the same. */
function filesOf(values: FindValues, words: readonly string[]): readonly string[] {
  try {
    return takePeer(words, { named: values.config !== undefined })[1];
  } catch (error) {
    if (error instanceof UsageError) return words;
    throw error;
  }
}

function warnOfMissingLevel(
  { levels: [{ level }], title }: Model,
  queries: readonly DataSet[],
  warn: (text: string) => void,
): void {
  if (level === undefined || queries.every((query) => query.has(Tag.QueryRetrieveLevel))) return;
  warn(`a ${title} query needs a level, most peers refuse one without: add --level ${level}`);
}

/** What the options ask the peer to agree to, PS3.4 sections C.5.1.1 and K.5.1. */
async function extendedNegotiationOf(
  { sopClassUid, title }: Model,
  values: FindValues,
  warn: (text: string) => void,
): Promise<Pick<Peer, "extendedNegotiation">> {
  const options = {
    relational: values["relational-query"],
    dateTime: values["dt-matching"],
    fuzzyNames: values["fuzzy-names"],
    timezone: values["timezone-adj"],
    enhancedConversion: values["enhanced-conversion"],
  };
  if (Object.values(options).every((isWanted) => !isWanted)) return {};
  const { proposeQueryOptions } = await import("../network/extended_negotiation.ts");
  const proposal = proposeQueryOptions(sopClassUid, options);
  if (proposal !== undefined) return { extendedNegotiation: [proposal] };
  warn(`these extended negotiation options mean nothing for ${title} queries`);
  return {};
}

/** Says what the peer did not agree to of what was proposed. */
async function warnOfRefusedOptions(
  association: Association,
  peer: Peer,
  warn: (text: string) => void,
): Promise<void> {
  const [proposal] = peer.extendedNegotiation ?? [];
  if (proposal === undefined) return;
  const { acceptedQueryOptions } = await import("../network/extended_negotiation.ts");
  const answers = association.acceptor.sopClassExtendedNegotiations;
  const proposed = acceptedQueryOptions(proposal.sopClassUid, [proposal]);
  const accepted = acceptedQueryOptions(proposal.sopClassUid, answers);
  const refused = Object.entries(optionNames).filter(([name]) => {
    const option = name as keyof typeof optionNames;
    return proposed[option] && !accepted[option];
  });
  if (refused.length === 0) return;
  warn(`the peer did not agree to ${refused.map(([, name]) => name).join(", ")}`);
}

const optionNames = {
  relational: "--relational-query",
  dateTime: "--dt-matching",
  fuzzyNames: "--fuzzy-names",
  timezone: "--timezone-adj",
  enhancedConversion: "--enhanced-conversion",
} as const;

function implementationOf({ acceptor }: Association): string {
  const { implementationVersionName: name, maximumLength } = acceptor;
  return ` by ${name ?? "an unnamed implementation"}, maximum length ${maximumLength ?? 0}`;
}
