/**
 * Notes on a peer's answer: oddities that do not make it incomplete. No patient data: paths and counts.
 *
 * @module
 */
import type { Asked } from "./ask_in_parts.ts";

/** One thing that is odd. */
export interface PollNote {
  /** The same for the same oddity of later answers: it is logged once. */
  readonly key: string;
  /** The oddity and, if there is one, the remedy. */
  readonly words: string;
}

/**
 * Finds what is odd about an answer.
 *
 * @param query The name of the query.
 * @param asked The answer.
 * @param hint A message that names a line of configuration against changes which say nothing.
 * @returns One note for each thing.
 */
export function notesOf(
  query: string,
  { answer, ignoredKeys }: Asked,
  hint: string | undefined,
): PollNote[] {
  const notes: PollNote[] = [];
  if (ignoredKeys) {
    const words = "the peer does not support some of the optional keys (status 0xFF01)";
    notes.push({ key: "ignored-keys", words });
  }
  if (hint !== undefined) notes.push({ key: "volatile", words: hint });
  for (const [path, count] of answer.unreadable) {
    const items = count === 1 ? "1 item is" : `${count} items are`;
    const words = `${path} cannot be read: ${items} kept without knowing whether the keys match`;
    notes.push({ key: `unreadable ${path}`, words });
  }
  for (const [path, count] of answer.caseOnly) {
    const matches = count === 1 ? "1 match differs" : `${count} matches differ`;
    const words = `${matches} from key ${path} only in upper and lower case and ` +
      `${count === 1 ? "was" : "were"} dropped: to accept them, set ` +
      `\`recheck: { ignore_case: true }\` in query ${query}`;
    notes.push({ key: `case ${path}`, words });
  }
  return notes;
}

/** The part of a report that notes are made of. */
interface NotedReport {
  readonly complete: boolean;
  readonly notes: readonly PollNote[];
  readonly rejected: Readonly<Record<string, number>>;
  readonly warnings: number;
  readonly counts: { readonly duplicates: number; readonly collisions: readonly string[] };
}

/**
 * Lists everything that is odd about an answer, for the status: the notes, and what the log says of counts.
 *
 * @param report The poll.
 * @returns One sentence for each thing, most of them with a count.
 */
export function statusNotes(
  { complete, notes, rejected, warnings, counts }: NotedReport,
): string[] {
  const all = notes.map(({ words }) => words);
  for (const [path, count] of Object.entries(rejected)) {
    if (notes.some(({ key }) => key === `case ${path}`)) continue;
    const matches = count === 1 ? "1 match was" : `${count} matches were`;
    all.push(`the peer ignores key ${path}: ${matches} dropped`);
  }
  if (complete && counts.duplicates > 0) {
    const matches = counts.duplicates === 1 ? "1 match" : `${counts.duplicates} matches`;
    all.push(`${matches} came twice; each counts once`);
  }
  if (counts.collisions.length > 0) {
    all.push(
      "several items have one identity and are kept apart: name more key paths in `identity`",
    );
  }
  if (warnings > 0) {
    all.push(`${warnings} ${warnings === 1 ? "fault" : "faults"} in matches were read around`);
  }
  return all;
}
