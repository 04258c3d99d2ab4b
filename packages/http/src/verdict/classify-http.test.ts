import { expect, test } from 'vitest';
import { ApiCallError } from '../errors/api-call-error.ts';
import { classifyHttp } from './classify-http.ts';

class APIConnectionTimeoutError extends Error {}
class APIUserAbortError extends Error {}

const error = (fields: object, name = 'Error'): Error => Object.assign(new Error('failed'), { name }, fields);

test.each([
  [
    'openai',
    error({ status: 429, code: 'rate_limit_exceeded', headers: new Headers({ 'retry-after-ms': '250' }) }),
    { kind: 'rate-limit', retryAfterMs: 250 },
  ],
  [
    'openai, quota',
    error({ status: 429, code: 'insufficient_quota', type: 'insufficient_quota' }),
    { kind: 'quota', transient: false },
  ],
  [
    'openai, quota in the body',
    error({ status: 429, error: { type: 'insufficient_quota' } }),
    { kind: 'quota' },
  ],
  [
    'openai, timeout',
    new APIConnectionTimeoutError('Request timed out.'),
    { kind: 'timeout', outcome: 'unknown', transient: true },
  ],
  ['openai, abort', new APIUserAbortError('Request was aborted.'), { kind: 'aborted', transient: false }],
  [
    'anthropic',
    error({ status: 529, error: { type: 'error', error: { type: 'overloaded_error' } } }),
    { kind: 'overload', outcome: 'rejected' },
  ],
  [
    'stripe',
    error({ statusCode: 409, code: 'idempotency_key_in_use', type: 'StripeIdempotencyError' }),
    { kind: 'conflict', transient: true },
  ],
  [
    'stripe, connection',
    error({ type: 'StripeConnectionError', detail: error({ code: 'ECONNREFUSED' }) }),
    { kind: 'network', outcome: 'not-sent' },
  ],
  [
    'stripe, connection of unknown cause',
    error({ type: 'StripeConnectionError' }),
    { kind: 'network', outcome: 'unknown', transient: true },
  ],
  [
    'axios',
    error(
      { code: 'ERR_BAD_RESPONSE', response: { status: 503, headers: { 'retry-after': '1' } } },
      'AxiosError',
    ),
    { kind: 'overload', retryAfterMs: 1_000 },
  ],
  ['axios, network', error({ code: 'ERR_NETWORK' }, 'AxiosError'), { kind: 'network', transient: true }],
  [
    'axios, cancelled',
    error({ code: 'ERR_CANCELED' }, 'CanceledError'),
    { kind: 'aborted', transient: false },
  ],
  [
    'octokit',
    error({ status: 403, response: { headers: { 'x-ratelimit-remaining': '0' } } }, 'HttpError'),
    { kind: 'rate-limit' },
  ],
  [
    'got',
    error({ code: 'ERR_NON_2XX_3XX_RESPONSE', response: { statusCode: 502, headers: {} } }, 'HTTPError'),
    { kind: 'server', outcome: 'unknown' },
  ],
  [
    'AWS',
    error({ $metadata: { httpStatusCode: 500, requestId: 'r' } }, 'InternalServerError'),
    { kind: 'server' },
  ],
  [
    'AWS, throttled with a 400',
    error({ $metadata: { httpStatusCode: 400 } }, 'ThrottlingException'),
    { kind: 'rate-limit', transient: true },
  ],
  [
    'AWS, throttled without a name',
    error({ $metadata: {}, $retryable: { throttling: true } }),
    { kind: 'rate-limit' },
  ],
  ['undici', error({ statusCode: 500, code: 'UND_ERR_RESPONSE' }, 'ResponseError'), { kind: 'server' }],
  [
    'fetch',
    new TypeError('fetch failed', { cause: error({ code: 'ECONNREFUSED' }) }),
    { kind: 'network', outcome: 'not-sent' },
  ],
  [
    'wrapped',
    new Error('no charge', { cause: error({ statusCode: 402 }) }),
    { kind: 'quota', transient: false },
  ],
  ['a bug', new TypeError('x is not a function'), { kind: 'bug', transient: false }],
])('%s', (_, given, verdict) => {
  expect(classifyHttp(given, 0)).toMatchObject(verdict);
});

test('an unknown error is left to the caller, who does not repeat it', () => {
  expect(classifyHttp(new Error('who knows'), 0)).toBeUndefined();
  expect(classifyHttp(undefined, 0)).toBeUndefined();
  expect(classifyHttp('text', 0)).toBeUndefined();
  expect(classifyHttp(error({ status: 200 }), 0)).toBeUndefined();
});

test('a call inside a call has been retried already', () => {
  const inner = new ApiCallError({
    message: 'x',
    stopReason: 'attempts',
    attempts: [],
    outcome: 'unknown',
    status: 503,
  });
  expect(classifyHttp(inner, 0)).toMatchObject({ transient: false, outcome: 'unknown' });
});

test('a hostile error breaks nothing', () => {
  const trap = (): never => {
    throw new Error('trap');
  };
  expect(classifyHttp(new Proxy({}, { get: trap, has: trap, getPrototypeOf: trap }), 0)).toBeUndefined();
  const cyclic = error({});
  (cyclic as { cause?: unknown }).cause = cyclic;
  expect(classifyHttp(cyclic, 0)).toBeUndefined();
});
