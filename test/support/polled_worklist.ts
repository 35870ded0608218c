import { type DataSet, element } from "../../src/dicom/data_set.ts";
import { DataSet as Items } from "../../src/dicom/data_set.ts";
import { decodeDataSet } from "../../src/dicom/decode.ts";
import { encodeDataSet } from "../../src/dicom/encode.ts";
import { Tag } from "../../src/dicom/tag.ts";
import { TransferSyntax } from "../../src/dicom/uid.ts";
import { formatKeyPath } from "../../src/query/key_path.ts";
import { Answer, type Question, type ReceivedMatch } from "../../src/worklist/judge/answer.ts";
import type { QueryConfiguration } from "../../src/worklist/configuration.ts";
import type { Verification } from "../../src/worklist/judge/verification.ts";
import { subjectOf } from "../../src/worklist/item.ts";
import { makeCommit } from "../../src/worklist/journal/journal_lines.ts";
import { compileJudge } from "../../src/worklist/match/match.ts";
import { reconcile } from "../../src/worklist/judge/reconcile.ts";
import type {
  PollEnd,
  ReconcileInput,
  Reconciliation,
} from "../../src/worklist/judge/reconciliation.ts";
import type { RemovalRules } from "../../src/worklist/judge/removal.ts";
import { Worklist } from "../../src/worklist/worklist.ts";

/** A worklist step as tests write it; what is left out is not sent. */
export interface Step {
  readonly study?: string;
  readonly step?: string;
  readonly patient?: string;
  readonly name?: string;
  readonly date?: string;
  readonly time?: string;
  /** When the poll begins by the wall clock: RFC 3339. @default {time, or as much after noon as `monotonicMs`} */
  readonly started?: string;
  /** The same by the monotonic clock. @default {time, or as in the last poll} */
  readonly monotonicMs?: number;
  readonly station?: string;
  readonly accession?: string;
}

/** The rules as they are when nothing is configured, but that a loss is held for no time. */
export const defaultRules: RemovalRules = {
  confirmPolls: 2,
  verify: false,
  brake: 0.5,
  brakeMin: 10,
  brakePolls: 3,
  brakeHoldMs: 0,
};

/** A worklist query for everything. */
export const plainConfiguration: QueryConfiguration = {
  model: "worklist",
  peer: "RIS@ris:104",
  keys: {},
  requested: [
    "StudyInstanceUID",
    "PatientID",
    "PatientName",
    "AccessionNumber",
    "ScheduledProcedureStepSequence.ScheduledProcedureStepID",
    "ScheduledProcedureStepSequence.ScheduledProcedureStepStartDate",
    "ScheduledProcedureStepSequence.ScheduledProcedureStepStartTime",
    "ScheduledProcedureStepSequence.ScheduledStationAETitle",
  ],
  identity: ["StudyInstanceUID", "ScheduledProcedureStepSequence.ScheduledProcedureStepID"],
  ignore: [],
};

const whole: PollEnd = { ending: "complete", status: 0 };

/** A data set of a step. */
export function dataSetOf(step: Step): DataSet {
  const text = (tag: number, value: string | undefined): ReturnType<typeof element>[] =>
    value === undefined ? [] : [element(tag, value === "" ? [] : [value])];
  const inner = new Items([
    ...text(Tag.ScheduledStationAETitle, step.station),
    ...text(Tag.ScheduledProcedureStepStartDate, step.date),
    ...text(Tag.ScheduledProcedureStepStartTime, step.time),
    ...text(Tag.ScheduledProcedureStepID, step.step),
  ]);
  return new Items([
    ...text(Tag.AccessionNumber, step.accession),
    ...text(Tag.PatientName, step.name),
    ...text(Tag.PatientID, step.patient),
    ...text(Tag.StudyInstanceUID, step.study),
    element(Tag.ScheduledProcedureStepSequence, [inner]),
  ]);
}

/** A match as a peer sends it. */
export function matchOf(
  dataSet: DataSet,
  transferSyntaxUid: string = TransferSyntax.ImplicitVrLittleEndian,
): ReceivedMatch {
  const bytes = encodeDataSet(dataSet, transferSyntaxUid);
  return {
    bytes,
    transferSyntaxUid,
    decode: () => decodeDataSet(bytes, transferSyntaxUid),
  };
}

/** What a test may set about one poll. */
export interface PollOptions {
  readonly configuration?: QueryConfiguration;
  /** The keys as resolved: an identifier. */
  readonly keys?: DataSet;
  readonly end?: PollEnd;
  readonly rules?: Partial<RemovalRules>;
  /** The most matches that are taken. */
  readonly limit?: number;
  readonly initial?: "emit" | "silent";
  readonly recheck?: boolean;
  readonly time?: string;
  /** When the poll begins by the wall clock: RFC 3339. @default {time, or as much after noon as `monotonicMs`} */
  readonly started?: string;
  /** The same by the monotonic clock. @default {time, or as in the last poll} */
  readonly monotonicMs?: number;
  /** Answers the targeted C-FIND for an item, by its key. */
  readonly verify?: (key: Readonly<Record<string, string>>) => Verification;
}

/** Polls a worklist in memory: everything but the disk and the network. */
export class PolledWorklist {
  worklist = new Worklist();
  /** The events since the last {@linkcode takeEvents}: kind and a readable subject. */
  readonly events: string[] = [];
  #polls = 0;
  #monotonicMs = 0;

  /** Returns the events since it was called last, and empties the list. */
  takeEvents(): string[] {
    return this.events.splice(0);
  }

  /** Polls with steps as the answer. */
  poll(steps: readonly Step[], options: PollOptions = {}): Reconciliation {
    return this.pollMatches(steps.map((step) => matchOf(dataSetOf(step))), options);
  }

  /** Polls with matches as the answer. */
  pollMatches(matches: readonly ReceivedMatch[], options: PollOptions = {}): Reconciliation {
    const changes = this.decide(matches, options);
    this.apply(changes);
    return changes;
  }

  /** Decides what an answer changes, targeted questions included. */
  decide(matches: readonly ReceivedMatch[], options: PollOptions = {}): Reconciliation {
    const input = this.inputFor(matches, options);
    const changes = reconcile(input);
    const { verify } = options;
    if (changes.verify.length === 0 || verify === undefined) return changes;
    const verified = new Map(changes.verify.map((item) => [item.id, verify(item.key)]));
    return reconcile({ ...input, verified });
  }

  /** What `reconcile` is given for an answer. */
  inputFor(matches: readonly ReceivedMatch[], options: PollOptions = {}): ReconcileInput {
    const answer = new Answer(this.worklist, questionOf(options));
    answer.add(matches);
    this.#polls++;
    const { time, monotonicMs = time && Date.parse(time) } = options;
    this.#monotonicMs = monotonicMs || this.#monotonicMs;
    const sinceFirst = Date.parse("2026-11-21T12:00:00Z") + this.#monotonicMs;
    const started = options.started ?? time ?? new Date(sinceFirst).toISOString();
    return {
      worklist: this.worklist,
      answer,
      end: options.end ?? whole,
      poll: { id: `p${this.#polls}`, started },
      monotonicMs: this.#monotonicMs,
      time: options.time ?? "2026-11-21T12:00:01.000Z",
      source: { query: "ct-today", peer: "ris", model: "worklist", noun: "worklist.item" },
      rules: { ...defaultRules, ...options.rules },
      limit: options.limit ?? Infinity,
      initial: options.initial ?? "emit",
      subjectOf: (id) => subjectOf("5".repeat(64), "ct-today", id),
    };
  }

  /** Makes the changes as a commit would. */
  apply(changes: Reconciliation): void {
    const { sequence, commits } = this.worklist;
    this.worklist.apply(makeCommit(changes, { sequence, number: commits }, true).batch);
    this.worklist.observe(changes.observations);
    this.events.push(...changes.events.map(readable));
  }
}

/** An event in a few words: `added SPS1`, `removed SPS2`, `failed unreachable`. */
export function readable(event: Reconciliation["events"][number]): string {
  if ("words" in event) return `${event.kind} ${event.reason}`;
  const { key } = "after" in event ? event.after : event.before;
  const name = key["ScheduledProcedureStepID"] ?? Object.values(key).join("/");
  return `${event.kind} ${name}${key["ordinal"] ? `#${key["ordinal"]}` : ""}`;
}

function questionOf({ configuration, keys, recheck }: PollOptions): Question {
  const identifier = keys ?? new Items();
  const judge = compileJudge(identifier, {
    combineDateAndTime: true,
    absentMatches: true,
  });
  return {
    configuration: configuration ?? plainConfiguration,
    resolved: JSON.stringify(
      [...identifier.elements()].map(({ tag, value }) => [tag, textOf(value)]),
    ),
    recheck: recheck ?? true,
    unmatchedKey: (dataSet, onDoubt) => {
      const judgement = judge(dataSet);
      if (judgement === undefined) return undefined;
      const path = formatKeyPath(judgement.path);
      if (judgement.outcome !== "unreadable") return path;
      onDoubt?.({ kind: "unreadable", path });
      return undefined;
    },
  };
}

function textOf(value: unknown): unknown {
  if (!Array.isArray(value)) return String(value);
  return value.map((one) =>
    one instanceof Items
      ? [...one.elements()].map(({ tag, value }) => [tag, textOf(value)])
      : String(one)
  );
}
