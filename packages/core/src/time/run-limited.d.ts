import type { Clock } from './clock.ts';
import type { WorkScope } from './work-scope.ts';
/** The bounds of one piece of work. */
export interface Limits {
    readonly clock: Clock;
    /** Milliseconds that the work has, above 0; `Infinity` for no limit. */
    readonly ms: number;
    /** Settles the promise at once with its reason. */
    readonly signal?: AbortSignal | undefined;
    /** Makes the error with which time's end rejects; it is also the reason of the scope's signal. */
    readonly onTimeout: () => unknown;
    /** `true` if the caller releases the scope, because its signal is still needed when the promise has settled. */
    readonly keepScope?: boolean;
}
/**
 * Runs work under limits: whichever comes first, its own end, the limit or the caller's abort, settles the promise,
 * and a late result changes nothing. p-timeout keeps the time; it is given a lazy `fallback`, since its own error is
 * built, with a stack, for every call (14 µs against 0.8).
 */
export declare function runLimited<S extends WorkScope, T>(scope: S, work: (scope: S) => T | PromiseLike<T>, limits: Limits): Promise<T>;
