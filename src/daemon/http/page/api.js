/**
 * Asks the daemon.
 *
 * @module
 */

/** The daemon refused, or was not reached. */
export class ApiError extends Error {
  /**
   * @param {string} message Why.
   * @param {number} status The HTTP status; 0 if it was not reached.
   */
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/**
 * Reads something.
 *
 * @param {readonly string[]} path The parts of the path, such as `["queries", "ct-today", "items"]`.
 * @param {Record<string, string | number>} [query] Parameters.
 * @returns {Promise<any>} What it answers.
 */
export function read(path, query = {}) {
  return ask(address(path, query), {});
}

/**
 * Does something.
 *
 * @param {readonly string[]} path The parts of the path.
 * @param {unknown} body What is sent.
 * @returns {Promise<any>} What it answers.
 */
export function send(path, body) {
  return ask(address(path), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

/**
 * Makes a path below `/api/v1/`.
 *
 * @param {readonly string[]} path Its parts; they are encoded.
 * @param {Record<string, string | number>} [query] Parameters.
 * @returns {string} The path.
 */
export function address(path, query = {}) {
  const parameters = new URLSearchParams(
    Object.entries(query).map(([name, value]) => [name, String(value)]),
  ).toString();
  const whole = `/api/v1/${path.map(encodeURIComponent).join("/")}`;
  return parameters === "" ? whole : `${whole}?${parameters}`;
}

async function ask(url, options) {
  let response;
  try {
    response = await fetch(url, { ...options, cache: "no-store" });
  } catch {
    throw new ApiError("The daemon is not reached", 0);
  }
  const body = await response.json().catch(() => ({}));
  if (response.ok) return body;
  throw new ApiError(body.detail ?? `The daemon answers ${response.status}`, response.status);
}
