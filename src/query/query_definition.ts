/**
 * A query as a person writes it: model, level, keys and return keys.
 *
 * @module
 */
import type { Level, ModelName } from "./model.ts";

/** The value of a key: `null` asks for the attribute without matching it, a list has several values. */
export type KeyValue = null | string | number | readonly (string | number)[] | Keys;

/** Keys by key path; a nested map steps into the first item of a sequence. */
export interface Keys {
  /** The value of the key at this path, such as `PatientName` or `ScheduledProcedureStepSequence.Modality`. */
  readonly [path: string]: KeyValue;
}

/** A question to a peer, as a person writes it. */
export interface QueryDefinition {
  /** The information model to ask. */
  readonly model: ModelName;
  /** The model's topmost level when absent. */
  readonly level?: Level | undefined;
  /** The keys. Those with a value are matched; those without are asked for. */
  readonly keys?: Keys | undefined;
  /**
   * The attributes to ask for besides the keys: the model's return keys, these without nested sequences (`flat`), or a
   * list of key paths.
   *
   * @default {"default"}
   */
  readonly return?: "default" | "flat" | readonly string[] | undefined;
  /** Key paths that are asked for whatever `return` says: the identity of matches. */
  readonly identity?: readonly string[] | undefined;
  /** Terms to try first when a value needs a Specific Character Set. */
  readonly characterSet?: readonly string[] | undefined;
  /**
   * True if the caller itself drops matches that do not match `keys`. Ranges of times that go with ranges of
   * several days are then not sent, because many peers read them wrongly and would answer too little.
   *
   * @default {false}
   */
  readonly recheck?: boolean | undefined;
  /**
   * The IANA name of the time zone of the peer's dates and times. With `recheck`, if it is not that of the keys, dates
   * are sent with a day more at both ends and times are not sent.
   *
   * @default {the time zone of the keys}
   */
  readonly peerTimeZone?: string | undefined;
}

/** Something wrong with one key. */
export interface KeyProblem {
  /** The names of the nested maps down to the key, as they were written. */
  readonly path: readonly string[];
  /** The fault; never the value, which may be patient data. */
  readonly message: string;
}
