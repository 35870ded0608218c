/**
 * From a query's configuration to what is asked of its peer, and what its stored items depend on.
 *
 * @module
 */
import { isMap } from "../../base/is_map.ts";
import type { DataSet } from "../../dicom/data_set.ts";
import { encodeJson } from "../../dicom/json/json.ts";
import { Tag } from "../../dicom/tag.ts";
import { buildIdentifier } from "../../query/identifier.ts";
import type { Keys, QueryDefinition } from "../../query/query_definition.ts";
import { formatKeyPath, type KeyPath, parseKeyPath } from "../../query/key_path.ts";
import { levelOf, models, queryMechanics } from "../../query/model.ts";
import type { Peer } from "../../query/peer.ts";
import type { Question } from "../../worklist/judge/answer.ts";
import type { QueryConfiguration } from "../../worklist/configuration.ts";
import { compileJudge, type MatchOptions } from "../../worklist/match/match.ts";
import type { PeerConfig, QueryConfig } from "../config.ts";

/** A question at one moment. */
export interface AskedQuestion extends Question {
  /** The identifier to send. */
  readonly identifier: DataSet;
  /** The keys as they are meant, dates resolved. */
  readonly keys: DataSet;
}

/**
 * Makes the peer of the query layer from that of the configuration.
 *
 * @param config The peer as configured.
 * @returns The peer.
 */
export function peerOf(config: PeerConfig): Peer {
  const { host, port, aeTitle, callingAeTitle, maxPduLength, transferSyntaxes, timeouts } = config;
  return {
    host,
    port,
    aeTitle,
    callingAeTitle,
    maxPduLength,
    transferSyntaxes,
    timeouts,
    characterSet: config.characterSet,
    timeZone: config.timeZone,
    tls: config.tls?.reveal(),
    limits: config.limits,
  };
}

/**
 * Makes the question of the query layer from a query's configuration.
 *
 * @param query The query as configured.
 * @returns The question, dates unresolved.
 */
export function definitionOf(query: QueryConfig): QueryDefinition {
  return {
    model: query.model,
    level: query.level,
    keys: query.keys,
    return: query.returnKeys,
    identity: identityOf(query),
    recheck: query.recheck,
    peerTimeZone: query.peerTimeZone,
  };
}

/**
 * Resolves a query for one moment.
 *
 * @param query The query as configured.
 * @param configuration The result of {@linkcode configurationOf} for it.
 * @param now The moment.
 * @returns The question.
 */
export function questionAt(
  query: QueryConfig,
  configuration: QueryConfiguration,
  now: Temporal.Instant,
): AskedQuestion {
  const { timeZone } = query;
  const { identifier, keys } = buildIdentifier(definitionOf(query), { now, timeZone });
  const isWorklist = query.model === "worklist";
  const options: MatchOptions = {
    combineDateAndTime: models[query.model].combinesDateAndTime,
    // What a peer leaves out or leaves empty where it may says nothing against the item.
    absentMatches: true,
    emptyMatches: !isWorklist,
    personNames: query.personNames,
    ignoreCase: query.ignoreCase,
    // A peer that is asked as it stands is taken as it answers.
    valueTimeZone: query.recheck ? query.peerTimeZone : undefined,
  };
  const judge = compileJudge(keys, { ...options, clock: { timeZone, now } });
  return {
    configuration,
    identifier,
    keys,
    resolved: JSON.stringify([encodeJson(keys), options, timeZone]),
    recheck: query.recheck,
    unmatchedKey: (dataSet, onDoubt) => {
      const judgement = judge(dataSet);
      if (judgement === undefined) return undefined;
      const { outcome } = judgement;
      const path = formatKeyPath(judgement.path);
      if (outcome === "unreadable" || outcome === "case") onDoubt?.({ kind: outcome, path });
      return outcome === "unreadable" ? undefined : path;
    },
  };
}

/**
 * Resolves a part of a query for one moment.
 *
 * @param query The query as configured.
 * @param keys Key paths and values that replace keys of the query.
 * @param now The moment.
 * @returns The identifier to send.
 */
export function partIdentifier(query: QueryConfig, keys: Keys, now: Temporal.Instant): DataSet {
  const definition = definitionOf(query);
  const { timeZone } = query;
  const part = { ...Object.fromEntries(flatKeys(query.keys, [])), ...keys };
  return buildIdentifier({ ...definition, keys: part }, { now, timeZone }).identifier;
}

/**
 * Takes out of a query's configuration what its stored items depend on.
 *
 * @param query The query as configured.
 * @param peer Its peer.
 * @returns The configuration that the state keeps.
 */
export function configurationOf(query: QueryConfig, peer: PeerConfig): QueryConfiguration {
  // What is asked for does not depend on the day.
  const anyDay = { now: Temporal.Instant.fromEpochMilliseconds(0), timeZone: "UTC" };
  const { identifier } = buildIdentifier(definitionOf(query), anyDay);
  return {
    model: query.model,
    ...(query.level !== undefined && { level: query.level }),
    peer: `${peer.aeTitle}@${peer.host}:${peer.port}`,
    keys: Object.fromEntries(
      [...flatKeys(query.keys, [])].filter(([, value]) => isMatching(value))
        .map(([path, value]) => [path, [value].flat().join("\\")]),
    ),
    requested: [...requestedPaths(identifier, [])].map(formatKeyPath),
    identity: identityOf(query),
    ignore: [...queryMechanics, ...query.ignore],
  };
}

function identityOf({ identity, model, level }: QueryConfig): readonly string[] {
  return identity === "default" ? levelOf(model, level).identity : identity;
}

/** The keys of nested maps as one map by whole paths. */
function* flatKeys(keys: Keys, parents: readonly string[]): Generator<[string, Keys[string]]> {
  for (const [name, value] of Object.entries(keys)) {
    const names = [...parents, name];
    if (isMap(value) && Object.keys(value).length > 0) yield* flatKeys(value, names);
    else yield [formatKeyPath(parseKeyPath(names.join("."))), value];
  }
}

function isMatching(value: Keys[string]): boolean {
  return value !== null && value !== "" && !isMap(value);
}

/** The attributes of an identifier; of a sequence, what is asked for in its item, or all of it. */
function* requestedPaths(identifier: DataSet, parents: KeyPath): Generator<KeyPath> {
  for (const element of identifier.elements()) {
    if (element.tag === Tag.SpecificCharacterSet || element.tag === Tag.QueryRetrieveLevel) {
      continue;
    }
    const path = [...parents, { tag: element.tag }];
    const [item] = element.vr === "SQ" ? element.items : [];
    if (item === undefined || item.size === 0) yield path;
    else yield* requestedPaths(item, path);
  }
}
