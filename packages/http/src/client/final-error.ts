import {
  type AttemptFailure,
  type FailureKind,
  isObserved,
  maskMessage,
  publish,
  type StopReason,
} from '@resilient/core';
import { ApiCallError } from '../errors/api-call-error.ts';
import { explain } from '../errors/explain.ts';
import { factsOf, requestIdOf } from '../verdict/error-facts.ts';
import { FailedValue } from '../verdict/failed-value.ts';
import { isResponse } from '../verdict/response.ts';

/** What the end of a call is told from. */
export interface Ending {
  readonly name: string;
  readonly failure: AttemptFailure;
  /** Why it ended: the failure's, unless the client was closed meanwhile. */
  readonly stopReason: StopReason;
  readonly timeoutMs: number;
  /** When it is worth coming again, if that is known better than from the last verdict. */
  readonly retryAt: Date | undefined;
  /** Wall time in milliseconds. */
  readonly now: number;
  /** The caller's reason, where it gave up. */
  readonly abortReason: unknown;
}

/** Without any hint a rate limit is over in a second, as far as anybody knows. */
const BLIND_MS = 1_000;

/** A failure in brief, as it may be shown. */
export function messageOf(error: unknown): string {
  if (error instanceof FailedValue) {
    return error.status === undefined ? 'a value that was judged a failure' : `HTTP ${error.status}`;
  }
  return maskMessage(error);
}

function retryAtOf(ending: Ending, kind: FailureKind | undefined): Date | undefined {
  const { stopReason, failure, retryAt, now } = ending;
  if (stopReason === 'circuit-open') return failure.refusal?.retryAt ?? retryAt;
  const isRateLimit =
    stopReason === 'retry-after-too-long' || (stopReason === 'attempts' && kind === 'rate-limit');
  if (!isRateLimit) return undefined;
  return (
    failure.refusal?.retryAt ??
    retryAt ??
    new Date(Math.ceil(now + (failure.verdict?.retryAfterMs ?? BLIND_MS)))
  );
}

/** The error of a call that has failed for good; told to those who listen. */
export function finalError(ending: Ending): ApiCallError {
  const { name, failure, stopReason, timeoutMs } = ending;
  const { error, verdict, refusal, attemptCount, outcome } = failure;
  const value = error instanceof FailedValue ? error.value : undefined;
  const facts = factsOf(error);
  const requestId = facts?.requestId ?? (isResponse(value) ? requestIdOf(value.headers) : undefined);
  const cause =
    stopReason === 'aborted' ? ending.abortReason : error instanceof FailedValue ? undefined : error;
  const final = new ApiCallError({
    message: explain({
      name,
      stopReason,
      attempts: attemptCount,
      timeoutMs,
      detail: refusal?.detail,
      last: attemptCount === 0 || stopReason === 'aborted' ? undefined : messageOf(error),
      wasTimeout: verdict?.kind === 'timeout',
    }),
    stopReason,
    attempts: failure.attempts,
    outcome,
    status: facts?.status ?? (error instanceof FailedValue ? error.status : undefined),
    retryAt: retryAtOf(ending, verdict?.kind),
    requestId,
    ...(cause === undefined ? undefined : { cause }),
  });
  if (isObserved('exhausted')) {
    publish({
      kind: 'exhausted',
      name,
      package: 'http',
      code: final.code,
      stopReason,
      outcome,
      attempts: attemptCount,
    });
  }
  return final;
}
