import { expect, test } from 'vitest';
import { goDuration, resetHintOf } from './reset-hint.ts';
import { verdictOfStatus } from './status-verdict.ts';

const now = Date.parse('2025-01-01T00:00:00Z');
const seconds = now / 1_000;

test.each<[Record<string, string>, number | undefined]>([
  [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '120ms' }, 120],
  [{ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '6m0s' }, 360_000],
  [
    {
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '1s',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '2s',
    },
    2_000,
  ],
  [{ 'x-ratelimit-remaining-requests': '7', 'x-ratelimit-reset-requests': '1s' }, undefined],
  [{ 'x-ratelimit-reset-requests': '1s' }, undefined],
  [
    {
      'anthropic-ratelimit-requests-remaining': '0',
      'anthropic-ratelimit-requests-reset': '2025-01-01T00:00:30Z',
    },
    30_000,
  ],
  [
    {
      'anthropic-ratelimit-tokens-remaining': '0',
      'anthropic-ratelimit-tokens-reset': '2025-01-01T00:00:05Z',
    },
    5_000,
  ],
  [
    {
      'anthropic-ratelimit-output-tokens-remaining': '0',
      'anthropic-ratelimit-output-tokens-reset': '2025-01-01T00:01:00Z',
    },
    60_000,
  ],
  [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(seconds + 90) }, 90_000],
  [{ 'x-ratelimit-remaining': '12', 'x-ratelimit-reset': String(seconds + 90) }, undefined],
  [{ 'x-rate-limit-reset': String(seconds + 15) }, 15_000],
  [{ 'x-ratelimit-reset': String(now + 1_500) }, 1_500],
  [{ 'x-ratelimit-reset': '7' }, 7_000],
  [{ 'x-ratelimit-reset': 'Wed, 01 Jan 2025 00:00:09 GMT' }, 9_000],
  [{ 'x-ratelimit-reset': String(seconds - 5) }, 0],
  [{ 'x-ratelimit-reset': 'NaN' }, undefined],
  [{ 'x-ratelimit-reset-after': '1.25' }, 1_250],
  [{ 'x-ratelimit-retry-after': '3' }, 3_000],
  [{ 'ratelimit-reset': '20' }, 20_000],
  [{ 'ratelimit-remaining': '0', 'ratelimit-reset': String(seconds + 20) }, 20_000],
  [{ 'ratelimit-resettime': 'Wed, 01 Jan 2025 00:00:20 GMT' }, 20_000],
  [{ ratelimit: '"default";r=0;t=30' }, 30_000],
  [{ ratelimit: '"burst";r=0;t=3, "day";r=0;t=40' }, 40_000],
  [{ ratelimit: '"burst";r=5;t=3, "day";r=50;t=40' }, undefined],
  [{ ratelimit: 'limit=10, remaining=0, reset=8' }, 8_000],
  [{ ratelimit: 'limit=10, remaining=3, reset=8' }, undefined],
  [{ ratelimit: 'nonsense' }, undefined],
  [{}, undefined],
])('%o is full again in %s ms', (headers, ms) => {
  expect(resetHintOf(headers, now)).toBe(ms);
});

test.each<[string | undefined, number | undefined]>([
  ['1s', 1_000],
  ['6m0s', 360_000],
  ['120ms', 120],
  ['1h2m3.5s', 3_723_500],
  ['250us', 0.25],
  ['5', undefined],
  ['s', undefined],
  ['-1s', undefined],
  [undefined, undefined],
])('the Go duration %s is %s ms', (text, ms) => {
  expect(goDuration(text)).toBe(ms);
});

test('an instant is measured from the answer’s own date', () => {
  const headers = { 'x-ratelimit-reset': String(seconds + 90), date: 'Wed, 01 Jan 2025 00:01:00 GMT' };
  expect(resetHintOf(headers, now + 3_600_000)).toBe(30_000);
});

test('a reset counts for rate limits alone: GitHub sends it with every answer', () => {
  const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(seconds + 90) };
  expect(verdictOfStatus({ status: 429, headers, types: [] }, now).retryAfterMs).toBe(90_000);
  expect(verdictOfStatus({ status: 403, headers, types: [] }, now)).toMatchObject({
    kind: 'rate-limit',
    retryAfterMs: 90_000,
  });
  expect(verdictOfStatus({ status: 503, headers, types: [] }, now)).toEqual({
    transient: true,
    kind: 'server',
    outcome: 'unknown',
    code: '503',
  });
  const plenty = { 'x-ratelimit-remaining': '40', 'x-ratelimit-reset': String(seconds + 90) };
  expect(verdictOfStatus({ status: 403, headers: plenty, types: [] }, now).kind).toBe('auth');
});

test('a refusal’s own word comes before the limit’s', () => {
  const headers = { 'retry-after': '2', 'x-ratelimit-reset': String(seconds + 90) };
  expect(verdictOfStatus({ status: 429, headers, types: [] }, now).retryAfterMs).toBe(2_000);
});
