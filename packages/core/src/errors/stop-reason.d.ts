import type { FailureKind, Outcome } from '../verdict/verdict.ts';
/** Why no further attempt was made. */
export type StopReason = 'permanent' | 'attempts' | 'deadline' | 'budget' | 'circuit-open' | 'saturated' | 'retry-after-too-long' | 'unknown-outcome' | 'aborted' | 'closed';
/** What one attempt did. */
export interface AttemptRecord {
    /** 1 for the first attempt. */
    readonly attempt: number;
    /** Wall time at which it began. */
    readonly startedAt: Date;
    readonly durationMs: number;
    readonly kind: FailureKind;
    readonly code?: string;
    readonly outcome: Outcome;
    /** The foreign message, cut to 200 characters and masked. */
    readonly message: string;
    /** How long was waited after this attempt, in milliseconds; absent after the last one. */
    readonly delayMs?: number;
    readonly delaySource?: 'backoff' | 'retry-after' | 'gate';
}
