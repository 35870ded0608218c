// Touches the world: talks to a peer; reads the environment.
/**
 * `worklistd find`: C-FIND by hand.
 *
 * @module
 */
import type { DataSet } from "../../dicom/data_set.ts";
import { Tag } from "../../dicom/tag.ts";
import { getAt } from "../../query/key_path.ts";
import { type Model, models } from "../../query/model.ts";
import type { Peer } from "../../query/peer.ts";
import { peerOf } from "../options/association_arguments.ts";
import type { findSpec } from "../options/find_options.ts";
import { FindSession } from "../find_session.ts";
import { Interruption } from "../interruption.ts";
import { openLog } from "../options/log_arguments.ts";
import { type Arguments, UsageError, type Values } from "../options/option_table.ts";
import { takePeer } from "../options/peer_argument.ts";
import { queriesOf, understood } from "../options/query_arguments.ts";
import { parseColumns } from "../results/result_cell.ts";

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
  await loadDictionaries(values, warn);
  if (values["print-query"] || values["save-query"] !== undefined) {
    const { keepQueries } = await import("../results/keep_query.ts");
    return await keepQueries(values, await queriesOf(values, filesOf(values, words), warn));
  }
  const modelName = values.model ?? "worklist";
  const model = models[modelName];
  const [reached, files] = await peerOf(values, words, (text) => log.alarm(text));
  const peer = {
    ...reached,
    ...limitsOf(reached, values),
    ...await extendedNegotiationOf(model, values, warn),
  };
  const queries = await queriesOf(values, files, warn);
  warnOfLevel(model, queries, warn);
  await checkOutput(values, queries, warn);
  return await log.failing(async () => {
    using interruption = new Interruption();
    const { signal } = interruption;
    await using session = new FindSession({ peer, modelName, values, log, signal });
    try {
      for (const query of queries) {
        for (let n = 0; n < (values.repeat ?? 1); n++) await session.ask(query);
      }
    } catch (error) {
      // The first failure is reported, whatever fails after it.
      if (!(error instanceof Deno.errors.BrokenPipe)) await session.fail().catch(() => {});
      throw error;
    }
    await session.end();
    return session.exitCode;
  });
}

/** Reads a file that the environment names. Other programs use it too, so a bad one is only a warning. */
async function loadDictionaries(values: FindValues, warn: (text: string) => void): Promise<void> {
  const separator = Deno.build.os === "windows" ? ";" : ":";
  const paths = (Deno.env.get("DCMDICTPATH") ?? "").split(separator).filter((path) => path !== "");
  if (paths.length + values.dictionary.length === 0) return;
  const { addDictionaryFile } = await import("../options/dictionary_file.ts");
  for (const path of paths) {
    try {
      await addDictionaryFile(path);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      warn(`DCMDICTPATH: ${error.message}`);
    }
  }
  for (const path of values.dictionary) await addDictionaryFile(path);
}

/** The limits of a match: those of the options, otherwise those of a configured peer. */
function limitsOf(
  { limits }: Peer,
  { "max-match": bytes, "max-values": count }: FindValues,
): Pick<Peer, "limits"> {
  return {
    limits: {
      ...limits,
      ...(bytes !== undefined && { bytes: bytes || noLimit }),
      ...(count !== undefined && { values: count || noLimit }),
    },
  };
}

/** More than memory holds. */
const noLimit = 2 ** 31 - 1;

/** Takes a peer off the arguments if there is one, though nothing will be sent. */
function filesOf(values: FindValues, words: readonly string[]): readonly string[] {
  try {
    return takePeer(words, { named: values.config !== undefined })[1];
  } catch (error) {
    if (error instanceof UsageError) return words;
    throw error;
  }
}

function warnOfLevel(
  { levels, title }: Model,
  queries: readonly DataSet[],
  warn: (text: string) => void,
): void {
  const known: readonly string[] = levels.flatMap(({ level }) => level ?? []);
  const named = queries.filter((query) => query.has(Tag.QueryRetrieveLevel))
    .map((query) => query.string(Tag.QueryRetrieveLevel) ?? "");
  const [highest] = known;
  if (highest === undefined) {
    if (named.length === 0) return;
    warn(`a ${title} query has no level: for patients and studies add --patient or --study`);
    return;
  }
  const strange = named.find((level) => !known.includes(level));
  if (strange !== undefined) {
    warn(`a ${title} query has no level "${strange}": its levels are ${known.join(", ")}`);
  }
  if (named.length < queries.length) {
    warn(`a ${title} query needs a level, most peers refuse one without: add --level ${highest}`);
  }
}

/** Finds faults of the output before a peer is asked. */
async function checkOutput(
  values: FindValues,
  queries: readonly DataSet[],
  warn: (text: string) => void,
): Promise<void> {
  const { columns, format = "dump", "output-directory": folder } = values;
  if (columns !== undefined) {
    if (format !== "table" && format !== "csv") {
      throw new UsageError(`--columns is for --format table and csv, the format is ${format}`);
    }
    understood(() => warnOfColumns(columns, queries, warn));
  }
  if (folder === undefined) return;
  const info = await Deno.stat(folder).catch(() => undefined);
  if (!info?.isDirectory) throw new UsageError(`--output-directory: there is no folder ${folder}`);
}

/** A peer need not return what it was not asked for, and most do not. */
function warnOfColumns(
  columns: string,
  queries: readonly DataSet[],
  warn: (text: string) => void,
): void {
  const unasked = parseColumns(columns).filter(({ path }) =>
    !queries.some((query) => getAt(query, path))
  );
  if (unasked.length === 0) return;
  const names = unasked.map(({ name }) => name).join(", ");
  warn(`the query does not ask for ${names}: add it to --return, or its column may stay empty`);
}

/** The proposal that the options make to the peer. */
async function extendedNegotiationOf(
  { sopClassUid, title }: Model,
  values: FindValues,
  warn: (text: string) => void,
): Promise<Pick<Peer, "extendedNegotiation">> {
  const isAsked = values["relational-query"] || values["dt-matching"] || values["fuzzy-names"] ||
    values["timezone-adj"] || values["enhanced-conversion"];
  if (!isAsked) return {};
  const { proposalOf } = await import("../options/negotiation_arguments.ts");
  const proposal = proposalOf(sopClassUid, values);
  if (proposal !== undefined) return { extendedNegotiation: [proposal] };
  warn(`these extended negotiation options mean nothing for ${title} queries`);
  return {};
}
