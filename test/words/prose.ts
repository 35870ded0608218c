/**
 * The prose of a file: comments and texts of TypeScript, and Markdown without its code.
 *
 * @module
 */

/** A piece of prose and where it is. */
export interface Prose {
  /** Its first line, from 1. */
  readonly line: number;
  readonly kind: "doc" | "comment" | "text" | "markdown";
  /** Its text on one line, without marks of comments. */
  readonly text: string;
}

/** Finds comments, and string and template literals that hold a blank. */
export function proseOfTypeScript(source: string): Prose[] {
  const token =
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|\/(?![*/])(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[dgimsuvy]*(?=\s*[,;).\n])/g;
  const found: Prose[] = [];
  let line = 1;
  let last = 0;
  for (const match of source.matchAll(token)) {
    line += count(source.slice(last, match.index));
    last = match.index;
    const [raw] = match;
    if (raw.startsWith("/**")) found.push(...partsOfDoc(raw, line));
    else if (raw.startsWith("/*") || raw.startsWith("//")) {
      found.push({ line, kind: "comment", text: flat(raw.replace(/^\/[/*]+|\*\/$/g, "")) });
    } else if (/^["'`]/.test(raw) && raw.includes(" ")) {
      found.push({
        line,
        kind: "text",
        text: flat(raw.slice(1, -1).replaceAll(/\$\{[^}]*\}/g, "…")),
      });
    }
  }
  return found;
}

/** Finds the paragraphs, rows and items of a page, code left out. */
export function proseOfMarkdown(source: string): Prose[] {
  const found: Prose[] = [];
  let isCode = false;
  let open: { line: number; lines: string[] } | undefined;
  const close = (): void => {
    if (open !== undefined) {
      found.push({ line: open.line, kind: "markdown", text: flat(open.lines.join(" ")) });
    }
    open = undefined;
  };
  for (const [index, line] of source.split("\n").entries()) {
    if (/^\s*```/.test(line)) isCode = !isCode;
    if (isCode || /^\s*```/.test(line) || line.trim() === "") {
      close();
      continue;
    }
    if (/^\s*(?:[-*|#]|\d+\.)/.test(line)) close();
    open ??= { line: index + 1, lines: [] };
    open.lines.push(line.replaceAll(/`[^`]*`/g, "`…`"));
  }
  close();
  return found;
}

/** A doc comment in parts: the description, and each tag with its name left out. */
function partsOfDoc(raw: string, line: number): Prose[] {
  const lines = raw.slice(3, -2).split("\n").map((each) => each.replace(/^\s*\* ?/, ""));
  const parts: Prose[] = [];
  let text = "";
  let begin = line;
  let isCode = false;
  const close = (next: number): void => {
    if (text.trim() !== "") parts.push({ line: begin, kind: "doc", text: flat(text) });
    text = "";
    begin = next;
  };
  for (const [index, each] of lines.entries()) {
    if (each.trim().startsWith("```")) {
      isCode = !isCode;
      continue;
    }
    if (isCode) continue;
    const tag = /^@(?:param \S+|throws \{[^}]*\}|default \{[^}]*\}|\w+) ?/.exec(each.trim());
    if (tag !== null || each.trim() === "") close(line + index);
    text += ` ${tag === null ? each : each.trim().slice(tag[0].length)}`;
  }
  close(line);
  return parts;
}

function flat(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

function count(text: string): number {
  return text.split("\n").length - 1;
}
