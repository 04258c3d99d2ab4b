import { ResilientError, type ResilientErrorOptions } from './resilient-error.ts';
/** One limit of time passed: `code` is `TIMEOUT`, `timeoutMs` the limit. What was begun may still have an effect. */
export declare class TimeoutError extends ResilientError {
    readonly code: "TIMEOUT";
    /** The limit that passed, in milliseconds. */
    readonly timeoutMs: number;
    constructor(timeoutMs: number, options?: ResilientErrorOptions & {
        readonly message?: string;
    });
    toJSON(): Record<string, unknown>;
}
