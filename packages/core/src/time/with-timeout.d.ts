import type { Clock } from './clock.ts';
/** Options of {@link withTimeout}. */
export interface TimeoutOptions {
    /** Milliseconds, above 0; `Infinity` for no limit of its own. 1 s and more may pass up to 25 ms late, never early. */
    readonly timeoutMs: number;
    /** Gives up early: the promise rejects with the signal's reason. */
    readonly signal?: AbortSignal;
    /** What it is about, for events. @defaultValue `'work'` */
    readonly name?: string;
    /** @defaultValue the system's */
    readonly clock?: Clock;
}
/** What work under a timeout is given; `signal` is made when it is first read. */
export interface TimeoutContext {
    /** Aborted with the `TimeoutError` when time is up. */
    readonly signal: AbortSignal;
    /** The instant on the clock's scale. */
    readonly deadline: number;
}
/**
 * Runs work for at most `timeoutMs`. The promise settles when time is up, whether or not the work listens to its
 * `signal`; a late result changes nothing. A value that is there in time is never thrown away.
 *
 * @throws TypeError | RangeError if an option is wrong, from the call itself
 * @throws TimeoutError `TIMEOUT` (rejects) when time is up
 * @throws DeadlineError `DEADLINE` (rejects) when an enclosing `withDeadline` ends first
 * @example
 * ```ts
 * import { withTimeout } from '@resilient/core';
 *
 * const answer = await withTimeout(({ signal }) => fetch('http://127.0.0.1:3000/', { signal }), { timeoutMs: 2_000 });
 * ```
 */
export declare function withTimeout<T>(work: (context: TimeoutContext) => T | PromiseLike<T>, options: TimeoutOptions): Promise<T>;
