import {
  type AttemptFailure,
  type AttemptPlan,
  exponentialBackoff,
  isObserved,
  publish,
  type StopReason,
  type Verdict,
} from '@resilient/core';
import { CommitError, type CommitErrorCode } from './commit-error.ts';
import { isConstraint } from './explain.ts';
import type { CommitSettings } from './options.ts';
import { UnitFailure } from './unit-failure.ts';

const BACKOFF = exponentialBackoff();

/** An error that should not have come this far: what happened to the unit is not known. */
const OURS: Verdict = Object.freeze({ transient: false, kind: 'bug', outcome: 'unknown' });

/** What follows from the stop reason alone. */
const BY_REASON: Partial<Record<StopReason, CommitErrorCode>> = {
  attempts: 'RETRIES_EXHAUSTED',
  deadline: 'TIMEOUT',
  saturated: 'POOL_EXHAUSTED',
  closed: 'CLOSED',
  aborted: 'ABORTED',
  'unknown-outcome': 'OUTCOME_UNKNOWN',
};

/** Failures after which the unit is not run again, however transient the error behind them. */
const VETOES: Partial<Record<UnitFailure['sort'], StopReason>> = {
  time: 'deadline',
  unknown: 'unknown-outcome',
  closed: 'closed',
};

function codeOf(stopReason: StopReason, last: UnitFailure | undefined): CommitErrorCode {
  const code = BY_REASON[stopReason];
  if (code) return code;
  if (last?.sort === 'work') return 'WORK_FAILED';
  if (last?.verdict.kind === 'timeout') return 'TIMEOUT';
  return last?.verdict.code !== undefined && isConstraint(last.verdict.code) ? 'CONSTRAINT' : 'REJECTED';
}

/** A name that the database gives with its error; never a value. */
function nameIn(error: unknown, field: 'constraint' | 'table'): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const name = (error as Record<string, unknown>)[field];
  return typeof name === 'string' ? name : undefined;
}

function failureOf(settings: CommitSettings, failure: AttemptFailure): CommitError {
  const last = failure.error instanceof UnitFailure ? failure.error : undefined;
  const { stopReason, refusal, attemptCount } = failure;
  const code = codeOf(stopReason, last);
  const after = attemptCount === 1 ? '1 attempt' : `${attemptCount} attempts`;
  const what =
    refusal?.detail ?? (stopReason === 'aborted' ? 'the caller gave up' : last?.words) ?? 'the time was up';
  const known = code === 'OUTCOME_UNKNOWN' ? 'may or may not have been committed' : 'was not committed';
  const refused = (refusal as { cause?: unknown } | undefined)?.cause;
  const database = last?.sort === 'database' || last?.sort === 'unknown';
  const error = new CommitError({
    code,
    message: `${settings.name} ${known} (${after}): ${what}`,
    stopReason,
    attempts: failure.attempts,
    outcome: code !== 'OUTCOME_UNKNOWN' && failure.outcome === 'unknown' ? 'rejected' : failure.outcome,
    cause: refused ?? last?.cause ?? failure.error,
    sqlState: database ? last?.verdict.code : undefined,
    constraint: database ? nameIn(last?.cause, 'constraint') : undefined,
    table: database ? nameIn(last?.cause, 'table') : undefined,
    xid: last?.xid,
  });
  if (isObserved('exhausted')) {
    const { outcome } = error;
    publish({
      kind: 'exhausted',
      name: settings.name,
      package: 'db',
      code,
      stopReason,
      outcome,
      attempts: attemptCount,
    });
  }
  return error;
}

/** The rules by which a unit is run again; `onEnd` is told how often it was run, if that ends without a value. */
export function planOf(
  settings: CommitSettings,
  deadline: number,
  onEnd?: (attempts: number) => void,
): AttemptPlan {
  let last: UnitFailure | undefined;
  return {
    name: settings.name,
    package: 'db',
    maxRetries: settings.maxRetries,
    backoff: BACKOFF,
    deadline,
    signal: settings.signal,
    clock: settings.clock,
    random: settings.random,
    budget: undefined,
    verdictOf: (error) => {
      last = error instanceof UnitFailure ? error : undefined;
      return last?.verdict ?? OURS;
    },
    messageOf: (error) => (error instanceof UnitFailure ? error.words : 'a mistake of the library'),
    veto: () => (last ? VETOES[last.sort] : undefined),
    fail: (failure) => {
      onEnd?.(failure.attemptCount);
      return failureOf(settings, failure);
    },
  };
}
