import {
  type Classifier,
  causesOf,
  classifyError,
  classifyResilient,
  firstOf,
  peek,
  type Verdict,
} from '@resilient/core';
import { factsOf } from './error-facts.ts';
import { verdictOfStatus } from './status-verdict.ts';

const THROTTLED: Verdict = Object.freeze({ transient: true, kind: 'rate-limit', outcome: 'rejected' });
const TIMED_OUT: Verdict = Object.freeze({ transient: true, kind: 'timeout', outcome: 'unknown' });
const BROKEN: Verdict = Object.freeze({ transient: true, kind: 'network', outcome: 'unknown' });
const ABORTED: Verdict = Object.freeze({ transient: false, kind: 'aborted', outcome: 'unknown' });

/** Errors that SDKs make without an answer and without a cause, by the name of their class, their `name` or `type`. */
const NAMES: ReadonlyMap<unknown, Verdict> = new Map([
  ['APIConnectionTimeoutError', TIMED_OUT], // openai, anthropic
  ['APIConnectionError', BROKEN],
  ['APIUserAbortError', ABORTED],
  ['StripeConnectionError', BROKEN],
]);

/** axios' own codes. */
const CODES: ReadonlyMap<unknown, Verdict> = new Map([
  ['ERR_NETWORK', BROKEN],
  ['ERR_CANCELED', ABORTED],
]);

/** @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html */
const AWS_THROTTLES: ReadonlySet<unknown> = new Set([
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

function classifyAws(error: unknown): Verdict | undefined {
  const isAws = peek(error, '$metadata') !== undefined || peek(error, '$retryable') !== undefined;
  if (!isAws) return undefined;
  const name = peek(error, 'name');
  if (AWS_THROTTLES.has(name) || peek(peek(error, '$retryable'), 'throttling') === true) {
    return { ...THROTTLED, code: typeof name === 'string' ? name : 'Throttling' };
  }
  return undefined;
}

const classifyStatus: Classifier = (error, now) => {
  const facts = factsOf(error);
  return facts && verdictOfStatus(facts, now);
};

const classifyNamed: Classifier = (error) => {
  for (const one of causesOf(error)) {
    const verdict =
      NAMES.get(peek(peek(one, 'constructor'), 'name')) ??
      NAMES.get(peek(one, 'name')) ??
      NAMES.get(peek(one, 'type')) ??
      CODES.get(peek(one, 'code'));
    if (verdict) return verdict;
  }
  return undefined;
};

/** stripe keeps what broke the connection as `detail`. */
const classifyDetail: Classifier = (error, now) => {
  const detail = peek(error, 'detail');
  return typeof detail === 'object' && detail !== null ? classifyError(detail, now) : undefined;
};

/**
 * The classifier that a call asks when yours has no answer: @resilient's own errors, the answer behind the error of an
 * SDK by its status and headers, what core knows, and SDKs' errors of connections; `undefined` for any other, which a
 * call does not repeat.
 *
 * @example
 * ```ts
 * import { classifyHttp } from '@resilient/http';
 *
 * const verdict = classifyHttp(Object.assign(new Error('down'), { status: 503, headers: { 'retry-after': '2' } }), 0);
 * console.log(verdict?.outcome, verdict?.retryAfterMs); // rejected 2000
 * ```
 */
export const classifyHttp: Classifier = firstOf(
  classifyResilient,
  classifyAws,
  classifyStatus,
  classifyError,
  classifyDetail,
  classifyNamed,
);
