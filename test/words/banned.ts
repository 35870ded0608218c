/**
 * Phrases that a tired reader stumbles over, and the plain ones to use instead.
 *
 * @module
 */

/** A phrase that texts of this project do not use. */
export interface BannedPhrase {
  /** Its name in a report. */
  readonly name: string;
  /** Finds it in prose; global and without regard to case. */
  readonly pattern: RegExp;
  /** The words to use. */
  readonly use: string;
}

/** Every banned phrase. */
export const bannedPhrases: readonly BannedPhrase[] = [
  {
    name: "behind, for after",
    pattern:
      /\bbehind\b(?! (?:(?:an?|the|that|this|our|its|their) )?(?:[\w-]+ )?(?:prox(?:y|ies)|firewall|NAT|link|by)\b)/gi,
    use: "after",
  },
  {
    name: "else, for otherwise",
    pattern: /(?:[,;] else\b|\belse (?:the|an?|it|its|nothing|by|what)\b)/gi,
    use: "otherwise",
  },
  { name: "anew", pattern: /\banew\b/gi, use: "again" },
  {
    name: "tell, told",
    pattern: /\b(?:tells?|telling|told)\b/gi,
    use: "report, deliver, say, show, distinguish",
  },
  {
    name: "words, for message",
    pattern: /\b(?:in|its|the|own|of|for|few|many|these|those) words\b/gi,
    use: "message, arguments",
  },
  { name: "heed", pattern: /\bheed(?:s|ed|ing)?\b/gi, use: "obey, follow" },
  { name: "so many", pattern: /\bso many\b/gi, use: "at most N, this number of" },
  {
    name: "came to nothing",
    pattern: /\b(?:comes?|came) to nothing\b/gi,
    use: "failed, had no effect",
  },
  { name: "stands in", pattern: /\bst(?:ands?|ood) in\b/gi, use: "is in, replaces" },
  {
    name: "is had",
    pattern: /\b(?:is|are|be|was|were|to be) had\b/gi,
    use: "exists, is available",
  },
  { name: "goes by itself", pattern: /\bgo(?:es)? by itself\b/gi, use: "happens without a person" },
];

/** The beginnings that a doc comment does not have; a boolean's begins "True if …". */
export const bannedOpening =
  /^(?:What|Who|Whose|Whom|Whether|Those|Which|Whatever|Whoever|Where|How)\b/;

/** Uses that stay, each with its reason. */
export const exceptions: readonly { readonly text: string; readonly reason: string }[] = [];
