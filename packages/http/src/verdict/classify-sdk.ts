import { type Classifier, causesOf, peek, type Verdict } from '@resilient/core';

const TIMED_OUT: Verdict = Object.freeze({ transient: true, kind: 'timeout', outcome: 'unknown' });
const BROKEN: Verdict = Object.freeze({ transient: true, kind: 'network', outcome: 'unknown' });
const ABORTED: Verdict = Object.freeze({ transient: false, kind: 'aborted', outcome: 'unknown' });
const SERVER: Verdict = Object.freeze({ transient: true, kind: 'server', outcome: 'unknown' });
const INVALID: Verdict = Object.freeze({ transient: false, kind: 'invalid', outcome: 'rejected' });
const AUTH: Verdict = Object.freeze({ transient: false, kind: 'auth', outcome: 'rejected' });
const QUOTA: Verdict = Object.freeze({ transient: false, kind: 'quota', outcome: 'rejected' });

/** Errors that SDKs make without an answer and without a cause, by the name of their class, their `name` or `type`. */
const NAMES: ReadonlyMap<unknown, Verdict> = new Map([
  ['APIConnectionTimeoutError', TIMED_OUT], // openai, anthropic
  ['APIConnectionError', BROKEN],
  ['APIUserAbortError', ABORTED],
  ['StripeConnectionError', BROKEN],
  ['StripeAPIError', SERVER], // without a status: a proxy's error page, which is no JSON
  ['CancelError', ABORTED], // got
]);

/** Codes of axios, and of got, which took some over. */
const CODES: ReadonlyMap<unknown, Verdict> = new Map([
  ['ERR_NETWORK', BROKEN],
  ['ERR_CANCELED', ABORTED],
  ['ERR_BODY_PARSE_FAILURE', { ...SERVER, transient: false }],
  ['ERR_FR_TOO_MANY_REDIRECTS', INVALID],
  ['ERR_TOO_MANY_REDIRECTS', INVALID],
  ['ERR_INVALID_URL', INVALID],
]);

/** What an error event within a stream says, whose answer had begun with a 200. */
const STREAMED: ReadonlyMap<unknown, Verdict> = new Map<unknown, Verdict>([
  ['overloaded_error', { transient: true, kind: 'overload', outcome: 'unknown' }], // anthropic
  ['api_error', SERVER],
  ['timeout_error', TIMED_OUT],
  ['rate_limit_error', { transient: true, kind: 'rate-limit', outcome: 'unknown' }],
  ['authentication_error', AUTH],
  ['permission_error', AUTH],
  ['billing_error', QUOTA],
  ['invalid_request_error', INVALID],
  ['not_found_error', INVALID],
  ['request_too_large', INVALID],
  ['server_error', SERVER], // openai
  ['rate_limit_exceeded', { transient: true, kind: 'rate-limit', outcome: 'unknown' }],
  ['insufficient_quota', QUOTA],
]);

function streamedOf(error: object): Verdict | undefined {
  const body = peek(error, 'error');
  const types = [peek(body, 'error'), body, error].flatMap((holder) => [
    peek(holder, 'code'),
    peek(holder, 'type'),
  ]);
  for (const type of types) {
    const verdict = STREAMED.get(type);
    if (verdict) return { ...verdict, code: type as string };
  }
  return undefined;
}

/** axios says `ECONNABORTED` of its own time limit, which elsewhere is a broken connection. */
export const classifyAxiosTimeout: Classifier = (error) => {
  for (const one of causesOf(error)) {
    if (peek(one, 'name') === 'AxiosError' && peek(one, 'code') === 'ECONNABORTED')
      return { ...TIMED_OUT, code: 'ECONNABORTED' };
  }
  return undefined;
};

/** Knows errors that SDKs make without an answer, by name, code or the type of a streamed error. */
export const classifySdk: Classifier = (error) => {
  for (const one of causesOf(error)) {
    const verdict =
      NAMES.get(peek(peek(one, 'constructor'), 'name')) ??
      NAMES.get(peek(one, 'name')) ??
      NAMES.get(peek(one, 'type')) ??
      CODES.get(peek(one, 'code')) ??
      streamedOf(one);
    if (verdict) return verdict;
  }
  return undefined;
};
