/**
 * Changes as list entries: when, what, whose, and before and after side by side.
 *
 * @module
 */
import { element } from "./dom.js";
import { patient } from "./privacy.js";
import { timeText, whenText } from "./times.js";

const words = {
  added: ["added", "green"],
  changed: ["changed", ""],
  removed: ["removed", "red"],
  left_window: ["left the window", ""],
  failed: ["poll failed", "red"],
  recovered: ["answers again", "green"],
  suspect: ["held back", "amber"],
};

const kindWords = {
  rescheduled: "rescheduled",
  station_moved: "moved to another station",
  patient_identity: "another patient identity",
  patient_demographics: "patient data corrected",
  status: "status",
  procedure: "procedure",
  personnel: "personnel",
};

/** Attributes that say nothing about a patient; every other is hidden by the switch. */
const open = new Set([
  "ScheduledProcedureStepStartDate",
  "ScheduledProcedureStepStartTime",
  "ScheduledProcedureStepStartDateTime",
  "ScheduledProcedureStepEndDate",
  "ScheduledProcedureStepEndTime",
  "ScheduledStationAETitle",
  "ScheduledStationName",
  "ScheduledProcedureStepLocation",
  "ScheduledProcedureStepStatus",
  "ProcedureStepState",
  "Modality",
]);

/**
 * Makes the entry of a change.
 *
 * @param {any} change As the daemon sends it.
 * @param {((change: any) => void) | undefined} onOpen Shows the item; without it, its name is not shown.
 * @returns {HTMLElement} A list item.
 */
export function changeEntry(change, onOpen) {
  const [word, colour] = words[change.change] ?? [change.change, ""];
  const line = element(
    "p",
    { class: "change-line" },
    element("time", { datetime: change.time, text: timeText(change.time) }),
    element("span", { class: `mark ${colour}`, text: word }),
  );
  if (change.cells !== undefined && onOpen !== undefined) {
    const [when, name, patientId, , , station] = change.cells;
    const whose = [patient(name), patient(patientId)].filter((text) => text !== "").join(", ");
    line.append(element("button", {
      type: "button",
      text: whose === "" ? "item without a name" : whose,
      on: { click: () => onOpen(change) },
    }));
    const where = [whenText(when), station].filter((text) => text !== "").join(", ");
    if (where !== "") line.append(element("span", { class: "change-words", text: where }));
  }
  const kinds = change.kinds.flatMap((kind) => kindWords[kind] ?? []);
  if (kinds.length > 0) {
    line.append(element("span", { class: "change-words", text: kinds.join(", ") }));
  }
  const entry = element("li", { class: "change" }, line);
  if (change.words !== undefined) {
    entry.append(element("p", { class: "change-words", text: change.words }));
  }
  if (change.changes.length > 0) entry.append(sides(change.changes));
  return entry;
}

function sides(changes) {
  const cells = changes.flatMap(({ attribute, before, after }) => {
    const shown = (text) => {
      if (text === "") return "(empty)";
      return open.has(attribute) ? text : patient(text);
    };
    return [
      element("span", { class: "attribute", text: spaced(attribute) }),
      element("del", { text: shown(before) }),
      element("span", { "aria-hidden": "true", text: "→" }),
      element("ins", { text: shown(after) }),
    ];
  });
  return element("div", { class: "sides" }, ...cells);
}

/** `ScheduledStationAETitle` as `Scheduled Station AE Title`. */
function spaced(keyword) {
  return keyword.replaceAll(/([a-z])([A-Z])/g, "$1 $2").replaceAll(/([A-Z])([A-Z][a-z])/g, "$1 $2");
}
