/**
 * Sorts attribute changes into the kinds that people act upon.
 *
 * @module
 */

/** What a change means to a department. */
export type Kind =
  | "rescheduled"
  | "station_moved"
  | "patient_identity"
  | "patient_demographics"
  | "status"
  | "procedure"
  | "personnel"
  | "other";
