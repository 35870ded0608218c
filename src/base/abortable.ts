/**
 * Waiting no longer than wanted.
 *
 * @module
 */

/**
 * Waits for something unless a signal is aborted first; the thing itself goes on.
 *
 * @param work The promise to wait for.
 * @param signal Ends the wait: the promise rejects with its reason.
 * @returns Its value.
 */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
