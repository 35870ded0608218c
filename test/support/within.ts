/**
 * Bounds for tests that wait.
 *
 * @module
 */

/**
 * Waits for something, at most for a time: a fault then names what was awaited instead of ending CI by its limit.
 *
 * @param ms The limit, in milliseconds.
 * @param awaited What is awaited, for the message.
 * @param promise The thing itself.
 * @returns Its value.
 */
export async function within<T>(ms: number, awaited: string, promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no ${awaited} within ${ms} ms`)), ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
