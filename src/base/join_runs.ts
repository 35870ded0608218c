/**
 * Long texts of many small pieces.
 *
 * @module
 */

/** Pieces that are joined at once. */
const runLength = 1000;

/**
 * Joins the texts of many values. Text put together piece by piece takes ten times its memory, an array of a
 * million pieces too: they are joined in runs.
 *
 * @param count The number of values.
 * @param textAt The text of a value, by its index.
 * @param separator The text between two values.
 * @returns The whole text.
 */
export function joinRuns(
  count: number,
  textAt: (index: number) => string,
  separator: string,
): string {
  let joined = "";
  for (let start = 0; start < count; start += runLength) {
    const run: string[] = [];
    const end = Math.min(count, start + runLength);
    for (let index = start; index < end; index++) run.push(textAt(index));
    joined += (start === 0 ? "" : separator) + run.join(separator);
  }
  return joined;
}
