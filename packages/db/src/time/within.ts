import type { Clock } from '@resilient/core';

/** Says that what was waited for did not come in time. */
export const LATE: unique symbol = Symbol('late');

/** What an operation answers, or {@link LATE} after `ms` milliseconds; rejects with the signal's reason when aborted. */
export function within<T>(
  clock: Clock,
  ms: number,
  work: Promise<T>,
  signal?: AbortSignal,
): Promise<T | typeof LATE> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      clock.clearTimer(timer);
      signal?.removeEventListener('abort', onAbort);
      act();
    };
    const onAbort = (): void => settle(() => reject(signal?.reason));
    const timer = clock.setTimer(() => settle(() => resolve(LATE)), Math.max(0, ms));
    work.then(
      (value) => settle(() => resolve(value)),
      (error) => settle(() => reject(error)),
    );
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
}
