import type { Outcome } from '../verdict/verdict.ts';
import { ResilientError, type ResilientErrorOptions } from './resilient-error.ts';
/** The time of a `withDeadline` scope is up: `code` is `DEADLINE`, and what had been begun may have taken effect. */
export declare class DeadlineError extends ResilientError {
    readonly code: "DEADLINE";
    /** The time that the scope had, in milliseconds. */
    readonly timeoutMs: number;
    /** What is known of the effect of the work inside. */
    readonly outcome: Outcome;
    constructor(timeoutMs: number, options?: ResilientErrorOptions & {
        readonly outcome?: Outcome;
    });
    toJSON(): Record<string, unknown>;
}
