import { type RetryOptions } from './options.ts';
/** What an attempt is given. */
export interface RetryContext {
    /** 1 for the first attempt. */
    readonly attempt: number;
    /** Aborted when the total time is up, or the caller gives up; made when it is first read. */
    readonly signal: AbortSignal;
    /** The instant, on the clock's scale, after which nothing of this call is running; `Infinity` for none. */
    readonly deadline: number;
}
/**
 * Runs `work`, and runs it again while it fails in a way that another attempt may cure.
 *
 * A permanent failure of the first attempt (a bug, a validation error, what `classify` calls permanent) is thrown on as
 * the same object; every other failure is a `RetryError` whose `cause` is the last error. An error that nobody knows is
 * retried: make sure that repeating the work is harmless.
 *
 * @throws TypeError | RangeError (rejects, before the first attempt) if an option is wrong
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
export declare function retry<T>(work: (context: RetryContext) => T | PromiseLike<T>, options?: RetryOptions): Promise<T>;
