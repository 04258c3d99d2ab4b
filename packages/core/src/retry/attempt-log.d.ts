import type { AttemptRecord } from '../errors/stop-reason.ts';
import type { Outcome } from '../verdict/verdict.ts';
type Mutable<T> = {
    -readonly [K in keyof T]: T[K];
};
/** What the attempts of one call did: the first 16 and the last 16 of them, and the worst that may have happened. */
export declare class AttemptLog {
    #private;
    /** Attempts made, also those whose record is gone. */
    count: number;
    add(record: Mutable<AttemptRecord>): void;
    /** Notes how long was waited after the last attempt. */
    waited(delayMs: number, delaySource: NonNullable<AttemptRecord['delaySource']>): void;
    get records(): readonly AttemptRecord[];
    /** unknown, then rejected, then not-sent; `not-sent` if no attempt was made. */
    get worst(): Outcome;
}
export {};
