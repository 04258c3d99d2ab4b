import type { Clock, TimerHandle } from './clock.ts';

/**
 * Waits `ms` on a clock's timers; rejects with the signal's reason as soon as it is aborted, and leaves neither a
 * timer nor a listener. A wait of 0 ms goes through a timer too, so that other work gets its turn.
 * @example
 * ```ts
 * import { sleepOn, systemClock } from '@resilient/core';
 *
 * await sleepOn(systemClock, 5, AbortSignal.timeout(1_000));
 * ```
 */
export function sleepOn(
  clock: Pick<Clock, 'setTimer' | 'clearTimer'>,
  ms: number,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    let timer: TimerHandle;
    const onAbort = (): void => {
      clock.clearTimer(timer);
      reject(signal?.reason);
    };
    timer = clock.setTimer(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
