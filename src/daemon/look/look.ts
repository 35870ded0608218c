// Touches the world: through the disk.
/**
 * Answers questions about the stored items, for the running daemon and for commands where none runs. Reads files only, and
 * needs no lock.
 *
 * @module
 */
import {
  listStoredQueries,
  readCommits,
  readStoredQuery,
  type StoredQuery,
} from "../../worklist/journal/history.ts";
import { readWhereabouts } from "../../worklist/journal/read_whereabouts.ts";
import {
  type EventFilter,
  type PastEvent,
  readAttributeHistory,
  readEvents,
  readItemsAt,
} from "../../worklist/journal/time_machine.ts";
import type { ItemKey } from "../../worklist/item.ts";
import type { Rejection } from "../../worklist/worklist.ts";
import { textMatcher } from "../../worklist/text_match.ts";
import type {
  EventPart,
  HeldPart,
  Knowledge,
  LookRequest,
  ShowHead,
  WhyPart,
} from "./look_request.ts";

/** Everything that a look needs besides the state folder. */
export interface LookOptions {
  readonly stateDir: string;
  /** Knows a query better than its files; undefined for one that it does not know. */
  readonly live?: (query: string) => Partial<Knowledge> | undefined;
  /** Matches that the last complete answer had and that were dropped; kept in memory only. */
  readonly rejections?: (query: string) => Iterable<Rejection>;
}

/**
 * Answers a question.
 *
 * @param request The question; files have no live events.
 * @param options The state folder, and knowledge that is not in it.
 * @returns The parts of the answer.
 * @throws {StoreError} If a file is damaged.
 * @throws {RangeError} If the journal does not reach back to the moment that is asked for.
 */
export async function* look(
  request: Exclude<LookRequest, { do: "tap" }>,
  options: LookOptions,
): AsyncGenerator<unknown> {
  switch (request.do) {
    case "why":
      return yield* why(request.text, request.query, options);
    case "show":
      return yield* show(request, options);
    case "history":
      return yield* history(request, options);
    case "blame": {
      const { stateDir } = options;
      const items = await readAttributeHistory(stateDir, request.query, request.key);
      for (const [subject, attributes] of items) yield { subject, attributes };
      return;
    }
    case "held":
      return yield* held(request.query, options);
  }
}

async function* why(
  text: string,
  query: string | undefined,
  options: LookOptions,
): AsyncGenerator<WhyPart> {
  const names = query === undefined ? await listStoredQueries(options.stateDir) : [query];
  for (const name of names) {
    const found = await readWhereabouts(options.stateDir, name, text);
    const stored = await readStoredQuery(options.stateDir, name);
    const outside = outsideOf(text, options.rejections?.(name) ?? []);
    yield {
      knowledge: knowledgeOf(stored, options),
      begins: found.begins,
      items: found.items,
      ...(outside.length > 0 && { outside }),
    };
  }
}

/** Finds dropped matches by a value of their identity; nothing else is kept of them. */
function outsideOf(
  text: string,
  rejections: Iterable<Rejection>,
): { readonly key: ItemKey; readonly path: string }[] {
  const wanted = text.trim().toLowerCase();
  const found: { readonly key: ItemKey; readonly path: string }[] = [];
  for (const { baseIds, path } of rejections) {
    for (const id of baseIds.slice(0, 1)) {
      const key: ItemKey = JSON.parse(id);
      const isFound = Object.values(key).some((value) => value.trim().toLowerCase() === wanted);
      if (isFound) found.push({ key, path });
    }
  }
  return found;
}

async function* show(
  { query, at, find }: LookRequest & { do: "show" },
  options: LookOptions,
): AsyncGenerator<ShowHead | string> {
  const { stateDir } = options;
  const stored = await readStoredQuery(stateDir, query);
  const knowledge = knowledgeOf(stored, options);
  const moment = at === undefined ? undefined : Temporal.Instant.from(at);
  const items = moment === undefined ? stored.items : await readItemsAt(stateDir, query, moment);
  const isKnown = moment === undefined ? knowledge.begun : await wasKnown(stateDir, query, moment);
  yield { knowledge, isKnown };
  const matches = find === undefined ? undefined : textMatcher(find);
  for (const { json } of items) {
    if (matches === undefined || matches(JSON.parse(json))) yield json;
  }
}

/** True if a complete answer had been taken over by then. */
async function wasKnown(
  stateDir: string,
  query: string,
  moment: Temporal.Instant,
): Promise<boolean> {
  for await (const { commit } of readCommits(stateDir, query)) {
    if (Temporal.Instant.compare(Temporal.Instant.from(commit.time), moment) > 0) return false;
    if (commit.standing.begun) return true;
  }
  return false;
}

async function* history(
  { query, since, key, find }: LookRequest & { do: "history" },
  { stateDir }: LookOptions,
): AsyncGenerator<EventPart> {
  const filter: EventFilter = {
    since: since === undefined ? undefined : Temporal.Instant.from(since),
    key,
    find,
    approvals: true,
  };
  const names = query === undefined ? await listStoredQueries(stateDir) : [query];
  const sources = names.map((name) => ({
    query: name,
    source: readEvents(stateDir, name, filter),
  }));
  try {
    yield* inOrder(sources);
  } finally {
    for (const { source } of sources) await source.return(undefined);
  }
}

/** Merges the histories of several queries by time, one event of each in memory. */
async function* inOrder(
  sources: readonly { readonly query: string; readonly source: AsyncGenerator<PastEvent> }[],
): AsyncGenerator<EventPart> {
  const heads = await Promise.all(
    sources.map(async ({ query, source }) => ({ query, source, next: await source.next() })),
  );
  for (;;) {
    let first: (typeof heads)[number] | undefined;
    for (const head of heads) {
      if (head.next.done) continue;
      if (first === undefined || head.next.value.time < first.next.value.time) first = head;
    }
    if (first === undefined) return;
    yield { query: first.query, line: first.next.value.line };
    first.next = await first.source.next();
  }
}

async function* held(query: string, { stateDir }: LookOptions): AsyncGenerator<HeldPart> {
  const { items, missed, pollState } = await readStoredQuery(stateDir, query);
  if (pollState.suspect === undefined) return;
  for (const { id, json } of items) {
    const polls = missed.get(id);
    if (polls !== undefined) yield { json, missed: polls };
  }
}

function knowledgeOf(stored: StoredQuery, { live }: LookOptions): Knowledge {
  const { query, pollState, lastPoll, configuration } = stored;
  const failure = lastPoll?.failure;
  return {
    query,
    peer: configuration?.peer ?? "the peer",
    begun: pollState.begun,
    asOf: lastPoll?.complete ? lastPoll.started : pollState.believed,
    ...(failure && {
      failing: { class: failure.class, words: failure.words, since: lastPoll?.started },
    }),
    ...live?.(query),
  };
}
