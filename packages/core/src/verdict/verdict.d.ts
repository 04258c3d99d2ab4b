/** What is known of an effect: it cannot have happened, the other side refused it, or it may have happened. */
export type Outcome = 'not-sent' | 'rejected' | 'unknown';
/** What sort of failure it was. */
export type FailureKind = 'timeout' | 'network' | 'rate-limit' | 'overload' | 'server' | 'lock' | 'conflict' | 'disconnect' | 'auth' | 'quota' | 'invalid' | 'aborted' | 'bug' | 'unknown';
/** What an error means: whether to try again, what may have happened, and how long the other side asks to wait. */
export interface Verdict {
    /** `true` if another attempt may well succeed. */
    readonly transient: boolean;
    readonly kind: FailureKind;
    readonly outcome: Outcome;
    /** The other side's own hint, in milliseconds from now. */
    readonly retryAfterMs?: number;
    /** SQLSTATE, errno, HTTP status as text, or the vendor's code. */
    readonly code?: string;
}
/**
 * Judges an error, or answers `undefined` for one it does not know. `now` is wall time in milliseconds, for hints
 * that are dates. A classifier that throws counts as one that does not know.
 */
export type Classifier = (error: unknown, now: number) => Verdict | undefined;
