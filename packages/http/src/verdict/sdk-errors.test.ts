import type { Verdict } from '@resilient/core';
import { expect, test } from 'vitest';
import { classifyHttp } from './classify-http.ts';
import { voteOf } from './vote.ts';

const error = (fields: object, name = 'Error'): Error => Object.assign(new Error('failed'), { name }, fields);
const grpc = (code: number, metadata: object = {}): Error =>
  error({ code, details: 'what happened', metadata: { get: () => [], ...metadata } });
const aws = (name: string, status: number, fields: object = {}): Error =>
  error({ $metadata: { httpStatusCode: status }, ...fields }, name);

test.each<[string, unknown, Partial<Verdict>]>([
  // gRPC
  ['1 CANCELLED', grpc(1), { transient: false, kind: 'aborted', outcome: 'unknown' }],
  ['2 UNKNOWN', grpc(2), { transient: false, kind: 'server', outcome: 'unknown' }],
  ['3 INVALID_ARGUMENT', grpc(3), { transient: false, kind: 'invalid', outcome: 'rejected' }],
  ['4 DEADLINE_EXCEEDED', grpc(4), { transient: true, kind: 'timeout', outcome: 'unknown' }],
  ['5 NOT_FOUND', grpc(5), { transient: false, kind: 'invalid', outcome: 'rejected' }],
  ['6 ALREADY_EXISTS', grpc(6), { transient: false, kind: 'conflict', outcome: 'rejected' }],
  ['7 PERMISSION_DENIED', grpc(7), { transient: false, kind: 'auth', outcome: 'rejected' }],
  ['8 RESOURCE_EXHAUSTED', grpc(8), { transient: true, kind: 'rate-limit', outcome: 'rejected' }],
  ['9 FAILED_PRECONDITION', grpc(9), { transient: false, kind: 'invalid', outcome: 'rejected' }],
  ['10 ABORTED', grpc(10), { transient: true, kind: 'conflict', outcome: 'rejected' }],
  ['11 OUT_OF_RANGE', grpc(11), { transient: false, kind: 'invalid', outcome: 'rejected' }],
  ['12 UNIMPLEMENTED', grpc(12), { transient: false, kind: 'invalid', outcome: 'rejected' }],
  ['13 INTERNAL', grpc(13), { transient: false, kind: 'server', outcome: 'unknown' }],
  ['14 UNAVAILABLE', grpc(14), { transient: true, kind: 'network', outcome: 'unknown', code: 'UNAVAILABLE' }],
  ['15 DATA_LOSS', grpc(15), { transient: false, kind: 'server', outcome: 'unknown' }],
  ['16 UNAUTHENTICATED', grpc(16), { transient: false, kind: 'auth', outcome: 'rejected' }],
  ['gRPC, pushed back', grpc(14, { get: () => ['1500'] }), { transient: true, retryAfterMs: 1_500 }],
  ['gRPC, told not to come back', grpc(14, { get: () => ['-1'] }), { transient: false }],
  [
    'gRPC, RetryInfo decoded',
    Object.assign(grpc(8), { statusDetails: [{}, { retryDelay: { seconds: '3', nanos: 500_000_000 } }] }),
    { retryAfterMs: 3_500 },
  ],
  [
    'Google over REST, RetryInfo in the body',
    error({ response: { status: 429, headers: {}, data: { error: { details: [{ retryDelay: '3.5s' }] } } } }),
    { kind: 'rate-limit', retryAfterMs: 3_500 },
  ],
  // AWS
  [
    'AWS SlowDown',
    aws('SlowDown', 503),
    { transient: true, kind: 'rate-limit', outcome: 'rejected', code: 'SlowDown' },
  ],
  [
    'AWS ProvisionedThroughputExceeded',
    aws('ProvisionedThroughputExceededException', 400),
    { kind: 'rate-limit' },
  ],
  [
    'AWS with a hint',
    aws('ThrottlingException', 400, { $response: { headers: { 'x-amz-retry-after': '700' } } }),
    { kind: 'rate-limit', retryAfterMs: 700 },
  ],
  [
    'AWS RequestTimeout',
    aws('RequestTimeout', 400),
    { transient: true, kind: 'timeout', outcome: 'unknown' },
  ],
  [
    'AWS, retryable by its model',
    aws('IDPCommunicationErrorException', 400),
    { transient: true, kind: 'overload', outcome: 'rejected' },
  ],
  ['AWS, retryable 4xx', aws('Busy', 409, { $retryable: {} }), { transient: true, kind: 'overload' }],
  ['AWS, retryable 5xx', aws('Busy', 500, { $retryable: {} }), { transient: true, outcome: 'unknown' }],
  ['AWS ValidationException', aws('ValidationException', 400), { transient: false, kind: 'invalid' }],
  ['AWS AccessDenied', aws('AccessDeniedException', 403), { transient: false, kind: 'auth' }],
  [
    'AWS, refused connection',
    error({ code: 'ECONNREFUSED', $metadata: { attempts: 1 } }),
    { transient: true, outcome: 'not-sent' },
  ],
  // nodemailer
  ['SMTP 421', error({ code: 'EENVELOPE', responseCode: 421 }), { transient: true, kind: 'overload' }],
  [
    'SMTP 451',
    error({ code: 'EMESSAGE', responseCode: 451 }),
    { transient: true, outcome: 'rejected', code: '451' },
  ],
  ['SMTP 550', error({ code: 'EENVELOPE', responseCode: 550 }), { transient: false, kind: 'invalid' }],
  ['SMTP 535', error({ code: 'EAUTH', responseCode: 535 }), { transient: false, kind: 'auth' }],
  ['nodemailer EAUTH', error({ code: 'EAUTH', command: 'API' }), { transient: false, kind: 'auth' }],
  ['nodemailer EENVELOPE', error({ code: 'EENVELOPE' }), { transient: false, outcome: 'rejected' }],
  [
    'nodemailer ECONNECTION, which a mail that was sent can end with',
    error({ code: 'ECONNECTION', command: 'CONN' }),
    { transient: true, kind: 'network', outcome: 'unknown' },
  ],
  [
    'nodemailer ESOCKET while connecting',
    error({ code: 'ESOCKET', syscall: 'connect' }),
    { outcome: 'not-sent' },
  ],
  ['nodemailer EDNS', error({ code: 'EDNS' }), { transient: true, outcome: 'not-sent' }],
  [
    'nodemailer ETIMEDOUT',
    error({ code: 'ETIMEDOUT', command: 'CONN' }),
    { kind: 'timeout', outcome: 'unknown' },
  ],
  // axios
  [
    'axios, its own time limit',
    error({ code: 'ECONNABORTED' }, 'AxiosError'),
    { transient: true, kind: 'timeout', outcome: 'unknown' },
  ],
  ['axios ETIMEDOUT', error({ code: 'ETIMEDOUT' }, 'AxiosError'), { kind: 'timeout', outcome: 'unknown' }],
  ['axios ERR_FR_TOO_MANY_REDIRECTS', error({ code: 'ERR_FR_TOO_MANY_REDIRECTS' }), { transient: false }],
  [
    'axios, refused connection',
    error({ code: 'ECONNREFUSED', cause: error({ code: 'ECONNREFUSED', syscall: 'connect' }) }, 'AxiosError'),
    { outcome: 'not-sent' },
  ],
  // got, ky, undici
  [
    'got, time limit',
    error({ code: 'ETIMEDOUT', event: 'response' }, 'TimeoutError'),
    { kind: 'timeout', outcome: 'unknown' },
  ],
  ['got, cancelled', error({ code: 'ERR_CANCELED' }, 'CancelError'), { transient: false, kind: 'aborted' }],
  [
    'ky',
    error({ response: new Response('', { status: 429, headers: { 'retry-after': '2' } }) }, 'HTTPError'),
    { kind: 'rate-limit', retryAfterMs: 2_000 },
  ],
  ['ky, time limit', error({ request: {} }, 'TimeoutError'), { transient: true, kind: 'timeout' }],
  [
    'undici, time limit',
    error({ code: 'UND_ERR_HEADERS_TIMEOUT' }, 'HeadersTimeoutError'),
    { transient: true, kind: 'timeout', outcome: 'unknown' },
  ],
  [
    'undici, while connecting',
    error({ code: 'UND_ERR_CONNECT_TIMEOUT' }, 'ConnectTimeoutError'),
    { transient: true, outcome: 'not-sent' },
  ],
  // octokit
  [
    'octokit, refused connection, which it calls a 500',
    error({ status: 500, request: {}, cause: error({ code: 'ECONNREFUSED' }) }, 'HttpError'),
    { kind: 'network', outcome: 'not-sent' },
  ],
  [
    'octokit, a real 500',
    error({ status: 500, request: {}, response: { headers: {} } }, 'HttpError'),
    { kind: 'server', outcome: 'unknown' },
  ],
  [
    'octokit, secondary limit',
    error({ status: 403, response: { headers: { 'retry-after': '60', 'x-ratelimit-remaining': '40' } } }),
    { kind: 'rate-limit', retryAfterMs: 60_000 },
  ],
  // stripe
  [
    'stripe, a lock on the object',
    error({ statusCode: 429, code: 'lock_timeout', type: 'StripeRateLimitError' }),
    { transient: true, kind: 'lock' },
  ],
  [
    'stripe, card',
    error({ statusCode: 402, type: 'StripeCardError' }),
    { transient: false, outcome: 'rejected' },
  ],
  // streams
  [
    'anthropic, overloaded in the middle of its answer',
    error({ error: { type: 'error', error: { type: 'overloaded_error' } } }, 'APIError'),
    { transient: true, kind: 'overload', outcome: 'unknown' },
  ],
  [
    'openai, failed in the middle of its answer',
    error({ type: 'server_error', code: null }, 'APIError'),
    { transient: true, kind: 'server', outcome: 'unknown' },
  ],
])('%s', (_, given, verdict) => {
  expect(classifyHttp(given, 0)).toMatchObject(verdict);
});

test('a number that looks like gRPC’s is none without its details', () => {
  expect(classifyHttp(error({ code: 14 }), 0)).toBeUndefined();
});

test('an answer without an HTTP status proves that the other side is up', () => {
  const voteOn = (given: unknown) => voteOf(classifyHttp(given, 0) as Verdict, undefined);
  expect(voteOn(grpc(5))).toBe('success');
  expect(voteOn(error({ responseCode: 550 }))).toBe('success');
  expect(voteOn(grpc(14))).toBe('failure');
  expect(voteOn(grpc(8))).toBe('throttled');
  expect(voteOn(error({}, 'ValidationError'))).toBe('neutral');
});
