/**
 * Makes elements. Text is only ever put in as text: what a peer sends is never markup.
 *
 * @module
 */

/**
 * Makes an element.
 *
 * @param {string} tag Its name.
 * @param {Record<string, unknown>} [properties] `class`, `text`, `on` (listeners), and attributes; `undefined`
 *   and `false` leave an attribute out.
 * @param {...(Node | string)} children What is in it.
 * @returns {any} The element.
 */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue;
    if (name === "class") made.className = String(value);
    else if (name === "text") made.textContent = String(value);
    else if (name === "on") listen(made, /** @type {any} */ (value));
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children);
  return made;
}

function listen(target, listeners) {
  for (const [type, listener] of Object.entries(listeners)) target.addEventListener(type, listener);
}

/**
 * Finds an element of the page.
 *
 * @param {string} id Its id.
 * @returns {any} The element.
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no #${id}`);
  return found;
}

/**
 * Sets a text, if it is another one: screen readers say again what is written again.
 *
 * @param {HTMLElement} target The element.
 * @param {string} text The text.
 */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/**
 * Updates a list in place, so that focus and scrolling stay where they are.
 *
 * @template T
 * @param {HTMLElement} list The list.
 * @param {readonly T[]} values What is to be in it, in order.
 * @param {(value: T) => string} keyOf A name for each value.
 * @param {(value: T) => HTMLElement} make Makes the element of a value.
 * @param {(made: HTMLElement, value: T) => void} update Puts a value into its element.
 */
export function updateList(list, values, keyOf, make, update) {
  const before = new Map([...list.children].map((child) => [child.dataset.key, child]));
  let place = list.firstElementChild;
  for (const value of values) {
    const key = keyOf(value);
    let child = before.get(key);
    before.delete(key);
    if (child === undefined) {
      child = make(value);
      child.dataset.key = key;
    }
    if (child === place) place = place.nextElementSibling;
    else list.insertBefore(child, place);
    update(child, value);
  }
  for (const left of before.values()) left.remove();
}
