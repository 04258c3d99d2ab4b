import type { AttemptRecord, StopReason } from '../errors/stop-reason.ts';
import type { Clock } from '../time/clock.ts';
import type { Outcome, Verdict } from '../verdict/verdict.ts';
import type { Backoff } from './backoff.ts';
import type { RetryBudget } from './budget.ts';
import { Refusal } from './refusal.ts';
/** A wait before the next attempt. */
export interface Wait {
    readonly delayMs: number;
    readonly source: NonNullable<AttemptRecord['delaySource']>;
}
/** The rules of one call: what an attempt's failure means, and what may follow it. None of the functions may throw. */
export interface AttemptPlan {
    /** The dependency's name. */
    readonly name: string;
    /** The package that runs it, for events. */
    readonly package: string;
    readonly maxRetries: number;
    readonly backoff: Backoff;
    /** On the clock's scale; `Infinity` for none. */
    readonly deadline: number;
    /** Ends a wait at once. */
    readonly signal: AbortSignal | undefined;
    readonly clock: Clock;
    readonly random: () => number;
    readonly budget: RetryBudget | undefined;
    verdictOf(error: unknown): Verdict;
    /** The foreign message as it may be shown: masked, and cut. */
    messageOf(error: unknown): string;
    /** Why this failure must not be repeated although it is transient. */
    veto?(verdict: Verdict): StopReason | undefined;
    /** Another wait than the backoff or the hint, such as one at a gate; `undefined` for the usual one. */
    waitFor?(verdict: Verdict): Wait | undefined;
    /** Asked before a wait is begun: a refusal that would follow it anyway. */
    refuse?(delayMs: number): Refusal | undefined;
    /** The error that the caller gets. */
    fail(failure: AttemptFailure): unknown;
}
/** How a call has ended without a value. */
export interface AttemptFailure {
    readonly stopReason: StopReason;
    /** The last real error; `undefined` if no attempt was made. */
    readonly error: unknown;
    /** The verdict on it; `undefined` if no attempt was made. */
    readonly verdict: Verdict | undefined;
    /** The decision of ours that ended it, if one did. */
    readonly refusal: Refusal | undefined;
    readonly attempts: readonly AttemptRecord[];
    /** Attempts made, also those that `attempts` has no room for. */
    readonly attemptCount: number;
    readonly outcome: Outcome;
}
/**
 * Makes the first attempt and, if it fails, those that the plan allows. `run` is called with 1, 2, …; it rejects with
 * the attempt's error, or with a {@link Refusal} if none was made. `startedAt` is the clock's time of the call.
 */
export declare function runAttempts<T>(plan: AttemptPlan, run: (attempt: number) => T | PromiseLike<T>, startedAt: number): Promise<T>;
