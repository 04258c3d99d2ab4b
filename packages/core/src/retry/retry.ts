import { DeadlineError } from '../errors/deadline-error.ts';
import { maskMessage } from '../errors/mask.ts';
import { RetryError } from '../errors/retry-error.ts';
import { isObserved, publish } from '../events/publish.ts';
import { checkType } from '../options/check.ts';
import { enclosingScope, endOf } from '../time/deadline.ts';
import { runLimited } from '../time/run-limited.ts';
import { timeIsUp } from '../time/time-is-up.ts';
import { WorkScope } from '../time/work-scope.ts';
import type { Verdict } from '../verdict/verdict.ts';
import { type RetryOptions, type RetrySettings, retrySettings } from './options.ts';
import { Refusal } from './refusal.ts';
import { type AttemptFailure, type AttemptPlan, runAttempts } from './run-attempts.ts';

/** What an attempt is given. */
export interface RetryContext {
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** Aborted when the total time is up, or the caller gives up; made when it is first read. */
  readonly signal: AbortSignal;
  /** The instant, on the clock's scale, after which nothing of this call is running; `Infinity` for none. */
  readonly deadline: number;
}

class AttemptScope extends WorkScope implements RetryContext {
  readonly attempt: number;

  constructor(attempt: number, deadline: number, parent: AbortSignal | undefined) {
    super(deadline, parent);
    this.attempt = attempt;
  }
}

const REASONS: Partial<Record<AttemptFailure['stopReason'], string>> = {
  permanent: 'the last failure is not worth repeating',
  attempts: 'no attempt is left',
  deadline: 'the time is up',
  budget: 'the retry budget is empty',
  'retry-after-too-long': 'the other side asks to wait for longer than there is time',
  aborted: 'the caller gave up',
};

/** An attempt that the call's own time has ended: no other follows, but it was not a permanent failure. */
const TIME_UP: Verdict = Object.freeze({ transient: true, kind: 'timeout', outcome: 'unknown' });

function finalError(settings: RetrySettings, failure: AttemptFailure): unknown {
  if (failure.stopReason === 'permanent' && failure.attemptCount === 1) return failure.error;
  const count = failure.attemptCount === 1 ? '1 attempt' : `${failure.attemptCount} attempts`;
  const error = new RetryError({
    message: `${settings.name} failed after ${count}: ${REASONS[failure.stopReason] ?? failure.stopReason}`,
    stopReason: failure.stopReason,
    attempts: failure.attempts,
    outcome: failure.outcome,
    cause: failure.error,
  });
  if (isObserved('exhausted')) {
    const { code, stopReason, outcome } = error;
    publish({
      kind: 'exhausted',
      name: settings.name,
      package: 'core',
      code,
      stopReason,
      outcome,
      attempts: failure.attemptCount,
    });
  }
  return error;
}

/** The rules of one call; `isTimeUp` knows the error with which its own time ended an attempt. */
function planOf(
  settings: RetrySettings,
  deadline: number,
  isTimeUp: (error: unknown) => boolean,
): AttemptPlan {
  const { name, clock, classify, logger } = settings;
  let last: unknown;
  return {
    name,
    package: 'core',
    maxRetries: settings.maxRetries,
    backoff: settings.backoff,
    deadline,
    signal: settings.signal,
    clock,
    random: settings.random,
    budget: settings.budget,
    verdictOf: (error) => {
      last = error;
      return isTimeUp(error) ? TIME_UP : (classify(error, clock.epochNow()) ?? settings.unknown);
    },
    messageOf: maskMessage,
    veto: () => (isTimeUp(last) ? 'deadline' : undefined),
    retrying: ({ delayMs, source }) => {
      logger.debug({ name, delayMs, delaySource: source }, 'an attempt failed, another follows');
    },
    fail: (failure) => finalError(settings, failure),
  };
}

/**
 * Runs `work`, and runs it again while it fails in a way that another attempt may cure.
 *
 * A permanent failure of the first attempt (a bug, a validation error, what `classify` calls permanent) is thrown on as
 * the same object; every other failure is a `RetryError` whose `cause` is the last error. An error that nobody knows is
 * retried: make sure that repeating the work is harmless.
 *
 * @throws TypeError | RangeError (rejects, before the first attempt) if an option is wrong
 * @throws DeadlineError `DEADLINE` (rejects, before the first attempt) if an enclosing `withDeadline` is over
 * @throws RetryError (rejects) with the code that follows from its `stopReason`: `RETRIES_EXHAUSTED`, `TIMEOUT`,
 *   `RATE_LIMITED`, `BUDGET_EXHAUSTED`, `REJECTED` or `ABORTED`
 * @example
 * ```ts
 * import { retry } from '@resilient/core';
 *
 * const page = await retry(async ({ signal }) => (await fetch('http://127.0.0.1:3000/', { signal })).text(), {
 *   maxRetries: 2,
 *   timeoutMs: 10_000,
 * });
 * ```
 */
export async function retry<T>(
  work: (context: RetryContext) => T | PromiseLike<T>,
  options: RetryOptions = {},
): Promise<T> {
  checkType('work', work, 'function');
  return runRetry(work, retrySettings(options));
}

/** The same with options that have been checked. */
export async function runRetry<T>(
  work: (context: RetryContext) => T | PromiseLike<T>,
  settings: RetrySettings,
): Promise<T> {
  const { name, clock, signal, timeoutMs } = settings;
  const startedAt = clock.now();
  const outer = enclosingScope();
  const deadline = Math.min(startedAt + timeoutMs, endOf(outer, clock));
  const scope = deadline < startedAt + timeoutMs ? outer : undefined;
  if (scope && deadline <= startedAt) throw new DeadlineError(scope.timeoutMs, { outcome: 'not-sent' });
  let timeUp: Error | undefined;
  const onTimeout = (): Error => (timeUp = timeIsUp(name, timeoutMs, scope));
  const attempt = (number: number): Promise<T> => {
    const ms = deadline - (number === 1 ? startedAt : clock.now());
    if (number > 1 && ms <= 0) throw new Refusal('deadline', 'the time is up');
    return runLimited(new AttemptScope(number, deadline, signal), work, { clock, ms, signal, onTimeout });
  };
  const isTimeUp = (error: unknown): boolean => error !== undefined && error === timeUp;
  return runAttempts(planOf(settings, deadline, isTimeUp), attempt, startedAt);
}
