/**
 * The switch that hides patient data. It is kept in this browser.
 *
 * @module
 */

const storageName = "worklistd-hide";
/** The replacement for hidden text. */
const hiddenText = "•••";
const listeners = new Set();
let isHidden = localStorage.getItem(storageName) === "yes";

/**
 * True if patient data is hidden.
 *
 * @returns {boolean}
 */
export function hidesPatients() {
  return isHidden;
}

/**
 * Sets the switch.
 *
 * @param {boolean} hides True to hide patient data.
 */
export function hidePatients(hides) {
  isHidden = hides;
  localStorage.setItem(storageName, hides ? "yes" : "no");
  for (const listener of listeners) listener();
}

/**
 * Calls a function whenever the switch changes.
 *
 * @param {() => void} listener The function.
 */
export function onPrivacy(listener) {
  listeners.add(listener);
}

/**
 * Hides a text about a patient, if the switch says so.
 *
 * @param {string} text The text.
 * @returns {string} The text, or dots; nothing stays nothing.
 */
export function patient(text) {
  return isHidden && text !== "" ? hiddenText : text;
}
