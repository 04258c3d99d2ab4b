import type { Outcome } from '../verdict/verdict.ts';
import { ResilientError, type ResilientErrorOptions } from './resilient-error.ts';
import type { AttemptRecord, StopReason } from './stop-reason.ts';

/** What {@link RetryError} is made of. */
export interface RetryFacts extends ResilientErrorOptions {
  readonly message: string;
  /** Why it ended. */
  readonly stopReason: StopReason;
  /** At most 32 records, the first 16 and the last 16. */
  readonly attempts: readonly AttemptRecord[];
  /** The worst of all attempts: unknown, then rejected, then not-sent. */
  readonly outcome: Outcome;
}

/** Codes that follow from `stopReason` alone. @see http contract, "Failure" */
const CODES: Record<Exclude<StopReason, 'attempts'>, string> = {
  permanent: 'REJECTED',
  deadline: 'TIMEOUT',
  budget: 'BUDGET_EXHAUSTED',
  'circuit-open': 'CIRCUIT_OPEN',
  saturated: 'SATURATED',
  'retry-after-too-long': 'RATE_LIMITED',
  'unknown-outcome': 'OUTCOME_UNKNOWN',
  aborted: 'ABORTED',
  closed: 'CLOSED',
};

/** The code of a failure: by its stop reason, and by the last verdict where all attempts were used. */
export function codeOf(stopReason: StopReason, attempts: readonly AttemptRecord[]): string {
  if (stopReason !== 'attempts') return CODES[stopReason];
  const last = attempts.at(-1)?.kind;
  return last === 'rate-limit' ? 'RATE_LIMITED' : last === 'timeout' ? 'TIMEOUT' : 'RETRIES_EXHAUSTED';
}

/**
 * Every attempt failed, or no further one could be made: `stopReason` says why, `attempts` what happened, `outcome`
 * what may have taken effect, and `cause` is the last error.
 *
 * @example
 * ```ts
 * import { retry, RetryError } from '@resilient/core';
 *
 * try {
 *   await retry(async () => { throw new Error('down'); }, { maxRetries: 1 });
 * } catch (error) {
 *   if (error instanceof RetryError) console.log(error.code, error.attempts.length); // RETRIES_EXHAUSTED 2
 * }
 * ```
 */
export class RetryError extends ResilientError {
  readonly code: string;
  readonly stopReason: StopReason;
  readonly attempts: readonly AttemptRecord[];
  readonly outcome: Outcome;

  constructor(facts: RetryFacts & { readonly code?: string }) {
    super(facts.message, facts);
    this.code = facts.code ?? codeOf(facts.stopReason, facts.attempts);
    this.stopReason = facts.stopReason;
    this.attempts = facts.attempts;
    this.outcome = facts.outcome;
  }

  override toJSON(): Record<string, unknown> {
    const { stopReason, outcome, attempts } = this;
    return { ...super.toJSON(), stopReason, outcome, attempts };
  }
}
