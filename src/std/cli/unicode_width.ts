import stringWidth from "npm:string-width@^8.1.0";

/** As `@std/cli/unicode-width`: the cells that a text takes on a terminal. */
export function unicodeWidth(str: string): number {
  return stringWidth(str);
}
