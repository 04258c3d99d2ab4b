import { expect, test } from 'vitest';
import { verdictOfStatus } from './status-verdict.ts';

const judge = (status: number, headers: Record<string, string> = {}, types: string[] = []) =>
  verdictOfStatus({ status, headers, types }, 0);

test.each([
  [400, false, 'rejected', 'invalid'],
  [401, false, 'rejected', 'auth'],
  [403, false, 'rejected', 'auth'],
  [404, false, 'rejected', 'invalid'],
  [408, true, 'unknown', 'timeout'],
  [409, false, 'rejected', 'conflict'],
  [422, false, 'rejected', 'invalid'],
  [425, true, 'rejected', 'rate-limit'],
  [429, true, 'rejected', 'rate-limit'],
  [500, true, 'unknown', 'server'],
  [501, false, 'rejected', 'invalid'],
  [502, true, 'unknown', 'server'],
  [503, true, 'unknown', 'server'],
  [504, true, 'unknown', 'server'],
  [505, false, 'rejected', 'invalid'],
  [520, true, 'unknown', 'server'],
  [524, true, 'unknown', 'server'],
  [529, true, 'rejected', 'overload'],
] as const)('%i: transient %s, %s, %s', (status, transient, outcome, kind) => {
  expect(judge(status)).toEqual({ transient, outcome, kind, code: String(status) });
});

test('a 503 with a hint was refused before it was begun', () => {
  expect(judge(503, { 'retry-after': '2' })).toMatchObject({
    outcome: 'rejected',
    kind: 'overload',
    retryAfterMs: 2_000,
  });
});

test('a 403 that is a rate limit is one', () => {
  expect(judge(403, { 'retry-after': '60' })).toMatchObject({ transient: true, kind: 'rate-limit' });
  expect(judge(403, { 'x-ratelimit-remaining': '0' })).toMatchObject({ transient: true, kind: 'rate-limit' });
  expect(judge(403, { 'x-ratelimit-remaining': '3' })).toMatchObject({ transient: false, kind: 'auth' });
});

test('a 429 of an empty purse is no rate limit', () => {
  expect(judge(429, {}, ['insufficient_quota'])).toMatchObject({
    transient: false,
    kind: 'quota',
    outcome: 'rejected',
  });
});

test('a 409 for a key that is in use is worth a moment', () => {
  expect(judge(409, {}, ['idempotency_key_in_use'])).toMatchObject({ transient: true, kind: 'conflict' });
});

test.each(['x-should-retry', 'stripe-should-retry'])('the server decides by %s', (name) => {
  expect(judge(400, { [name]: 'true' })).toMatchObject({ transient: true, outcome: 'rejected' });
  expect(judge(500, { [name]: 'false' })).toMatchObject({ transient: false, outcome: 'rejected' });
  expect(judge(500, { [name]: 'maybe' })).toMatchObject({ transient: true, outcome: 'unknown' });
});
