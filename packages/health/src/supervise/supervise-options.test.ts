import { expect, test } from 'vitest';
import { respawnDelayMs } from './respawn-delay.ts';
import { supervise } from './supervise.ts';
import { superviseSettings } from './supervise-options.ts';

test('a dead worker is replaced after 0.1, 0.2, 0.4 … 30 s', () => {
  expect([0, 1, 2, 8, 9, 2_000].map(respawnDelayMs)).toEqual([100, 200, 400, 25_600, 30_000, 30_000]);
});

test('a limit of 0 is none', () => {
  const { logger, ...settings } = superviseSettings({});
  expect(logger).toBeDefined();
  expect(settings).toEqual({
    workers: 1,
    maxRequests: Number.POSITIVE_INFINITY,
    maxAgeMs: Number.POSITIVE_INFINITY,
    maxRssMb: Number.POSITIVE_INFINITY,
    jitter: 0.1,
    hangTimeoutMs: 30_000,
  });
});

test.each([
  [{ workers: 0 }, /`workers`/],
  [{ workers: 1.5 }, /`workers`/],
  [{ workers: 'max' }, /`workers`/],
  [{ maxRequests: -1 }, /`maxRequests`/],
  [{ maxRequests: 0.5 }, /`maxRequests`/],
  [{ maxAgeMs: Number.NaN }, /`maxAgeMs`/],
  [{ maxRssMb: '512' }, /`maxRssMb`/],
  [{ jitter: 2 }, /`jitter`/],
  [{ hangTimeoutMs: 1_000 }, /`hangTimeoutMs`/],
  [{ worker: 2 }, /`worker`/],
])('refuses %o', (options, message) => {
  expect(() => supervise(options as object)).toThrow(message);
});
