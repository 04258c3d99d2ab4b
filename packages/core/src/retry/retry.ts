import { DeadlineError } from '../errors/deadline-error.ts';
import { maskMessage } from '../errors/mask.ts';
import { RetryError } from '../errors/retry-error.ts';
import { TimeoutError } from '../errors/timeout-error.ts';
import { isObserved, publish } from '../events/publish.ts';
import { checkType } from '../options/check.ts';
import { enclosingScope, endOf } from '../time/deadline.ts';
import { runLimited } from '../time/run-limited.ts';
import { WorkScope } from '../time/work-scope.ts';
import { classifyError } from '../verdict/classify.ts';
import { firstOf } from '../verdict/first-of.ts';
import type { Verdict } from '../verdict/verdict.ts';
import { type RetryOptions, type RetrySettings, retrySettings, unknownFailure } from './options.ts';
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

/** A message as it may be shown, whatever was thrown. */
function messageOf(error: unknown): string {
  try {
    return maskMessage(error instanceof Error ? error.message : String(error));
  } catch {
    return 'a value that has no message';
  }
}

function planOf(settings: RetrySettings, deadline: number): AttemptPlan {
  const classify = settings.classify ? firstOf(settings.classify, classifyError) : classifyError;
  const unknown: Verdict =
    settings.unknownErrors === 'retry' ? unknownFailure : { ...unknownFailure, transient: false };
  return {
    name: settings.name,
    package: 'core',
    maxRetries: settings.maxRetries,
    backoff: settings.backoff,
    deadline,
    signal: settings.signal,
    clock: settings.clock,
    random: settings.random,
    budget: settings.budget,
    verdictOf: (error) => classify(error, settings.clock.epochNow()) ?? unknown,
    messageOf,
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
  const settings = retrySettings(options);
  const { clock, signal, timeoutMs } = settings;
  const startedAt = clock.now();
  const outer = enclosingScope();
  const deadline = Math.min(startedAt + timeoutMs, endOf(outer, clock));
  const onTimeout = (): Error =>
    outer && deadline < startedAt + timeoutMs
      ? new DeadlineError(outer.timeoutMs)
      : new TimeoutError(timeoutMs);
  if (deadline <= startedAt) throw onTimeout();
  const attempt = (number: number): Promise<T> => {
    const ms = deadline - (number === 1 ? startedAt : clock.now());
    return runLimited(new AttemptScope(number, deadline, signal), work, { clock, ms, signal, onTimeout });
  };
  return runAttempts(planOf(settings, deadline), attempt, startedAt);
}
