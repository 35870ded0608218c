/**
 * The worklist as a grid, of which only the rows in sight are in the page: fast with any number of items.
 *
 * One stop of the Tab key. Arrow keys, Page Up and Down, Home and End move; Enter shows the history of an item.
 *
 * @module
 */
import { element, setText } from "./dom.js";
import { patient } from "./privacy.js";
import { nowMs, presentText, whenText } from "./times.js";
import { markedMs } from "./worklist.js";

const columns = [
  { name: "when", title: "Time" },
  { name: "name", title: "Patient", isPatient: true },
  { name: "patientId", title: "ID", isPatient: true },
  { name: "birthDate", title: "Born", isPatient: true },
  { name: "accession", title: "Accession", isPatient: true },
  { name: "station", title: "Station" },
  { name: "modality", title: "Mod." },
  { name: "description", title: "Description", isPatient: true },
  { name: "status", title: "Status" },
];

/** Rows above and below those in sight, so that a quick scroll shows no gaps. */
const spare = 8;

/** A grid of rows. */
export class Grid {
  #head;
  #space;
  #empty;
  #headers = [];
  /** @type {any[]} */
  #rows = [];
  /** @type {Map<number, { row: any, made: any, text: string }>} */
  #shown = new Map();
  #active = 0;
  #activeSubject;
  #onOpen;
  #emptyText = "";

  /**
   * @param {HTMLElement} root Where it is put.
   * @param {object} options
   * @param {(row: any) => void} options.onOpen Is called with the row that was chosen.
   * @param {(column: string) => void} options.onSort Is called with a column's name.
   */
  constructor(root, { onOpen, onSort }) {
    this.#onOpen = onOpen;
    this.root = root;
    root.setAttribute("role", "grid");
    root.setAttribute("aria-labelledby", "query-title");
    root.setAttribute("aria-colcount", String(columns.length));
    this.#headers = columns.map(({ name, title }) => {
      const button = element("button", {
        type: "button",
        text: title,
        on: { click: () => onSort(name) },
      });
      return element("div", { role: "columnheader", "data-column": name }, button);
    });
    this.#head = element(
      "div",
      { role: "row", "aria-rowindex": 1, class: "grid-head" },
      ...this.#headers,
    );
    this.#space = element("div", { role: "rowgroup", class: "grid-space" });
    this.#empty = element("p", { class: "empty", hidden: true });
    root.tabIndex = 0;
    root.addEventListener("scroll", () => requestAnimationFrame(() => this.#render()));
    root.addEventListener("click", (event) => this.#click(event));
    root.addEventListener("keydown", (event) => this.#key(event));
    root.append(
      element("div", { role: "rowgroup", class: "grid-top" }, this.#head),
      this.#space,
      this.#empty,
    );
    new ResizeObserver(() => this.#render(true)).observe(root);
  }

  /**
   * Shows rows.
   *
   * @param {any[]} rows The rows in order.
   * @param {{ column: string, descending: boolean }} order How they are sorted.
   * @param {string} emptyText What is said if there are none.
   */
  show(rows, { column, descending }, emptyText) {
    this.#rows = rows;
    this.#emptyText = emptyText;
    // The chosen item stays chosen, wherever it is now.
    const at = rows.findIndex(({ subject }) => subject === this.#activeSubject);
    this.#active = at >= 0 ? at : Math.min(this.#active, Math.max(0, rows.length - 1));
    for (const header of this.#headers) {
      const isSorted = header.dataset.column === column;
      if (isSorted) header.setAttribute("aria-sort", descending ? "descending" : "ascending");
      else header.removeAttribute("aria-sort");
    }
    this.root.setAttribute("aria-rowcount", String(rows.length + 1));
    this.#render(true);
  }

  /** Goes to the first row. */
  toTop() {
    this.root.scrollTop = 0;
    this.#active = 0;
    this.#activeSubject = this.#rows[0]?.subject;
    this.#render(true);
  }

  /** The height in which rows are seen: below the head, which stays. */
  #inSight() {
    return this.root.clientHeight - this.#head.offsetHeight;
  }

  #rowHeight() {
    return Number.parseFloat(getComputedStyle(this.root).getPropertyValue("--row")) || 36;
  }

  #render(isNew = false) {
    const height = this.#rowHeight();
    const count = this.#rows.length;
    this.#empty.hidden = count > 0;
    this.#space.hidden = count === 0;
    setText(this.#empty, this.#emptyText);
    this.#space.style.height = `${count * height}px`;
    const { scrollTop } = this.root;
    const first = Math.max(0, Math.floor(scrollTop / height) - spare);
    const last = Math.min(
      count,
      Math.ceil((scrollTop + this.#inSight()) / height) + spare,
    );
    const wanted = new Set();
    for (let index = first; index < last; index++) wanted.add(index);
    // Named by aria-activedescendant, so it must be there.
    if (this.#active < count) wanted.add(this.#active);
    for (const [index, { made }] of this.#shown) {
      if (wanted.has(index)) continue;
      made.remove();
      this.#shown.delete(index);
    }
    const present = presentText();
    for (const index of wanted) this.#renderRow(index, height, present, isNew);
    if (count > 0) this.root.setAttribute("aria-activedescendant", `row-${this.#active}`);
    else this.root.removeAttribute("aria-activedescendant");
  }

  #renderRow(index, height, present, isNew) {
    const row = this.#rows[index];
    let shown = this.#shown.get(index);
    if (shown === undefined) {
      const cells = columns.map(({ name }) =>
        element("div", { role: "gridcell", class: `cell-${name}` })
      );
      const made = element(
        "div",
        { role: "row", class: "grid-row", id: `row-${index}`, "aria-rowindex": index + 2 },
        ...cells,
      );
      made.dataset.index = String(index);
      shown = { row: undefined, made, text: "" };
      this.#shown.set(index, shown);
      this.#space.append(made);
    }
    const { made } = shown;
    made.style.top = `${index * height}px`;
    const isActive = index === this.#active;
    const isMarked = row.mark !== undefined && nowMs() - row.mark.atMs < markedMs;
    made.className = "grid-row" + (isActive ? " active" : "") + (isMarked ? " changed" : "") +
      (row.missed > 0 ? " missing" : "") + (row.when !== "" && row.when < present ? " past" : "");
    made.setAttribute("aria-selected", String(isActive));
    if (shown.row === row && !isNew) return;
    shown.row = row;
    const cells = [...made.children];
    for (const [at, { name, isPatient }] of columns.entries()) {
      const value = name === "when" ? whenText(row.when) : row[name];
      const text = isPatient ? patient(value) : value;
      setText(cells[at], text);
      cells[at].title = text;
    }
    const status = cells.at(-1);
    if (row.missed > 0) {
      const title = `not in the last ${row.missed === 1 ? "" : `${row.missed} `}complete answer${
        row.missed === 1 ? "" : "s"
      }`;
      status.append(element("span", { class: "mark amber", text: "missing", title }));
    } else if (isMarked) {
      status.append(element("span", {
        class: `mark ${row.mark.kind === "added" ? "green" : ""}`,
        text: row.mark.kind === "added" ? "new" : "changed",
      }));
    }
  }

  #click(event) {
    const made = event.target.closest(".grid-row");
    if (made === null) return;
    this.#activate(Number(made.dataset.index));
    this.#onOpen(this.#rows[this.#active]);
  }

  #activate(index) {
    this.#active = Math.max(0, Math.min(index, this.#rows.length - 1));
    this.#activeSubject = this.#rows[this.#active]?.subject;
    const height = this.#rowHeight();
    const top = this.#active * height;
    const { scrollTop } = this.root;
    const inSight = this.#inSight();
    if (top < scrollTop) this.root.scrollTop = top;
    else if (top + height > scrollTop + inSight) this.root.scrollTop = top + height - inSight;
    this.#render();
  }

  #key(event) {
    if (event.target !== this.root || this.#rows.length === 0) return;
    const page = Math.max(1, Math.floor(this.#inSight() / this.#rowHeight()) - 1);
    const steps = {
      ArrowDown: this.#active + 1,
      ArrowUp: this.#active - 1,
      PageDown: this.#active + page,
      PageUp: this.#active - page,
      Home: 0,
      End: this.#rows.length - 1,
    };
    if (event.key in steps) this.#activate(steps[event.key]);
    else if (event.key === "Enter" || event.key === " ") this.#onOpen(this.#rows[this.#active]);
    else return;
    event.preventDefault();
  }
}
