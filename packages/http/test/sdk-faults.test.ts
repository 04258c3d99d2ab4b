import type { FlakyStep } from '@resilient/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { forget } from '../src/index.ts';
import { sdks, stageOf, thrownBy } from './sdks.ts';

afterEach(() => forget());

const failure = { error: { type: 'api_error', message: 'no' }, message: 'no' };
const fault = (status: number, headers: Record<string, string> = {}, json: object = failure): FlakyStep => ({
  status,
  headers,
  json,
});
const date = 'Wed, 01 Jan 2025 00:00:00 GMT';
const soon = 'Wed, 01 Jan 2025 00:00:05 GMT';
const epoch = String(Date.parse(date) / 1_000 + 5);
const remaining = 'anthropic-ratelimit-requests-remaining';
const reset = 'anthropic-ratelimit-requests-reset';

describe.each(sdks)('$name', (sdk) => {
  // a gate opens 10 ms after what was asked, without jitter
  test.each<[string, FlakyStep, number]>([
    ['429 without a hint', fault(429), 1_010],
    ['429, retry-after-ms', fault(429, { 'retry-after-ms': '150' }), 160],
    [
      '429, retry-after-ms before retry-after',
      fault(429, { 'retry-after-ms': '150', 'retry-after': '9' }),
      160,
    ],
    ['429, x-ms-retry-after-ms', fault(429, { 'x-ms-retry-after-ms': '150' }), 160],
    ['429, retry-after in seconds', fault(429, { 'retry-after': '2' }), 2_010],
    ['429, retry-after in decimals', fault(429, { 'retry-after': '0.25' }), 260],
    ['429, retry-after 0', fault(429, { 'retry-after': '0' }), 10],
    ['429, retry-after as a date', fault(429, { 'retry-after': soon, date }), 5_010],
    ['429, retry-after of the past', fault(429, { 'retry-after': date, date: soon }), 10],
    ['429, retry-after that is none', fault(429, { 'retry-after': 'soon' }), 1_010],
    [
      '429, OpenAI’s reset',
      fault(429, { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '6s' }),
      6_010,
    ],
    [
      '429, Anthropic’s reset',
      fault(429, { [remaining]: '0', [reset]: '2025-01-01T00:00:05Z', date }),
      5_010,
    ],
    [
      '429, GitHub’s reset',
      fault(429, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': epoch, date }),
      5_010,
    ],
    [
      '403, GitHub’s reset',
      fault(403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': epoch, date }),
      5_010,
    ],
    ['429, RateLimit', fault(429, { ratelimit: '"default";r=0;t=7' }), 7_010],
    ['425', fault(425), 0],
    ['503, retry-after', fault(503, { 'retry-after': '2' }), 2_000],
    ['529', fault(529), 0],
    ['529, retry-after', fault(529, { 'retry-after': '2' }), 2_000],
    ['500, x-should-retry: true', fault(500, { 'x-should-retry': 'true' }), 0],
    ['409, key in use', fault(409, {}, { error: { type: 'x', code: 'idempotency_key_in_use' } }), 0],
  ])('%s: refused, so sent again whatever it does', async (_, step, waitMs) => {
    await using stage = await stageOf(sdk, [step, { json: sdk.good }], { idempotent: false });
    const answer = (await stage.ask()) as { data?: object };
    expect(answer.data ?? answer).toMatchObject(sdk.good);
    expect(stage.clock.waits).toEqual([waitMs]);
    expect(stage.server.requests).toHaveLength(2);
    expect(stage.server.requests[0]?.body).toBe(stage.server.requests[1]?.body);
    expect(stage.fetches()).toBe(1);
  });

  test.each<[string, FlakyStep]>([
    ['408', fault(408)],
    ['500', fault(500)],
    ['502', fault(502)],
    ['503', fault(503)],
    ['504', fault(504)],
    ['522', fault(522)],
    ['a reset', { reset: true }],
    ['a closed connection', { close: true }],
    ['a connection closed while the body was on its way', { close: 'before' }],
    ['bytes that are no HTTP', { garbage: true }],
    ['a timeout', { hang: true }],
  ])('%s: may have taken effect, so sent again only if that is harmless', async (_, step) => {
    const limits = { attemptTimeoutMs: step.hang ? 700 : 20_000 };
    await using harmless = await stageOf(sdk, [step, { json: sdk.good }], { idempotent: true, ...limits });
    await harmless.ask();
    expect(harmless.clock.waits).toEqual([0]);
    expect([harmless.server.requests.length, harmless.fetches()]).toEqual([2, 1]);
    forget();
    await using harmful = await stageOf(sdk, [step, { json: sdk.good }], { idempotent: false, ...limits });
    await thrownBy(harmful.ask());
    expect([harmful.server.requests.length, harmful.fetches()]).toEqual([1, 1]);
  });

  test.each<[string, FlakyStep, number]>([
    ['400', fault(400), 400],
    ['401', fault(401), 401],
    ['403', fault(403), 403],
    ['404', fault(404), 404],
    ['409', fault(409), 409],
    ['422', fault(422), 422],
    ['501', fault(501), 501],
    ['500, x-should-retry: false', fault(500, { 'x-should-retry': 'false' }), 500],
    ['429 of an empty purse', fault(429, {}, { error: { type: 'insufficient_quota', message: 'pay' } }), 429],
  ])('%s: sent once, and its error is the SDK’s own', async (_, step, status) => {
    await using stage = await stageOf(sdk, step, { idempotent: true });
    const error = await thrownBy(stage.ask());
    expect(error.status ?? error.statusCode).toBe(status);
    expect(JSON.stringify(error.error ?? error.raw ?? error.response)).toMatch(/no|pay/); // the body was there to read
    expect([stage.server.requests.length, stage.fetches()]).toEqual([1, 1]);
  });

  test('a failure that stays is the SDK’s own error, after four requests', async () => {
    for (const [status, waits] of [
      [500, [0, 0, 0]],
      [429, [1_010, 2_010, 4_010]],
    ] as const) {
      forget();
      await using stage = await stageOf(sdk, fault(status), { idempotent: true });
      const error = await thrownBy(stage.ask());
      expect(error.status ?? error.statusCode).toBe(status);
      expect(stage.clock.waits).toEqual(waits);
      expect([stage.server.requests.length, stage.fetches()]).toEqual([4, 1]);
    }
  });

  test('a hint that ends after the deadline is not waited for: the answer is the SDK’s', async () => {
    await using stage = await stageOf(sdk, fault(429, { 'retry-after': '31536000' }), { idempotent: true });
    const error = await thrownBy(stage.ask());
    expect(error.status ?? error.statusCode).toBe(429);
    expect([stage.server.requests.length, stage.clock.waits]).toEqual([1, []]);
  });
});
