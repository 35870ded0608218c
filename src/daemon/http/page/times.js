/**
 * Times as people read them, all in the time zone of this browser.
 *
 * @module
 */

const clockFormat = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
const dayFormat = new Intl.DateTimeFormat(undefined, {
  weekday: "short",
  day: "numeric",
  month: "short",
});

/** The time zone, such as Europe/Berlin. */
export const timeZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The lead of the daemon's clock over this browser's, in milliseconds. */
let aheadMs = 0;

/**
 * Takes over the daemon's clock: ages are reckoned by it.
 *
 * @param {string} time The present, as the daemon says.
 */
export function setClock(time) {
  aheadMs = Date.parse(time) - Date.now();
}

/**
 * Returns the present.
 *
 * @returns {number} Milliseconds since 1970, by the daemon's clock.
 */
export function nowMs() {
  return Date.now() + aheadMs;
}

/**
 * Writes a time: without its day if that is today.
 *
 * @param {string | number} time RFC 3339, or milliseconds since 1970.
 * @returns {string} Such as `08:57:16` or `Thu 26 Nov, 08:57:16`.
 */
export function timeText(time) {
  const date = new Date(time);
  const day = dayFormat.format(date);
  const clock = clockFormat.format(date);
  return day === dayFormat.format(new Date(nowMs())) ? clock : `${day}, ${clock}`;
}

/**
 * Writes the present as worklists write times, to compare with them.
 *
 * @returns {string} Such as `2026-11-27 08:57`.
 */
export function presentText() {
  const now = new Date(nowMs());
  const two = (number) => String(number).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())} ` +
    `${two(now.getHours())}:${two(now.getMinutes())}`;
}

const shortDayFormat = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

/**
 * Writes the time of a step: without its day if that is today.
 *
 * @param {string} when As the daemon has it: `2026-11-27 08:57`; other text stays as it is.
 * @returns {string} Such as `08:57` or `26 Nov, 08:57`.
 */
export function whenText(when) {
  const match = /^(\d{4})-(\d{2})-(\d{2})(?: (\d{2}:\d{2}))?$/.exec(when);
  if (match === null) return when;
  const [, year, month, day, clock = ""] = match;
  if (clock !== "" && when.slice(0, 10) === presentText().slice(0, 10)) return clock;
  const date = new Date(Number(year), Number(month) - 1, Number(day));
  const isThisYear = year === presentText().slice(0, 4);
  const dayText = `${shortDayFormat.format(date)}${isThisYear ? "" : ` ${year}`}`;
  return clock === "" ? dayText : `${dayText}, ${clock}`;
}
