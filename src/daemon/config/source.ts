/**
 * The text of a configuration file: its values, and, when something is wrong, where each of them stands.
 *
 * @module
 */
import { parse } from "@std/yaml";
import type { Document, LineCounter, Node, Pair } from "yaml";
import { aliasProblem } from "./alias_check.ts";
import { formatPath, type LocatedProblem, type Problem } from "./problems.ts";

type YamlModule = typeof import("yaml");
type Path = readonly (string | number)[];

/** A syntax tree with what is needed to find places in it. */
interface Tree {
  readonly yaml: YamlModule;
  readonly document: Document;
  readonly lines: LineCounter;
}

/** The text of one configuration file. */
export class ConfigSource {
  readonly file: string;
  readonly text: string;
  #tree: Tree | undefined;

  /**
   * @param file The file's name as problems shall show it.
   * @param text The text of the file.
   */
  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
  }

  /**
   * Reads the values.
   *
   * @returns The values if the text is YAML; otherwise all its problems.
   */
  async read(): Promise<{ values: unknown; problems: readonly LocatedProblem[] }> {
    try {
      const values = parse(this.text);
      const problem = aliasProblem(values);
      if (problem !== undefined) {
        return { values: undefined, problems: await this.locate([problem]) };
      }
      return { values, problems: [] };
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      const { document, lines } = await this.#load();
      // Tags that nobody knows are warnings there.
      const faults = [...document.errors, ...document.warnings];
      const problems = faults.map((problem): LocatedProblem => {
        const { line, col } = lines.linePos(problem.pos[0]);
        const message = firstLine(problem.message).replace(/ at line \d+, column \d+:?$/, "");
        return { file: this.file, line, column: col, path: "", message };
      });
      // What follows a slip in YAML may be its consequence: only the first is certain.
      const [first] = problems;
      if (first !== undefined) {
        const more = problems.length > 1 ? "; others may follow" : "";
        const problem = { ...first, message: `${first.message}${more}` };
        return { values: undefined, problems: [problem] };
      }
      const message = firstLine(error.message);
      return {
        values: undefined,
        problems: [{ file: this.file, line: 1, column: 1, path: "", message }],
      };
    }
  }

  /**
   * Finds where problems stand.
   *
   * @param problems The problems.
   * @returns The same with line and column, in the order of the file, each once.
   */
  async locate(problems: readonly Problem[]): Promise<LocatedProblem[]> {
    const tree = await this.#load();
    const located = problems.map(({ path, message, atKey }): LocatedProblem => {
      const { line, col } = tree.lines.linePos(offsetOf(tree, path, atKey ?? false));
      return { file: this.file, line, column: col, path: formatPath(path), message };
    });
    located.sort((a, b) => a.line - b.line || a.column - b.column);
    const texts = located.map(({ path, message }) => `${path}: ${message}`);
    return located.filter((_, index) => texts.indexOf(texts[index] ?? "") === index);
  }

  /**
   * Finds where something stands.
   *
   * @param path The way to it.
   * @returns Line and column, from 1, of the deepest part of the path that is there.
   */
  async placeOf(path: Path): Promise<{ readonly line: number; readonly column: number }> {
    const tree = await this.#load();
    const { line, col } = tree.lines.linePos(offsetOf(tree, path, false));
    return { line, column: col };
  }

  /**
   * Finds the text of a scalar, which a number's value does not show (`0800`).
   *
   * @param path The way to it.
   * @returns The text as the file has it; `undefined` if no scalar is there.
   */
  async writtenAt(path: Path): Promise<string | undefined> {
    const { yaml, document } = await this.#load();
    let node: unknown = document.contents;
    for (const step of path) node = child(yaml, document, node, step)?.value;
    const scalar = resolve(yaml, document, node);
    return yaml.isScalar(scalar) ? scalar.source : undefined;
  }

  /** The tree costs time and memory that a correct file need not spend. */
  async #load(): Promise<Tree> {
    if (this.#tree === undefined) {
      const yaml = await import("yaml");
      const lines = new yaml.LineCounter();
      const document = yaml.parseDocument(this.text, { lineCounter: lines, merge: true });
      this.#tree = { yaml, document, lines };
    }
    return this.#tree;
  }
}

/** Parsers quote what they do not understand, which may be a whole file that is no YAML. */
function firstLine(message: string): string {
  if (/call stack|maxDepth/i.test(message)) return "is nested too deep to be read";
  const [line = ""] = message.split("\n");
  return line.length > longestMessage ? `${line.slice(0, longestMessage)}…` : line;
}

const longestMessage = 200;

/** The place of the deepest existing part of a path: its key, or its value. */
function offsetOf({ yaml, document }: Tree, path: Path, atKey: boolean): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [index, step] of path.entries()) {
    const found = child(yaml, document, node, step);
    if (found === undefined) break;
    const wantsKey = found.key !== undefined && (atKey && index === path.length - 1);
    offset = (wantsKey ? startOf(found.key) : startOf(found.value) ?? startOf(found.key)) ?? offset;
    node = found.value;
  }
  return offset;
}

function child(
  yaml: YamlModule,
  document: Document,
  parent: unknown,
  step: string | number,
): { key?: unknown; value: unknown } | undefined {
  const node = resolve(yaml, document, parent);
  if (yaml.isSeq(node)) {
    const value = typeof step === "number" ? node.items[step] : undefined;
    return value === undefined ? undefined : { value };
  }
  if (!yaml.isMap(node)) return undefined;
  const own = node.items.find((pair) => keyOf(yaml, pair) === String(step));
  if (own !== undefined) return own;
  for (const pair of node.items) {
    if (keyOf(yaml, pair) !== "<<") continue;
    const merged = resolve(yaml, document, pair.value);
    for (const source of yaml.isSeq(merged) ? merged.items : [merged]) {
      const found = child(yaml, document, source, step);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function resolve(yaml: YamlModule, document: Document, node: unknown): unknown {
  return yaml.isAlias(node) ? node.resolve(document) : node;
}

function keyOf(yaml: YamlModule, pair: Pair): string {
  const key = yaml.isScalar(pair.key) ? pair.key.value : pair.key;
  return typeof key === "symbol" ? "<<" : String(key);
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
