// Touches the world: through the disk.
/**
 * The state of one query: its items in memory, its journal and snapshot on the disk.
 *
 * A poll is committed once its lines and its commit line are synced to disk. Only then are the items in
 * memory changed and the readers of the journal woken. A commit that fails changes nothing. `housekeeping.ts`
 * runs after each commit.
 *
 * @module
 */
import { type Disk, localDisk } from "./disk.ts";
import { subjectOf } from "../item.ts";
import type { CommittedEvent, Item, JournalSource, PollRecord } from "./journal.ts";
import { Housekeeping, type HousekeepingOptions } from "./housekeeping.ts";
import { activePath, JournalFiles } from "./journal_files.ts";
import { type Approval, type CommitChanges, makeCommit } from "./journal_lines.ts";
import { type LoadedState, loadState } from "./load.ts";
import type { Reconciliation } from "../judge/reconciliation.ts";
import { OpenJournals } from "./open_journals.ts";
import { segmentOf } from "./segment.ts";
import { queryFolder } from "./state_folder.ts";
import { descriptorsHint, diskReason, isOutOfDescriptors, StoreError } from "./store_error.ts";
import { readSubjectKey } from "./subject_key.ts";
import { mayPrune } from "../judge/clock_doubt.ts";
import { approveCount, type CountMemory } from "../judge/suspect.ts";
import { Waiters } from "../../base/waiters.ts";
import type { PollState, Worklist } from "../worklist.ts";

/** The options of a {@linkcode QueryStore}. */
export interface StoreOptions extends HousekeepingOptions {
  /**
   * Returns the last sequence that a sink has seen. The next event gets a higher one, even if the journal or
   * its last commit is lost, so that no two events have one id. @default {() => 0}
   */
  readonly beginAfter?: () => Promise<number>;
  /**
   * Runs before each commit, also of a poll that changes nothing. It throws if this process no longer holds
   * the state folder.
   */
  readonly beforeCommit?: () => Promise<void>;
  /** Keeps few files open if there are many queries. @default {new OpenJournals()} */
  readonly openJournals?: OpenJournals;
  /** The file system. @default {localDisk} */
  readonly disk?: Disk;
}

/** The state of one query. */
export class QueryStore implements JournalSource {
  readonly query: string;
  /** The items. Only {@linkcode commit} changes them. */
  readonly worklist: Worklist;
  readonly #folder: string;
  readonly #secret: string;
  readonly #journal: JournalFiles;
  readonly #housekeeping: Housekeeping;
  readonly #waiters = new Waiters();
  readonly #beforeCommit: () => Promise<void>;
  /** The last used sequence, also if the journal no longer has its event. */
  #usedUp: number;
  #revision = 0;
  #lastPoll: PollRecord | undefined;
  /** Runs one commit after the other. */
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(
    query: string,
    folder: string,
    secret: string,
    state: LoadedState,
    usedUp: number,
    options: StoreOptions,
  ) {
    this.query = query;
    this.worklist = state.worklist;
    this.#folder = folder;
    this.#secret = secret;
    this.#lastPoll = state.lastPoll;
    this.#usedUp = usedUp;
    const { disk = localDisk, beforeCommit = () => Promise.resolve() } = options;
    this.#beforeCommit = beforeCommit;
    const { closed, active, activeBytes, tornBytes } = state;
    const { openJournals = new OpenJournals() } = options;
    this.#journal = new JournalFiles(
      disk,
      folder,
      query,
      closed,
      active,
      activeBytes,
      tornBytes,
      openJournals,
    );
    this.#housekeeping = new Housekeeping(disk, folder, query, this.#journal, state, options);
  }

  /**
   * Opens the state of a query, and makes it at the first time. The state folder must be locked.
   *
   * @param stateFolder The state folder.
   * @param query The query's name.
   * @param options The limits and the reports.
   * @throws {StoreError} If the stored state cannot be read.
   */
  static async open(
    stateFolder: string,
    query: string,
    options: StoreOptions = {},
  ): Promise<QueryStore> {
    const disk = options.disk ?? localDisk;
    const folder = queryFolder(stateFolder, query);
    try {
      await disk.makeFolder(folder);
      const { secret, isNew } = await readSubjectKey(disk, stateFolder);
      const state = await loadState(disk, folder);
      const { worklist } = state;
      const usedUp = Math.max(await options.beginAfter?.() ?? 0, state.damagedSequence);
      const report = (message: string): void => options.onProblem?.({ message });
      reportTail(state, report);
      reportSubjects(secret, isNew, query, state, report);
      if (worklist.commits === 0) {
        worklist.beginAfter(usedUp);
        const active = segmentOf(activePath(folder), worklist.sequence + 1);
        return new QueryStore(query, folder, secret, { ...state, active }, usedUp, options);
      }
      if (usedUp > worklist.sequence) {
        report(
          `sinks may have seen events up to ${usedUp}, and the journal ends with ${worklist.sequence}: ` +
            `the next event is ${usedUp + 1}`,
        );
      }
      const store = new QueryStore(query, folder, secret, state, usedUp, options);
      await store.#mendSnapshot(state, report);
      return store;
    } catch (cause) {
      throw storeError("open", folder, cause);
    }
  }

  /** The last committed sequence; 0 before the first commit. */
  get lastSequence(): number {
    return this.worklist.sequence;
  }

  /**
   * The last used sequence. It is higher than {@linkcode lastSequence} if the end of the journal was lost
   * after sinks had received it.
   */
  get usedSequence(): number {
    return Math.max(this.#usedUp, this.lastSequence);
  }

  /** The oldest sequence still kept. */
  get oldestSequence(): number {
    return this.#journal.oldest;
  }

  /** Key paths that the query does not compare. */
  get ignore(): readonly string[] {
    return this.worklist.configuration?.ignore ?? [];
  }

  /** The most recent poll. After a start, it is the last one that changed something. */
  get lastPoll(): PollRecord | undefined {
    return this.#lastPoll;
  }

  /** The number of changes of items since the start, also those without an event. */
  get revision(): number {
    return this.#revision;
  }

  /** The keyed hash of an identity. */
  readonly subjectOf = (id: string): string => subjectOf(this.#secret, this.query, id);

  /**
   * Commits the changes of a poll. They are on disk before they are visible. A poll that changes nothing
   * writes nothing.
   *
   * @param decided The changes that `reconcile` decided. The worklist must not have changed since, except by
   * an approval.
   * @throws {StoreError} If the commit could not be written. Then nothing has changed.
   */
  commit(decided: Reconciliation): Promise<void> {
    return this.#exclusively(async () => {
      await this.#beforeCommit();
      const { worklist } = this;
      const isOfThis = decided.configuration.number === worklist.configurationNumber;
      const pollState = isOfThis
        ? keepApproval(worklist.pollState, decided.pollState)
        : decided.pollState;
      const changes = { ...decided, pollState };
      if (this.#isNews(changes)) await this.#append(changes);
      else this.worklist.setPollState(changes.pollState);
      this.worklist.observe(changes.observations);
      this.#lastPoll = changes.poll;
      const nowMs = Date.parse(changes.time);
      await this.#housekeeping.keep(nowMs, changes.poll, mayPrune(pollState.clock, nowMs));
    });
  }

  /**
   * Releases what holds removals back: the brake, for the items that are missing now, and the doubt about a
   * count, while the peer returns the same number.
   *
   * @param time The present time: RFC 3339, UTC, milliseconds.
   * @param approval The person and the reason, which the journal records.
   * @returns True if anything was held back.
   * @throws {StoreError} If the approval could not be written.
   */
  approve(time: string, approval?: Approval): Promise<boolean> {
    return this.#exclusively(async () => {
      const { configuration: value, configurationNumber: number, pollState } = this.worklist;
      const poll = this.#lastPoll;
      const released = releasedFrom(pollState);
      if (released === undefined || value === undefined || poll === undefined) return false;
      await this.#beforeCommit();
      await this.#append({
        poll,
        time,
        source: undefined,
        events: [],
        taken: [],
        dropped: [],
        missed: new Map(),
        pollState: released,
        configuration: { number, value },
        ...(approval && { approval }),
      });
      return true;
    });
  }

  /** Reads committed events in ascending order; see {@linkcode JournalSource.read}. */
  async read(after: number, limit: number): Promise<CommittedEvent[]> {
    if (after >= this.lastSequence) return [];
    const events = await this.#journal.read(after, limit);
    if (events.length === 0) throw lostError(this.#folder, after);
    return events;
  }

  /** Waits for the next committed event; see {@linkcode JournalSource.whenCommitted}. */
  whenCommitted(after: number, signal: AbortSignal): Promise<void> {
    return this.#waiters.until(() => this.lastSequence > after, signal);
  }

  /** Waits until the items changed; see {@linkcode JournalSource.whenRevised}. */
  whenRevised(revision: number, signal: AbortSignal): Promise<void> {
    return this.#waiters.until(() => this.#revision > revision, signal);
  }

  /** The current items in no particular order. */
  *items(): Generator<Item> {
    for (const { item } of this.worklist.entries()) yield item;
  }

  /** Waits for a commit under way and closes the files. */
  async close(): Promise<void> {
    await this.#exclusively(() => Promise.resolve(this.#journal.close()));
  }

  async #mendSnapshot(
    { snapshotNeeds, lastPoll }: LoadedState,
    report: (message: string) => void,
  ): Promise<void> {
    if (snapshotNeeds === "nothing" || lastPoll === undefined) return;
    if (snapshotNeeds === "repair") {
      report(
        "snapshot.json was damaged. It is written again from the journal, which has everything",
      );
    }
    await this.#housekeeping.mendSnapshot(lastPoll);
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  #isNews({ events, taken, dropped, missed, configuration, pollState }: Reconciliation): boolean {
    return events.length > 0 || taken.length > 0 || dropped.length > 0 || missed.size > 0 ||
      configuration.number !== this.worklist.configurationNumber ||
      pollStateText(pollState) !== pollStateText(this.worklist.pollState);
  }

  async #append(changes: CommitChanges): Promise<void> {
    const { worklist } = this;
    const { commits, configurationNumber } = worklist;
    const sequence = changes.events.length > 0 ? this.usedSequence : worklist.sequence;
    const isNew = changes.configuration.number !== configurationNumber;
    const { chunks, batch } = makeCommit(changes, { sequence, number: commits }, isNew);
    this.#housekeeping.appended(await this.#journal.append(chunks));
    worklist.apply(batch);
    this.#lastPoll = changes.poll;
    if (batch.items.length + batch.dropped.length + batch.removed.length > 0) this.#revision++;
    this.#waiters.wake();
  }
}

function reportTail(
  { tornBytes, damagedSequence, worklist }: LoadedState,
  report: (message: string) => void,
): void {
  if (tornBytes === 0) return;
  report(
    damagedSequence > 0
      ? `the last commit of the journal is damaged, and its ${tornBytes} bytes are cut off: the state is that ` +
        `after event ${worklist.sequence}, and the next poll finds the missing changes again`
      : `${tornBytes} bytes at the end of the journal belong to no commit and are cut off: the last run was ` +
        "interrupted while it wrote",
  );
}

/** Reports a new key, because receivers know items by their subjects, which depend on the key. */
function reportSubjects(
  secret: string,
  isNew: boolean,
  query: string,
  { worklist }: LoadedState,
  report: (message: string) => void,
): void {
  for (const { item } of worklist.entries()) {
    if (subjectOf(secret, query, item.id) === item.subject) return;
    report(
      (isNew
        ? "subject.key was missing and was made again: "
        : "subject.key is not the one that these items were written with: ") +
        "the subjects of all items change with their next event; restore the file from a backup to keep them",
    );
    return;
  }
}

function releasedFrom(pollState: PollState): PollState | undefined {
  const { brake, suspect, clock } = pollState;
  const counts = countsReleasedFrom(pollState);
  const isRenewed = suspect === "identity";
  const isClockDoubted = suspect === "clock" && clock !== undefined;
  if (brake === undefined && counts === undefined && !isRenewed && !isClockDoubted) {
    return undefined;
  }
  return {
    ...pollState,
    ...(brake && { brake: { ...brake, approved: true } }),
    ...(counts && { counts }),
    ...(isRenewed && { renewalApproved: true }),
    ...(isClockDoubted && { clock: { ...clock, approved: true } }),
  };
}

function countsReleasedFrom({ suspect, counts }: PollState): CountMemory | undefined {
  if (suspect === "limit") return approveCount(counts);
  const { doubtedRepeats: repeats, ...rest } = counts;
  return suspect === "duplicates" && repeats ? { ...rest, repeats } : undefined;
}

/**
 * Keeps an approval that came while a poll was judged. It covers the items that are missing now, unless the
 * peer has changed.
 */
function keepApproval({ brake: before, counts }: PollState, pollState: PollState): PollState {
  const { brake } = pollState;
  const { limitCount, oddCount } = pollState.counts;
  const isSameCount = counts.approvedCount !== undefined &&
    counts.approvedCount === (limitCount ?? oddCount);
  const approved = isSameCount ? approveCount(pollState.counts) : undefined;
  return {
    ...pollState,
    ...(before?.approved && brake && { brake: { ...brake, approved: true } }),
    ...(approved && { counts: approved }),
  };
}

/** The part of a held loss's time that a restart may lose, in milliseconds. */
const heldStepMs = 300_000;

/**
 * Writes a poll state in a fixed order of its fields. Counts that are only compared with the next ones are
 * left out: they are written together with other changes.
 */
function pollStateText(pollState: PollState): string {
  const { begun, failing, suspect, brake, counts, clock, emptied, volatile } = pollState;
  const { limitCount, approvedCount, limits, oddCount, doubtedRepeats } = counts;
  const held = brake && [
    brake.polls,
    brake.loss,
    Math.floor(brake.heldMs / heldStepMs),
    brake.hasFallen,
    brake.approved,
  ];
  return JSON.stringify([
    [begun, failing, suspect, held, emptied, volatile, pollState.renewalApproved],
    [limitCount, approvedCount, limits, oddCount, doubtedRepeats !== undefined],
    [clock?.since, clock?.believed, clock?.approved],
  ]);
}

function lostError(path: string, after: number): StoreError {
  return new StoreError(`Cannot read ${path}: the commits after event ${after} are gone`, {
    path,
    hint:
      "restore the folder from a backup, or restart worklistd: it goes on from the content of the folder",
  });
}

function storeError(verb: string, path: string, cause: unknown): unknown {
  const isOfDisk = cause instanceof Error && "code" in cause && !(cause instanceof StoreError);
  if (!isOfDisk) return cause;
  return new StoreError(`Cannot ${verb} ${path}: ${diskReason(cause)}`, {
    path,
    hint: isOutOfDescriptors(cause)
      ? descriptorsHint
      : "check the disk and the rights of the folder",
    cause,
  });
}
