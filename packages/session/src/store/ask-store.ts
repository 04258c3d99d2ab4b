import { type Clock, TimeoutError, withoutDeadline } from '@resilient/core';

/**
 * Asks a store with a time limit: it may throw, answer twice, late or never, and its caller hears once.
 */
export function askStore(
  clock: Clock,
  timeoutMs: number,
  question: (answer: (error?: unknown, result?: unknown) => void) => unknown,
  done: (error: unknown, result?: unknown) => void,
): void {
  let settled = false;
  let timer: unknown;
  const settle = (error: unknown, result?: unknown): void => {
    if (settled) return;
    settled = true;
    clock.clearTimer(timer);
    done(error, result);
  };
  timer = withoutDeadline(() => clock.setTimer(() => settle(new TimeoutError(timeoutMs)), timeoutMs));
  let returned: unknown;
  try {
    returned = question((error, result) => settle(error ?? undefined, result));
  } catch (error) {
    settle(error ?? new Error('the store threw nothing'));
    return;
  }
  // A store written as an async function: its rejection must not end the process.
  if (typeof (returned as PromiseLike<unknown> | null | undefined)?.then !== 'function') return;
  Promise.resolve(returned).catch((error: unknown) => settle(error ?? new Error('rejected')));
}
