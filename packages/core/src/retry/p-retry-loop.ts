import pRetry, { AbortError } from 'p-retry';

/**
 * The one error that p-retry ever sees: what was really thrown could be no Error (it would be lost), a TypeError (it
 * would never be retried) or an AbortError (it would end the loop).
 */
const CARRIER = new Error('an attempt failed');

/**
 * Goes on after an attempt that has failed: `again` waits and answers whether to, `attempt` is then made, and both keep
 * what they learn to themselves. Rejects, with nothing to say, when no attempt follows. p-retry keeps the loop: its first
 * run stands for the attempt that has been made, so that its count of retries is right; it has no delay and no signal of
 * its own, since it would throw away a value that came together with an abort.
 */
export function loopAfterFailure<T>(
  maxRetries: number,
  attempt: (number: number) => Promise<T>,
  again: () => Promise<boolean>,
): Promise<T> {
  return pRetry(
    async (number) => {
      if (number === 1) throw CARRIER;
      try {
        return await attempt(number);
      } catch {
        throw CARRIER;
      }
    },
    { retries: maxRetries, minTimeout: 0, shouldRetry: again },
  );
}

/** What p-retry's own AbortError, thrown by a user's function, holds; `undefined` for any other error. */
export function abortedWith(error: unknown): Error | undefined {
  let original: Error | undefined;
  let next: unknown = error;
  while (next instanceof AbortError && next.originalError instanceof Error && next.originalError !== next) {
    original = next.originalError;
    next = original;
  }
  return original;
}
