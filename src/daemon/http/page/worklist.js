/**
 * The items of the chosen query, kept as rows, changed by what comes live.
 *
 * @module
 */
import { read } from "./api.js";

/** A row stays marked for so long after its change. */
export const markedMs = 10 * 60_000;

/** The columns that come after the subject, in the order in which the daemon has them. */
const cellNames = [
  "when",
  "name",
  "patientId",
  "birthDate",
  "accession",
  "station",
  "modality",
  "description",
  "status",
];

/** The items of one query. */
export class Worklist {
  /** @param {string} query The name of the query. */
  constructor(query) {
    this.query = query;
    /** @type {Map<string, any>} */
    this.rows = new Map();
    this.isLoaded = false;
    this.sequence = 0;
    /** Changes that came while the rows were read. */
    this.early = [];
    this.readings = 0;
    this.isReading = false;
  }

  /**
   * Reads all rows.
   *
   * @returns {Promise<boolean>} False if another reading began meanwhile.
   */
  async load() {
    const turn = ++this.readings;
    this.early = [];
    this.isReading = true;
    try {
      const { rows, sequence } = await read(["queries", this.query, "items"], {
        view: "rows",
        limit: 100_000,
      });
      if (turn !== this.readings) return false;
      const before = this.rows;
      this.rows = new Map(rows.map(([subject, changed, missed, ...cells]) => {
        const row = makeRow(subject, missed, changed, cells);
        const known = before.get(subject);
        if (known?.changed === changed) row.mark = known.mark;
        return [subject, row];
      }));
      this.sequence = sequence;
      this.isLoaded = true;
      for (const change of this.early) this.#take(change);
      return true;
    } finally {
      if (turn === this.readings) this.isReading = false;
    }
  }

  /**
   * Takes in a change.
   *
   * @param {any} change As the daemon sends it.
   */
  apply(change) {
    if (this.isReading) this.early.push(change);
    if (this.isLoaded) this.#take(change);
  }

  /**
   * Marks the rows that changes made, if they are recent.
   *
   * @param {readonly any[]} changes Older changes, as the daemon sends them.
   */
  mark(changes) {
    for (const { change, subject, sequence, time } of changes) {
      const row = this.rows.get(subject);
      if (row?.changed === sequence) row.mark ??= { kind: change, atMs: Date.parse(time) };
    }
  }

  #take({ change, subject, sequence, cells, time }) {
    if (subject === undefined || cells === undefined || sequence <= this.sequence) return;
    this.sequence = sequence;
    if (change === "removed" || change === "left_window") {
      this.rows.delete(subject);
      return;
    }
    const row = makeRow(subject, 0, sequence, cells);
    row.mark = { kind: change, atMs: Date.parse(time) };
    this.rows.set(subject, row);
  }
}

function makeRow(subject, missed, changed, cells) {
  const row = { subject, missed, changed, mark: undefined, text: undefined };
  for (const [index, name] of cellNames.entries()) row[name] = cells[index] ?? "";
  return row;
}

/**
 * Chooses and sorts rows.
 *
 * @param {Iterable<any>} rows The rows.
 * @param {string} search Words, each of which must be in name, ID, accession, station or description.
 * @param {{ column: string, descending: boolean }} order The order; within it by time and name.
 * @returns {any[]} The rows that match.
 */
export function arrange(rows, search, { column, descending }) {
  const words = plain(search).split(/\s+/).filter((word) => word !== "");
  const found = [];
  for (const row of rows) {
    row.text ??= plain(
      [row.name, row.patientId, row.accession, row.station, row.description].join(" "),
    );
    if (words.every((word) => row.text.includes(word))) found.push(row);
  }
  const sign = descending ? -1 : 1;
  return found.sort((a, b) =>
    sign * compare(a[column], b[column]) || compare(a.when, b.when) || compare(a.name, b.name) ||
    compare(a.patientId, b.patientId) ||
    compare(a.subject, b.subject)
  );
}

function compare(a, b) {
  if (a === b) return 0;
  // What has no value comes last.
  if (a === "" || b === "") return a === "" ? 1 : -1;
  return a < b ? -1 : 1;
}

/** Without case, accents and the commas and carets of names. */
function plain(text) {
  return text.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase().replaceAll(/[\^,=]/g, " ")
    .replaceAll(/\s+/g, " ");
}
