import { type Classifier, causesOf, type Outcome, peek, type Verdict } from '@resilient/core';
import { retryHintOf } from './retry-hint.ts';

/** @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html */
const THROTTLES: ReadonlySet<unknown> = new Set([
  'BandwidthLimitExceeded',
  'EC2ThrottledException',
  'LimitExceededException',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'TransactionInProgressException',
]);

/** Those under a status of 400 whose request may have been read. */
const TIMEOUTS: ReadonlySet<unknown> = new Set(['RequestTimeout', 'RequestTimeoutException']);

/** Another service behind this one failed, under a status of 400. */
const TRANSIENT: ReadonlySet<unknown> = new Set(['IDPCommunicationError', 'IDPCommunicationErrorException']);

function rowOf(error: object, name: unknown, status: number): [Verdict['kind'], Outcome] | undefined {
  const retryable = peek(error, '$retryable');
  if (THROTTLES.has(name) || peek(retryable, 'throttling') === true) return ['rate-limit', 'rejected'];
  if (TIMEOUTS.has(name)) return ['timeout', 'unknown'];
  // the service's own model says so; its 5xx are judged by their status
  if (TRANSIENT.has(name) || (retryable !== undefined && status < 500)) return ['overload', 'rejected'];
  return undefined;
}

/**
 * Knows errors of AWS' SDK whose status alone would tell less: throttling under a 400, and what the service's model
 * calls retryable.
 */
export const classifyAws: Classifier = (error, now) => {
  for (const one of causesOf(error)) {
    const metadata = peek(one, '$metadata');
    if (metadata === undefined && peek(one, '$retryable') === undefined) continue;
    const name = peek(one, 'name');
    const row = rowOf(one, name, Number(peek(metadata, 'httpStatusCode') ?? 0));
    if (!row) return undefined;
    const hintMs = retryHintOf(peek(peek(one, '$response'), 'headers'), now);
    return {
      transient: true,
      kind: row[0],
      outcome: row[1],
      code: typeof name === 'string' ? name : 'Throttling',
      ...(hintMs === undefined ? undefined : { retryAfterMs: hintMs }),
    };
  }
  return undefined;
};
