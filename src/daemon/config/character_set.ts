/**
 * Specific Character Sets in the configuration.
 *
 * @module
 */
import { characterSetOf } from "../../dicom/text/character_set.ts";
import { type Part, text } from "./scalars.ts";

/** Defined terms of (0008,0005), several joined by `\`; names of the Web such as `windows-1252` too. */
export const characterSetTerms: Part<string> = text((terms) => {
  const [problem] = characterSetOf(terms.split("\\")).problems;
  if (problem !== undefined) throw new SyntaxError(`not a character set: ${problem}`);
  return terms;
}, ["ISO_IR 100", "ISO_IR 192", "windows-1252"]);
