/**
 * YAML aliases that a configuration cannot mean: one inside of what it names, and aliases of aliases that stand for
 * millions of values.
 *
 * @module
 */
import type { Problem } from "./problems.ts";

type Path = readonly (string | number)[];

/** A configuration of ten thousand queries has fewer values. */
const mostValues = 1_000_000;
/** Deeper than any sequence of DICOM, and less deep than the stack. */
const deepest = 150;

/**
 * Looks for aliases that never end, or stand for too much.
 *
 * @param values The values of the file; an alias is the same object again.
 * @returns The first problem; undefined if there is none.
 */
export function aliasProblem(values: unknown): Problem | undefined {
  const known = new Map<object, Extent>();
  const open = new Set<object>();
  const extentOf = (value: unknown, path: Path): Extent => {
    if (typeof value !== "object" || value === null) return { size: 1, depth: 0 };
    if (open.has(value)) {
      throw new AliasProblem(path, "an alias stands inside of what it names: it has no end");
    }
    const extent = known.get(value) ?? measure(value, path);
    if (path.length + extent.depth > deepest) {
      throw new AliasProblem(path, `is nested more than ${deepest} deep`);
    }
    return extent;
  };
  const measure = (value: object, path: Path): Extent => {
    open.add(value);
    let size = 1;
    let depth = 0;
    for (const [key, one] of Object.entries(value)) {
      const inner = extentOf(one, [...path, Array.isArray(value) ? Number(key) : key]);
      size += inner.size;
      depth = Math.max(depth, inner.depth + 1);
    }
    open.delete(value);
    if (size > mostValues) {
      throw new AliasProblem(path, `its aliases stand for more than ${mostValues} values`);
    }
    known.set(value, { size, depth });
    return { size, depth };
  };
  try {
    extentOf(values, []);
    return undefined;
  } catch (error) {
    if (!(error instanceof AliasProblem)) throw error;
    return { path: error.path, message: error.message };
  }
}

/** The number of values in one value, itself included, and their depth. */
interface Extent {
  readonly size: number;
  readonly depth: number;
}

class AliasProblem extends Error {
  readonly path: Path;

  constructor(path: Path, message: string) {
    super(message);
    this.path = path;
  }
}
