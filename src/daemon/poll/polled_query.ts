/**
 * A query with all that polling it needs.
 *
 * @module
 */
import { levelOf } from "../../query/model.ts";
import type { QueryConfiguration } from "../../worklist/configuration.ts";
import type { EventSource } from "../../worklist/event.ts";
import type { QueryStore } from "../../worklist/journal/store.ts";
import type { PeerConfig, QueryConfig } from "../config.ts";
import { configurationOf } from "./question.ts";

/** The part of a query's state that a poll needs. */
export type PollStore = Pick<QueryStore, "commit" | "usedSequence" | "subjectOf" | "worklist">;

/** A query with all that polling it needs. */
export interface PolledQuery<Store extends PollStore = PollStore> {
  readonly config: QueryConfig;
  readonly peer: PeerConfig;
  readonly configuration: QueryConfiguration;
  readonly source: EventSource;
  readonly store: Store;
}

/**
 * Puts together what polling a query needs.
 *
 * @param config The query.
 * @param peer Its peer.
 * @param store Its state.
 * @returns All of it.
 */
export function polledQuery<Store extends PollStore>(
  config: QueryConfig,
  peer: PeerConfig,
  store: Store,
): PolledQuery<Store> {
  const { name, model, level } = config;
  return {
    config,
    peer,
    configuration: configurationOf(config, peer),
    source: { query: name, peer: peer.name, model, noun: levelOf(model, level).eventNoun },
    store,
  };
}
