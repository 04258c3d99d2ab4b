import { DeadlineError } from '../errors/deadline-error.ts';
import { checkType } from '../options/check.ts';
import { type DeadlineScope, enclosingScope, endOf } from '../time/deadline.ts';
import { defaultSettings, type RetryOptions, type RetrySettings, retrySettings } from './options.ts';
import { FreeScope, RetryCall, type RetryContext } from './retry-call.ts';

/**
 * Runs `work`, and runs it again while it fails in a way that another attempt may cure.
 *
 * A permanent failure of the first attempt (a bug, a validation error, what `classify` calls permanent) is thrown on as
 * the same object; every other failure is a `RetryError` whose `cause` is the last error. An error that nobody knows is
 * retried: make sure that repeating the work is harmless.
 *
 * @throws TypeError | RangeError (rejects, before the first attempt) if an option is wrong
 * @throws DeadlineError `DEADLINE` (rejects, before the first attempt) if an enclosing `withDeadline` is over
 * @throws RetryError (rejects) with the code that follows from its `stopReason`: `RETRIES_EXHAUSTED`, `TIMEOUT`,
 *   `RATE_LIMITED`, `BUDGET_EXHAUSTED`, `REJECTED` or `ABORTED`
 * @example
 * ```ts
 * import { retry } from '@resilient/core';
 *
 * const page = await retry(async ({ signal }) => (await fetch('http://127.0.0.1:3000/', { signal })).text(), {
 *   maxRetries: 2,
 *   timeoutMs: 10_000,
 * });
 * ```
 */
export function retry<T>(
  work: (context: RetryContext) => T | PromiseLike<T>,
  options?: RetryOptions,
): Promise<T> {
  let settings = defaultSettings;
  try {
    checkType('work', work, 'function');
    if (options !== undefined) settings = retrySettings(options);
  } catch (error) {
    return Promise.reject(error);
  }
  return runRetry(work, settings);
}

/** The same with options that have been checked. */
export function runRetry<T>(
  work: (context: RetryContext) => T | PromiseLike<T>,
  settings: RetrySettings,
): Promise<T> {
  const outer = enclosingScope();
  return settings.isFree && !outer ? runFree(work, settings) : runBound(work, settings, outer);
}

/** A call that nothing bounds costs one promise: any more would cost as much as the rest. */
async function runFree<T>(
  work: (context: RetryContext) => T | PromiseLike<T>,
  settings: RetrySettings,
): Promise<T> {
  const startedAt = settings.clock.now();
  try {
    return await work(new FreeScope());
  } catch (error) {
    return new RetryCall(work, settings, Number.POSITIVE_INFINITY, undefined).goOn(error, startedAt);
  }
}

async function runBound<T>(
  work: (context: RetryContext) => T | PromiseLike<T>,
  settings: RetrySettings,
  outer: DeadlineScope | undefined,
): Promise<T> {
  const { clock, signal, timeoutMs, budget } = settings;
  const startedAt = clock.now();
  const ownEnd = startedAt + timeoutMs;
  const deadline = Math.min(ownEnd, endOf(outer, clock));
  const scope = deadline < ownEnd ? outer : undefined;
  if (scope && deadline <= startedAt) throw new DeadlineError(scope.timeoutMs, { outcome: 'not-sent' });
  const call = new RetryCall(work, settings, deadline, scope);
  if (signal?.aborted) throw call.givenUp(signal);
  let value: T;
  try {
    value = await call.attempt(1, startedAt);
  } catch (error) {
    return call.goOn(error, startedAt);
  }
  budget?.release(1);
  return value;
}
