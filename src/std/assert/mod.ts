/**
 * Stand-in for `jsr:@std/assert` where JSR cannot be reached: the part of it that our tests use,
 * same names, same signatures, over `node:assert`. Remove `links` from `deno.json` and the original
 * serves.
 *
 * @module
 */
import * as node from "node:assert";

type ErrorClass<E extends Error> = abstract new (...args: never[]) => E;

/** Fails if `expr` is falsy. */
export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new node.AssertionError({ message: msg });
}

/** Fails unless `actual` and `expected` are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  node.deepStrictEqual(actual, expected, withDiff(msg, actual, expected));
}

/** Fails unless `actual` contains `expected`. */
function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  if (!actual.includes(expected)) {
    const found = `Expected actual: ${JSON.stringify(actual)} to contain: ${
      JSON.stringify(expected)
    }`;
    throw new node.AssertionError({ message: msg === undefined ? found : `${found}: ${msg}` });
  }
}

/** Fails unless `actual` matches `expected`. */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  node.match(actual, expected, msg);
}

/** Fails unless `actual` is an instance of `expectedType`. */
export function assertInstanceOf<T extends abstract new (...args: never[]) => unknown>(
  actual: unknown,
  expectedType: T,
  msg = "",
): asserts actual is InstanceType<T> {
  if (!(actual instanceof expectedType)) {
    throw new node.AssertionError({
      message: `Expected object to be an instance of "${expectedType.name}"${msg && `: ${msg}`}`,
    });
  }
}

/** Fails unless `fn` throws; returns what it threw. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows<E extends Error>(
  fn: () => unknown,
  errorClassOrMsg?: ErrorClass<E> | string,
  msgIncludes?: string,
): unknown {
  try {
    fn();
  } catch (error) {
    return checked(error, errorClassOrMsg, msgIncludes);
  }
  throw new node.AssertionError({ message: "Expected function to throw." });
}

/** Fails unless the promise that `fn` returns is rejected; resolves to the reason. */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects<E extends Error>(
  fn: () => PromiseLike<unknown>,
  errorClassOrMsg?: ErrorClass<E> | string,
  msgIncludes?: string,
): Promise<unknown> {
  try {
    await fn();
  } catch (error) {
    return checked(error, errorClassOrMsg, msgIncludes);
  }
  throw new node.AssertionError({ message: "Expected function to reject." });
}

function checked<E extends Error>(
  error: unknown,
  errorClassOrMsg: ErrorClass<E> | string | undefined,
  msgIncludes: string | undefined,
): unknown {
  if (typeof errorClassOrMsg !== "function") return error;
  if (!(error instanceof errorClassOrMsg)) {
    throw new node.AssertionError({
      message: `Expected error to be instance of "${errorClassOrMsg.name}", but was "${
        error instanceof Error ? `${error.name}: ${error.message}` : String(error)
      }".`,
    });
  }
  if (msgIncludes !== undefined) assertStringIncludes(error.message, msgIncludes);
  return error;
}

function withDiff(msg: string | undefined, actual: unknown, expected: unknown): Error | undefined {
  if (msg === undefined) return undefined;
  try {
    node.deepStrictEqual(actual, expected);
  } catch (error) {
    if (error instanceof Error) error.message = `${msg}\n${error.message}`;
    return error instanceof Error ? error : undefined;
  }
  return undefined;
}
