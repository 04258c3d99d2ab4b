import type { AlertSeverity } from './alert-state.ts';

/** The rules there are. */
export type AlertRule = 'repeated-error' | 'error-flood' | 'threshold' | 'check';

/** What an alert is about, as it may be told: an allow-list, everything in it masked. */
export interface AlertFacts {
  /** What happened, in one line of our own words. */
  readonly summary: string;
  /** The window of the rule, in milliseconds. */
  readonly windowMs?: number;
  readonly errorType?: string;
  readonly errorCode?: string;
  /** Masked, at most 200 characters on one line. */
  readonly errorMessage?: string;
  /** The template of a route. */
  readonly route?: string;
  readonly firstSeenAt?: Date;
  readonly lastSeenAt?: Date;
  /** The value of a metric: a share from 0 to 1, or milliseconds. */
  readonly value?: number;
  /** The threshold that it is above. */
  readonly threshold?: number;
}

/** One rule and one key: a fingerprint or a metric, never a request or a user. */
export interface AlertSource {
  /** Set by the book of alerts while it fires or is quiet: then it is looked at when its time has come. */
  isKept?: boolean;
  readonly rule: AlertRule;
  readonly key: string;
  readonly severity: AlertSeverity;
  /** How often it has happened in all. */
  readonly total: number;
  /** How many of them belong to the first notice. */
  readonly initial: number;
  /** How long the rule must be false until the alert is over, in milliseconds. */
  readonly resolveAfterMs: number;
  /** Whether the rule is true at the monotonic instant `now`. */
  holds(now: number): boolean;
  /** The first instant at which it is no longer true if nothing more happens; `Infinity` if that is seen otherwise. */
  endsAt(): number;
  facts(): AlertFacts;
}
