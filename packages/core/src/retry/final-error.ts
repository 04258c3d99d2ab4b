import { RetryError } from '../errors/retry-error.ts';
import { isObserved, publish } from '../events/publish.ts';
import type { AttemptFailure } from './run-attempts.ts';

const REASONS: Partial<Record<AttemptFailure['stopReason'], string>> = {
  permanent: 'the last failure is not worth repeating',
  attempts: 'no attempt is left',
  deadline: 'the time is up',
  budget: 'the retry budget is empty',
  'retry-after-too-long': 'the other side asks to wait for longer than there is time',
  aborted: 'the caller gave up',
};

/** What a caller of `retry` gets: a permanent error of the first attempt as it is, else a `RetryError`, which is published. */
export function finalError(name: string, failure: AttemptFailure): unknown {
  if (failure.stopReason === 'permanent' && failure.attemptCount === 1) return failure.error;
  const count = failure.attemptCount === 1 ? '1 attempt' : `${failure.attemptCount} attempts`;
  const error = new RetryError({
    message: `${name} failed after ${count}: ${REASONS[failure.stopReason] ?? failure.stopReason}`,
    stopReason: failure.stopReason,
    attempts: failure.attempts,
    outcome: failure.outcome,
    cause: failure.error,
  });
  if (isObserved('exhausted')) {
    const { code, stopReason, outcome } = error;
    publish({
      kind: 'exhausted',
      name,
      package: 'core',
      code,
      stopReason,
      outcome,
      attempts: failure.attemptCount,
    });
  }
  return error;
}
