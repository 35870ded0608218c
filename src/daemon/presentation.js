// @ts-check
/**
 * Sentences and colours for the status: one sentence for each query, peer and sink, for `status`, its
 * `--check`, the metrics and the status page alike. No patient data.
 *
 * Plain JavaScript, because the browser loads this very file. Pure: the present is always given.
 *
 * @module
 */

/** @typedef {"green" | "amber" | "red"} Level */

/**
 * A sentence with its colour.
 *
 * @typedef {object} Said
 * @property {Level} level `green`: all is well. `amber`: look at it. `red`: do not rely on it.
 * @property {string} sentence Such as `ct-today: 12 items, 8 s old`.
 * @property {string} reason Why it is not green; empty if it is.
 */

/**
 * Ages from which on a query is amber or red, in milliseconds.
 *
 * @typedef {object} Thresholds
 * @property {number} warnAgeMs An older worklist is amber.
 * @property {number} criticalAgeMs An older worklist is red.
 */

/**
 * The fields of a query's status that its sentence is made from.
 *
 * @typedef {object} SaidQuery
 * @property {string} name
 * @property {"complete" | "incomplete" | "suspect" | "failed" | "new"} state
 * @property {string | undefined} [problem]
 * @property {number} items
 * @property {number | undefined} [held] Missing items that are held back.
 * @property {{ started: string, failure?: { words: string } | undefined, suspect?: string | undefined,
 *   unverified?: string | undefined, notes?: readonly string[] | undefined } | undefined} [lastPoll]
 * @property {string | undefined} [lastComplete]
 * @property {string | undefined} [failingSince]
 * @property {string | undefined} [nextPoll]
 * @property {number} failures
 * @property {{ words: string } | undefined} [massRemoval]
 */

/**
 * The sentence of a peer.
 *
 * @typedef {object} SaidPeer
 * @property {string} name
 * @property {"answering" | "failing" | "unknown"} state
 * @property {string | undefined} [lastAnswer]
 * @property {string | undefined} [failingSince]
 * @property {string | undefined} [failure]
 */

/**
 * The sentence of a sink.
 *
 * @typedef {object} SaidSink
 * @property {string} name
 * @property {"running" | "idle" | "failing" | "stopped"} state
 * @property {number} backlog
 * @property {number} deadLetters
 * @property {string | undefined} [lastError]
 * @property {string | undefined} [oldestUndelivered]
 */

/**
 * The status as a whole.
 *
 * @typedef {object} SaidStatus
 * @property {boolean} running
 * @property {readonly SaidQuery[]} queries
 * @property {readonly SaidPeer[]} peers
 * @property {readonly SaidSink[]} sinks
 */

/**
 * A query whose last poll failed is red from this age on; one that is due is never this old.
 *
 * @type {Thresholds}
 */
export const defaultThresholds = { warnAgeMs: Infinity, criticalAgeMs: Infinity };

/** Without thresholds, a failing query is red from this age on. */
const failingIsRedMs = 15 * 60_000;
/** A poll that is so late hangs, or the daemon does. */
const overdueMs = 2 * 60_000;

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/**
 * Writes a duration as people say it: at most two units.
 *
 * @param {number} ms Milliseconds.
 * @returns {string} Such as `8 s`, `3 min`, `2 h 5 min`, `3 d 4 h`.
 */
export function durationText(ms) {
  const rest = Math.max(0, ms);
  if (rest < minuteMs) return `${Math.floor(rest / secondMs)} s`;
  if (rest < hourMs) return `${Math.floor(rest / minuteMs)} min`;
  const [large, largeMs, small, smallMs] = rest < dayMs
    ? /** @type {const} */ (["h", hourMs, "min", minuteMs])
    : /** @type {const} */ (["d", dayMs, "h", hourMs]);
  const more = Math.floor(rest % largeMs / smallMs);
  return `${Math.floor(rest / largeMs)} ${large}${more > 0 ? ` ${more} ${small}` : ""}`;
}

/**
 * Writes a count with its noun.
 *
 * @param {number} count The count.
 * @param {string} noun The noun in the singular.
 * @param {string} [plural] Its plural, if that is not the noun with an s.
 * @returns {string} Such as `1 item`, `12 items`.
 */
export function counted(count, noun, plural = `${noun}s`) {
  return `${count} ${count === 1 ? noun : plural}`;
}

/**
 * Says how a query is.
 *
 * @param {SaidQuery} query Its status.
 * @param {number} nowMs The present, milliseconds since 1970.
 * @param {Thresholds} [thresholds] Ages that are not accepted.
 * @returns {Said} The sentence.
 */
export function sayQuery(query, nowMs, thresholds = defaultThresholds) {
  const { name, items, lastComplete } = query;
  const ageMs = lastComplete === undefined ? undefined : nowMs - Date.parse(lastComplete);
  const sentence = ageMs === undefined
    ? `${name}: no complete answer yet`
    : `${name}: ${counted(items, "item")}, ${durationText(ageMs)} old`;
  const { level, reason } = judgeQuery(query, ageMs, nowMs, thresholds);
  return { level, sentence, reason };
}

/**
 * @param {SaidQuery} query
 * @param {number | undefined} ageMs
 * @param {number} nowMs
 * @param {Thresholds} thresholds
 * @returns {{ level: Level, reason: string }}
 */
function judgeQuery(query, ageMs, nowMs, { warnAgeMs, criticalAgeMs }) {
  const { state, problem, lastPoll, failingSince, failures, held = 0, nextPoll } = query;
  if (problem !== undefined) return { level: "red", reason: problem };
  if (ageMs !== undefined && ageMs >= criticalAgeMs) {
    return {
      level: "red",
      reason: withFailure(`older than ${durationText(criticalAgeMs)}`, query),
    };
  }
  if (state === "incomplete") {
    const isLong = ageMs === undefined || ageMs >= failingIsRedMs;
    const since = failingSince === undefined
      ? ""
      : ` for ${durationText(nowMs - Date.parse(failingSince))}`;
    const words = lastPoll?.failure?.words ?? "the last answer was not complete";
    const times = failures > 1 ? ` (${failures} polls failed${since})` : "";
    return { level: isLong ? "red" : "amber", reason: `${words}${times}` };
  }
  if (state === "suspect" || held > 0) {
    const waiting = held > 0 ? `${counted(held, "removal")} held back: ` : "nothing is removed: ";
    return { level: "amber", reason: waiting + (lastPoll?.suspect ?? "the answer is doubted") };
  }
  if (state === "new") return { level: "amber", reason: "not polled yet" };
  if (ageMs !== undefined && ageMs >= warnAgeMs) {
    return { level: "amber", reason: `older than ${durationText(warnAgeMs)}` };
  }
  if (nextPoll !== undefined && nowMs - Date.parse(nextPoll) > overdueMs) {
    const lateMs = nowMs - Date.parse(nextPoll);
    return { level: "amber", reason: `its poll is overdue for ${durationText(lateMs)}` };
  }
  if (lastPoll?.unverified !== undefined) return { level: "amber", reason: lastPoll.unverified };
  return { level: "green", reason: "" };
}

/**
 * @param {string} words
 * @param {SaidQuery} query
 */
function withFailure(words, { lastPoll }) {
  const failure = lastPoll?.failure?.words;
  return failure === undefined ? words : `${words}: ${failure}`;
}

/**
 * Says what else is worth knowing of a query, whatever its colour.
 *
 * @param {SaidQuery} query Its status.
 * @returns {string[]} A removal of many items within a day, and what is odd about the last answer.
 */
export function sayNotes({ massRemoval, lastPoll }) {
  return [...massRemoval === undefined ? [] : [massRemoval.words], ...lastPoll?.notes ?? []];
}

/**
 * Says how a peer is.
 *
 * @param {SaidPeer} peer Its status.
 * @param {number} nowMs The present, milliseconds since 1970.
 * @returns {Said} The sentence.
 */
export function sayPeer({ name, state, lastAnswer, failingSince, failure }, nowMs) {
  /** @param {string} time */
  const ago = (time) => durationText(nowMs - Date.parse(time));
  switch (state) {
    case "failing": {
      const since = failingSince === undefined ? "" : ` for ${ago(failingSince)}`;
      return { level: "red", sentence: `${name}: failing${since}`, reason: failure ?? "" };
    }
    case "answering": {
      const when = lastAnswer === undefined ? "" : `, last ${ago(lastAnswer)} ago`;
      return { level: "green", sentence: `${name}: answering${when}`, reason: "" };
    }
    default:
      return { level: "amber", sentence: `${name}: not asked yet`, reason: "" };
  }
}

/**
 * Says how a sink is.
 *
 * @param {SaidSink} sink Its status.
 * @param {number} nowMs The present, milliseconds since 1970.
 * @returns {Said} The sentence.
 */
export function saySink(
  { name, state, backlog, deadLetters, lastError, oldestUndelivered },
  nowMs,
) {
  const waiting = backlog === 0
    ? "nothing waits"
    : oldestUndelivered === undefined
    ? `${counted(backlog, "event")} ${backlog === 1 ? "waits" : "wait"}`
    : `${counted(backlog, "event")} ${backlog === 1 ? "waits" : "wait"}, the oldest for ${
      durationText(nowMs - Date.parse(oldestUndelivered))
    }`;
  const dead = deadLetters === 0 ? "" : `, ${counted(deadLetters, "dead letter")}`;
  const sentence = `${name}: ${state === "running" ? "" : `${state}, `}${waiting}${dead}`;
  const isRed = state === "failing" || state === "stopped";
  const level = isRed ? "red" : deadLetters > 0 || state === "idle" ? "amber" : "green";
  const gaveUp = deadLetters > 0 ? "events were given up: see `worklistd replay --dead`" : "";
  return { level, sentence, reason: lastError ?? gaveUp };
}

/**
 * Says how everything is: the worst of its parts.
 *
 * @param {SaidStatus} status The status.
 * @param {number} nowMs The present, milliseconds since 1970.
 * @param {Thresholds} [thresholds] Ages that are not accepted.
 * @returns {Said & { problems: Said[] }} The sentence, and what is not green, the worst first.
 */
export function sayAll(status, nowMs, thresholds = defaultThresholds) {
  const said = [
    ...status.queries.map((query) => sayQuery(query, nowMs, thresholds)),
    ...status.sinks.map((sink) => saySink(sink, nowMs)),
  ];
  const problems = said.filter(({ level }) => level !== "green")
    .sort((one, other) => ranks.indexOf(other.level) - ranks.indexOf(one.level));
  if (!status.running) {
    return { level: "red", sentence: "no daemon is running", reason: "", problems };
  }
  const [worst] = problems;
  if (worst === undefined) {
    const sinks = status.sinks.length === 0 ? "" : `, ${counted(status.sinks.length, "sink")}`;
    const queries = counted(status.queries.length, "query", "queries");
    return { level: "green", sentence: `${queries}${sinks}: all is well`, reason: "", problems };
  }
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
  return { ...worst, sentence: worst.sentence + more, problems };
}

/**
 * The sentence of the worklist SCP.
 *
 * @typedef {object} SaidServe
 * @property {string} listen
 * @property {"listening" | "failed"} state
 * @property {string | undefined} [problem]
 * @property {number} associations
 * @property {readonly { name: string, items?: number | undefined, ageMs?: number | undefined,
 *   whenStale: "serve" | "refuse", state: "fresh" | "stale" | "unknown" | "unavailable",
 *   callers: readonly { aeTitle: string, lastAsked?: string | undefined, lastOutcome?: string | undefined,
 *     matches?: number | undefined }[] }[]} worklists
 */

/** @type {Readonly<Record<string, string>>} */
const outcomes = {
  stale: "refused, because the worklist is stale",
  unknown: "refused, because no query was answered yet",
  unreadable: "refused, because its request cannot be read",
  failed: "failed",
  ended: "broken off",
};

/**
 * Says how the stations are served: the listener, each worklist, each station.
 *
 * @param {SaidServe | undefined} serve The status of the worklist SCP.
 * @param {number} nowMs The present, milliseconds since 1970.
 * @returns {(Said & { key: string })[]} The sentences; none if no station is served.
 */
export function sayServe(serve, nowMs) {
  if (serve === undefined) return [];
  /** @type {Said & { key: string }} */
  const listener = serve.state === "failed"
    ? {
      key: "",
      level: "red",
      sentence: `${serve.listen}: stations are not served`,
      reason: serve.problem ?? "",
    }
    : {
      key: "",
      level: "green",
      sentence: `${serve.listen}: ${counted(serve.associations, "association")} open`,
      reason: "",
    };
  return [listener, ...serve.worklists.flatMap((worklist) => sayServed(worklist, nowMs))];
}

/**
 * @param {SaidServe["worklists"][number]} worklist
 * @param {number} nowMs
 * @returns {(Said & { key: string })[]}
 */
function sayServed({ name, items, ageMs, whenStale, state, callers }, nowMs) {
  const count = items === undefined ? "" : `, ${counted(items, "item")}`;
  const age = ageMs === undefined ? "" : `, ${durationText(ageMs)} old`;
  /** @type {Readonly<Record<typeof state, readonly [Level, string]>>} */
  const states = {
    fresh: ["green", ""],
    stale: [
      whenStale === "refuse" ? "red" : "amber",
      whenStale === "refuse" ? "stations are refused" : "stations get the last believed items",
    ],
    unknown: ["amber", "no query was answered yet: stations are refused"],
    unavailable: ["red", "the state of a query is not open"],
  };
  const [level, reason] = states[state];
  return [
    { key: name, level, sentence: `${name}: ${state}${count}${age}`, reason },
    ...callers.map(({ aeTitle, lastAsked, lastOutcome, matches }) => {
      const key = `${name} ${aeTitle}`;
      if (lastAsked === undefined) {
        const sentence = `${aeTitle}: has not asked since the start`;
        return { key, level: /** @type {Level} */ ("amber"), sentence, reason: "" };
      }
      const wrong = lastOutcome === undefined ? undefined : outcomes[lastOutcome];
      const got = matches === undefined ? "" : `, ${counted(matches, "match", "matches")}`;
      return {
        key,
        level: /** @type {Level} */ (wrong === undefined ? "green" : "amber"),
        sentence: `${aeTitle}: asked ${durationText(nowMs - Date.parse(lastAsked))} ago${got}`,
        reason: wrong ?? "",
      };
    }),
  ];
}

/** @type {readonly Level[]} */
const ranks = ["green", "amber", "red"];

/**
 * The evidence that an item was removed or left its window, as events have it.
 *
 * @typedef {object} SaidEvidence
 * @property {string} reason
 * @property {number} polls
 * @property {string | undefined} [unmatched]
 * @property {{ matches: number, found: boolean } | undefined} [verified]
 * @property {"confirmed" | "approved" | undefined} [brake]
 */

/**
 * Says why an item is no longer on the worklist.
 *
 * @param {SaidEvidence} evidence The evidence of the event.
 * @returns {string} Such as `missing from 2 complete answers`.
 */
export function sayEvidence({ reason, polls, unmatched, verified, brake }) {
  const key = unmatched === undefined ? "" : ` (${unmatched})`;
  /** @type {Readonly<Record<string, string>>} */
  const words = {
    missing: `missing from ${counted(polls, "complete answer")} in a row`,
    window: `outside the keys of the query now${key}`,
    "found-elsewhere": `the peer has it with values outside the keys${key}`,
    "keys-changed": "the keys of the query were changed in the configuration",
    "peer-changed": "the query asks another peer since the configuration changed",
  };
  const parts = [words[reason] ?? reason];
  if (verified !== undefined && !verified.found) parts.push("not found when asked for by its keys");
  if (brake === "confirmed") parts.push("further polls confirmed the loss");
  if (brake === "approved") parts.push("a person approved the loss");
  return parts.join("; ");
}
