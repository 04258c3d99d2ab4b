import type { Clock } from '../time/clock.ts';
import type { FailureKind } from '../verdict/verdict.ts';
/** Options of {@link RetryBudget}. */
export interface RetryBudgetOptions {
    /** Tokens when full. @defaultValue `500` */
    readonly capacity?: number;
    /** Tokens that a retry costs. @defaultValue `14` */
    readonly retryCost?: number;
    /** Tokens that a retry costs after `rate-limit` or `overload`. @defaultValue `5` */
    readonly throttleCost?: number;
    /** Retries per second that are allowed although it is empty; 0 is AWS's behaviour. @defaultValue `1` */
    readonly minPerSecond?: number;
    /** The dependency it belongs to, for events. @defaultValue `'retry'` */
    readonly name?: string;
    /** @defaultValue the system's */
    readonly clock?: Clock;
}
/**
 * The share of retries that a dependency may receive on top of its first attempts: a token bucket that retries drain
 * and successes fill, so that an outage gets about 2 % more load instead of four times as much.
 *
 * @throws TypeError | RangeError if an option is wrong
 * @example
 * ```ts
 * import { retry, RetryBudget } from '@resilient/core';
 *
 * const budget = new RetryBudget({ capacity: 100 });
 * await retry(async () => 'done', { budget });
 * console.log(budget.available); // 100
 * ```
 */
export declare class RetryBudget {
    #private;
    readonly capacity: number;
    constructor(options?: RetryBudgetOptions);
    /** Tokens left, from 0 to `capacity`. */
    get available(): number;
    /** Takes the tokens of one retry: answers their number, 0 if the floor paid, or -1 if there is nothing left. */
    tryAcquire(kind: FailureKind): number;
    /** Gives tokens back: those of a retry that succeeded or was not made, or 1 for a first attempt that succeeded. */
    release(cost: number): void;
}
