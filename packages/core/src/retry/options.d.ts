import type { Logger } from '../log/types.ts';
import type { Clock } from '../time/clock.ts';
import type { Classifier, Verdict } from '../verdict/verdict.ts';
import { type Backoff } from './backoff.ts';
import { RetryBudget } from './budget.ts';
/** Options of {@link retry}. */
export interface RetryOptions {
    /** Attempts after the first: a whole number from 0, `Infinity` for no limit. @defaultValue `3` */
    readonly maxRetries?: number;
    /** Attempts in all, from 1: another way to say `maxRetries`; giving both throws. */
    readonly maxAttempts?: number;
    /** How long to wait before a retry. @defaultValue `exponentialBackoff()`: up to 100, 200, 400 ms, full jitter */
    readonly backoff?: Backoff;
    /** Judges errors before the built-in classifier does; `undefined` leaves the error to it. */
    readonly classify?: Classifier;
    /** Total time of all attempts and waits in milliseconds, above 0. @defaultValue `Infinity`, or the enclosing deadline */
    readonly timeoutMs?: number;
    /** Interrupts a wait at once, and is passed on to the attempt. */
    readonly signal?: AbortSignal;
    /** A share of retries that several callers keep to. @defaultValue none */
    readonly budget?: RetryBudget;
    /** What it is about, for events and messages. @defaultValue `'retry'` */
    readonly name?: string;
    /** @defaultValue the shared pino logger, at level `warn` */
    readonly logger?: Logger;
    /** @defaultValue the system's */
    readonly clock?: Clock;
    /** From 0 to 1, 1 excluded. @defaultValue `Math.random` */
    readonly random?: () => number;
    /** What to do with an error that no classifier knows. @defaultValue `'retry'` */
    readonly unknownErrors?: 'retry' | 'fail';
}
/** The options with everything decided. */
export interface RetrySettings {
    readonly maxRetries: number;
    readonly backoff: Backoff;
    readonly classify: Classifier | undefined;
    readonly timeoutMs: number;
    readonly signal: AbortSignal | undefined;
    readonly budget: RetryBudget | undefined;
    readonly name: string;
    readonly logger: Logger;
    readonly clock: Clock;
    readonly random: () => number;
    readonly unknownErrors: 'retry' | 'fail';
}
/** What a failure that nobody knows means, where the caller asked for retries. */
export declare const unknownFailure: Verdict;
/**
 * The number of retries that the two ways to say it mean.
 *
 * @throws TypeError | RangeError if one is wrong, or both are given
 */
export declare function maxRetriesOf(options: {
    maxRetries?: number;
    maxAttempts?: number;
}, fallback: number): number;
/** Checks the options of `retry` and fills in the defaults. */
export declare function retrySettings(options: RetryOptions): RetrySettings;
