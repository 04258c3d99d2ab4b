import type { StopReason } from '../errors/stop-reason.ts';
import type { FailureKind, Outcome } from '../verdict/verdict.ts';

/** What every event says: which dependency, which package of ours. Never user data. */
interface EventOf<Kind extends string> {
  readonly kind: Kind;
  /** Name of the dependency, pool, store or rule that it is about. */
  readonly name: string;
  /** The package that speaks, such as `http`. */
  readonly package: string;
  /** `true` if this is a state told again to a new listener, not something that happens now. */
  readonly replay?: boolean;
}

/** A failed attempt will be followed by another. */
export interface RetryEvent extends EventOf<'retry'> {
  readonly attempt: number;
  readonly delayMs: number;
  readonly failure: FailureKind;
  readonly code?: string;
}

/** A call or unit has failed for good. */
export interface ExhaustedEvent extends EventOf<'exhausted'> {
  readonly code: string;
  readonly stopReason: StopReason;
  readonly outcome: Outcome;
  readonly attempts: number;
}

/** One limit of time passed. */
export interface TimeoutEvent extends EventOf<'timeout'> {
  readonly timeoutMs: number;
}

/** A circuit breaker changed its state. */
export interface BreakerEvent extends EventOf<'breaker'> {
  readonly state: 'closed' | 'open' | 'half-open';
  readonly retryAt?: Date;
}

/** A retry budget ran dry or recovered. */
export interface BudgetEvent extends EventOf<'budget'> {
  readonly state: 'empty' | 'available';
  readonly available: number;
}

/** A rate limit closed its gate, or opened it again. */
export interface RateLimitEvent extends EventOf<'rate-limit'> {
  readonly state: 'closed' | 'open';
  readonly retryAt?: Date;
}

/** A limit of concurrency refused a call. */
export interface SaturatedEvent extends EventOf<'saturated'> {
  readonly limit: number;
}

/** A second request was sent beside a slow first. */
export interface HedgeEvent extends EventOf<'hedge'> {
  readonly attempt: number;
}

/** A fallback answered in place of a failed call, or failed itself. */
export interface FallbackEvent extends EventOf<'fallback'> {
  readonly ok: boolean;
  readonly code?: string;
}

/** A unit of work has ended: committed, known not to be, or unknown. */
export interface CommitEvent extends EventOf<'commit'> {
  readonly result: 'committed' | 'failed' | 'unknown';
  readonly code?: string;
  readonly attempts: number;
  readonly durationMs: number;
}

/** A pool of connections changed its state. */
export interface PoolEvent extends EventOf<'pool'> {
  readonly state: 'ok' | 'exhausted' | 'down' | 'leak';
  readonly inUse: number;
  readonly waiting: number;
  readonly limit: number;
}

/** One key of one session was repaired, or a store of sessions failed. */
export interface SessionEvent extends EventOf<'session'> {
  readonly action:
    | 'defaulted'
    | 'replaced'
    | 'removed'
    | 'migrated'
    | 'restored'
    | 'reset'
    /** The same key of the same session was repaired three times within an hour: whoever writes it is wrong. */
    | 'repeated'
    | 'corrupt'
    /** Two requests changed one session at the same time in a way that could not be brought together silently. */
    | 'conflict'
    | 'store-down'
    | 'store-up';
  /** The key of the session, never its value. */
  readonly key?: string;
  readonly keyKind?: 'identity' | 'authority' | 'preference';
}

/** An error that somebody wants counted: `safeExecute`, a supervisor, a background task. */
export interface ErrorEvent extends EventOf<'error'> {
  /** The error itself, for listeners in this process; never to be sent as it is. */
  readonly error: unknown;
}

/** A rule of the health monitor fired, repeats or is over. */
export interface AlertEvent extends EventOf<'alert'> {
  readonly state: 'fired' | 'repeated' | 'resolved';
  readonly severity: 'warning' | 'critical';
  readonly count: number;
}

/** Something that works, but will not for long. */
export interface WarningEvent extends EventOf<'warning'> {
  readonly code: string;
  readonly message: string;
}

/** Everything that @resilient tells about itself, by `kind`. */
export type ResilienceEvent =
  | RetryEvent
  | ExhaustedEvent
  | TimeoutEvent
  | BreakerEvent
  | BudgetEvent
  | RateLimitEvent
  | SaturatedEvent
  | HedgeEvent
  | FallbackEvent
  | CommitEvent
  | PoolEvent
  | SessionEvent
  | ErrorEvent
  | AlertEvent
  | WarningEvent;

/** The kinds of {@link ResilienceEvent}; each has a channel `resilient:<kind>` of `node:diagnostics_channel`. */
export type ResilienceEventKind = ResilienceEvent['kind'];
