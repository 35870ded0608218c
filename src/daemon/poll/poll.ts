/**
 * One poll, from question to commit: the only function that knows the order.
 *
 * keys → C-FIND → recognise, decode, recheck → reconcile (→ verify → reconcile) → commit; sinks wake by themselves.
 *
 * @module
 */
import { finish, type Steps } from "../../base/steps.ts";
import { type Clock, timeText } from "../../base/clock.ts";
import type { DecodeWarning } from "../../dicom/errors.ts";
import { reconcileInSteps } from "../../worklist/judge/reconcile.ts";
import type { Asker } from "./ask.ts";
import { askQuestion } from "./ask_in_parts.ts";
import { askFlat } from "./flat_question.ts";
import { type PollReport, reportOf } from "./poll_report.ts";
import type { PolledQuery } from "./polled_query.ts";
import { questionAt } from "./question.ts";
import { verify } from "./verify.ts";

/** The circumstances of one poll. */
export interface PollOptions {
  readonly clock: Clock;
  /** A name that no other poll has. */
  readonly id: string;
  /** The receiver of its C-FINDs. */
  readonly asker: Asker;
  /** Ends the poll: nothing is committed. */
  readonly signal: AbortSignal;
  /** True to find the changes and commit nothing. @default {false} */
  readonly isDryRun?: boolean;
  /** Runs what may take long: at once, or so that others can work in between. @default {finish} */
  readonly runSteps?: <T>(steps: Steps<T>) => T | Promise<T>;
}

/**
 * Polls a query once.
 *
 * @param query The query.
 * @param options Clock, deadline, where to ask.
 * @returns The report; a failure of the peer or the network is a result too.
 * @throws {StoreError} If the changes could not be committed: nothing was changed.
 * @throws {unknown} The signal's reason, if it was aborted by something other than a deadline.
 */
export async function poll(query: PolledQuery, options: PollOptions): Promise<PollReport> {
  const { config, configuration, source, store } = query;
  const { clock, asker, signal, runSteps = finish } = options;
  const now = clock.now();
  const startedMs = clock.monotonicMs();
  let warnings = 0;
  let warning: DecodeWarning | undefined;
  const onWarning = (one: DecodeWarning): void => {
    warnings++;
    warning ??= one;
  };
  const asking = {
    model: config.model,
    asker,
    limit: config.limit,
    maxAnswerBytes: config.maxAnswerBytes,
    signal,
    onWarning,
  };

  const question = questionAt(config, configuration, now);
  const asked = await askQuestion({
    ...asking,
    query: config,
    question,
    worklist: store.worklist,
    runSteps,
    now,
  });

  const { answer, end } = asked;
  const flat = await askFlat({
    ...asking,
    query: config,
    worklist: store.worklist,
    resolved: question.resolved,
    now,
    isEmpty: end.ending === "complete" && answer.matches === 0,
  });

  const input = {
    worklist: store.worklist,
    answer: asked.answer,
    end: asked.end,
    poll: { id: options.id, started: timeText(now) },
    monotonicMs: startedMs,
    time: timeText(clock.now()),
    source,
    rules: config.removal,
    limit: config.limit,
    initial: config.initial,
    subjectOf: (id: string) => store.subjectOf(id),
  };
  let changes = await runSteps(reconcileInSteps(input));
  if (changes.verify.length > 0) {
    const verified = await verify(changes.verify, config, asking);
    changes = await runSteps(
      reconcileInSteps({ ...input, verified, time: timeText(clock.now()) }),
    );
  }
  const firstSequence = store.usedSequence + 1;
  if (!options.isDryRun) await store.commit(changes);

  const durationMs = clock.monotonicMs() - startedMs;
  return reportOf(query, asked, changes, { durationMs, warnings, warning, flat, firstSequence });
}
