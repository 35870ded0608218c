/**
 * The whereabouts of items: the times on a worklist, the changes, and the reason why they left. They are
 * composed from the commits of a journal and the present items.
 *
 * @module
 */
import type { Kind } from "./judge/change_kind.ts";
import type { AttributeChange } from "./judge/diff.ts";
import { cutAfter, cutBefore, type Evidence, type SuspectReason } from "./event.ts";
import type { ItemKey } from "./item.ts";
import { itemLineOf, type WantedItems } from "./journal/renamings.ts";
import type { CommitLine } from "./journal/journal_lines.ts";
import type { Item } from "./journal/journal.ts";

/** A change of an item at one commit. */
export type Moment =
  /** The item came onto the worklist. `silent`: without an event, as at the first poll of a silent query. */
  | { readonly time: string; readonly kind: "added" | "silent"; readonly json: string }
  | {
    readonly time: string;
    readonly kind: "changed";
    readonly kinds: readonly Kind[];
    readonly changes: readonly AttributeChange[];
    readonly json: string;
  }
  | {
    readonly time: string;
    readonly kind: "removed" | "left_window";
    readonly evidence: Evidence;
    /** The time of the first complete answer of those in a row that lacked it. */
    readonly missingSince?: string;
    /** The person who approved the removal. */
    readonly approvedBy?: string;
    readonly json: string;
  }
  /** The item was dropped without an event, because the configuration of the query changed. */
  | { readonly time: string; readonly kind: "dropped"; readonly json: string };

/** The reason that holds back the removal of an item. */
export interface Hold {
  readonly reason: SuspectReason;
  readonly since: string;
  readonly words: string | undefined;
}

/** The whereabouts of one item in one query. */
export interface Whereabouts {
  readonly query: string;
  readonly subject: string;
  readonly key: ItemKey;
  /** Its last known data set in the DICOM JSON Model. */
  readonly json: string;
  /** True if it is on the worklist now. */
  readonly isPresent: boolean;
  /** True if it was on the worklist before the journal begins. */
  readonly isOlder: boolean;
  /** The changes, oldest first. */
  readonly moments: readonly Moment[];
  /**
   * The time since which it is missing and the number of complete answers in a row that lacked it. Present
   * only if it is still on the worklist.
   */
  readonly missing?: { readonly since: string | undefined; readonly polls: number };
  /** The reason that keeps a missing item on the worklist. */
  readonly held?: Hold;
}

interface Course {
  subject: string;
  key: ItemKey;
  json: string;
  readonly moments: Moment[];
  isOlder: boolean;
  missingSince: string | undefined;
}

/** The members of an event that are read here. */
interface ReadEvent {
  readonly type: string;
  readonly subject?: string;
  readonly data: {
    readonly key?: ItemKey;
    readonly kinds?: readonly Kind[];
    readonly changes?: readonly AttributeChange[];
    readonly evidence?: Evidence;
    readonly reason?: SuspectReason;
    readonly words?: string;
  };
}

/** Follows items through the commits of one query. */
export class WhereaboutsReader {
  readonly #query: string;
  readonly #wanted: WantedItems;
  readonly #courses = new Map<string, Course>();
  #held: Hold | undefined;
  #approvedBy: string | undefined;
  #begins: string | undefined;

  /**
   * @param query The query's name.
   * @param wanted The items. It must have observed every line of the journal.
   */
  constructor(query: string, wanted: WantedItems) {
    this.#query = query;
    this.#wanted = wanted;
  }

  /** The time at which the journal begins; undefined if it is empty. */
  get begins(): string | undefined {
    return this.#begins;
  }

  /**
   * Takes a commit. Pass the commits oldest first.
   *
   * @param lines The lines that the commit closes.
   * @param commit The commit line.
   */
  take(lines: readonly string[], commit: CommitLine): void {
    const { time, standing, approval } = commit;
    this.#begins ??= time;
    this.#approvedBy = approval?.who ?? this.#approvedBy;
    let words: string | undefined;
    for (const line of lines) words = this.#line(line, time) ?? words;
    for (const { key, polls } of commit.missed ?? []) {
      const course = this.#courses.get(this.#wanted.firstNameOf(key)) ?? this.#begin(key);
      if (course === undefined) continue;
      course.missingSince = polls === 0 ? undefined : course.missingSince ?? time;
    }
    const { suspect } = standing;
    if (suspect === undefined) this.#held = undefined;
    else if (this.#held?.reason !== suspect) this.#held = { reason: suspect, since: time, words };
    else if (words !== undefined) this.#held = { ...this.#held, words };
  }

  /**
   * Ends with the present items.
   *
   * @param entries The items, and the number of complete answers in a row that lacked each.
   * @returns One entry for each item. Those on the worklist come first, then those that were there last.
   */
  finish(entries: Iterable<{ readonly item: Item; readonly missed: number }>): Whereabouts[] {
    const present = new Map<string, { item: Item; missed: number }>();
    for (const { item, missed } of entries) {
      if (!this.#wanted.has(item.subject, item.key)) continue;
      const id = this.#wanted.firstNameOf(item.key);
      present.set(id, { item, missed });
      if (!this.#courses.has(id)) this.#begin(item.key);
      const course = this.#courses.get(id);
      if (course === undefined) continue;
      course.subject = item.subject;
      course.key = item.key;
      course.json = item.json;
    }
    const all = Array.from(this.#courses, ([id, course]): Whereabouts => {
      const now = present.get(id);
      const { subject, key, json, moments, isOlder, missingSince: since } = course;
      const isMissing = now !== undefined && now.missed > 0;
      return {
        query: this.#query,
        subject,
        key,
        json,
        isPresent: now !== undefined,
        isOlder,
        moments,
        ...(isMissing && { missing: { since, polls: now.missed } }),
        ...(isMissing && this.#held && { held: this.#held }),
      };
    });
    return all.sort((one, other) =>
      Number(other.isPresent) - Number(one.isPresent) ||
      (one.moments.at(-1)?.time ?? "").localeCompare(other.moments.at(-1)?.time ?? "")
    );
  }

  /** Takes a line. Returns the message of a doubt that begins with it. */
  #line(line: string, time: string): string | undefined {
    const taken = itemLineOf(line);
    if (taken) {
      const { item, key, was, new: isNew, gone } = taken.head;
      const course = this.#course(item, was ?? key);
      if (course === undefined) return undefined;
      course.key = key;
      course.json = taken.json ?? course.json;
      if (gone) course.moments.push({ time, kind: "dropped", json: course.json });
      else if (isNew) this.#add(course, { time, kind: "silent", json: course.json });
      else if (course.moments.length === 0) course.isOlder = true;
      return undefined;
    }
    const after = cutAfter(line);
    const before = cutBefore(line);
    const rest = after?.rest ?? line;
    const { type, subject, data }: ReadEvent = JSON.parse(
      before === undefined ? rest : `${rest.slice(0, -before.length - 2)}{}}}`,
    );
    const change = type.slice(type.lastIndexOf(".") + 1);
    if (data.key === undefined) return change === "suspect" ? data.words : undefined;
    const course = this.#course(subject, data.key);
    if (course === undefined) return undefined;
    course.json = after?.json ?? before ?? course.json;
    const { json } = course;
    if (change === "added") this.#add(course, { time, kind: "added", json });
    else if (change === "changed") {
      const { kinds = [], changes = [] } = data;
      this.#note(course, { time, kind: "changed", kinds, changes, json });
      course.missingSince = undefined;
    } else if (change === "removed" || change === "left_window") {
      const { evidence } = data;
      if (evidence === undefined) return undefined;
      const { missingSince } = course;
      const isApproved = evidence.brake === "approved" && this.#approvedBy !== undefined;
      this.#note(course, {
        time,
        kind: change,
        evidence,
        ...(missingSince !== undefined && { missingSince }),
        ...(isApproved && { approvedBy: this.#approvedBy ?? "" }),
        json,
      });
      course.missingSince = undefined;
    }
    return undefined;
  }

  #add(course: Course, moment: Moment): void {
    if (course.moments.length === 0) course.isOlder = false;
    course.moments.push(moment);
    course.missingSince = undefined;
  }

  /** Records a change. If the first change of an item is no addition, the item is older than the journal. */
  #note(course: Course, moment: Moment): void {
    if (course.moments.length === 0) course.isOlder = true;
    course.moments.push(moment);
  }

  #course(subject: string | undefined, key: ItemKey): Course | undefined {
    if (!this.#wanted.has(subject, key)) return undefined;
    const course = this.#courses.get(this.#wanted.firstNameOf(key)) ?? this.#begin(key);
    if (course !== undefined && subject !== undefined) course.subject = subject;
    return course;
  }

  #begin(key: ItemKey): Course | undefined {
    if (!this.#wanted.has(undefined, key)) return undefined;
    const course: Course = {
      subject: "",
      key,
      json: "{}",
      moments: [],
      isOlder: true,
      missingSince: undefined,
    };
    this.#courses.set(this.#wanted.firstNameOf(key), course);
    return course;
  }
}
