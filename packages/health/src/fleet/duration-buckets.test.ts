import { expect, test } from 'vitest';
import { FLEET_BOUNDS_S } from '../defaults.ts';
import { countsOf } from './counted-durations.fixture.ts';
import { durationBucket, quantileMs } from './duration-buckets.ts';

test('the bounds are those of OpenTelemetry for server requests, and 2 s', () => {
  const advised = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
  expect(FLEET_BOUNDS_S).toEqual([...advised, 2].sort((a, b) => a - b));
});

test.each([
  [0, 0],
  [5, 0],
  [5.001, 1],
  [2_000, 10],
  [2_001, 11],
  [10_000, 14],
  [10_001, 15],
  [Number.NaN, 0],
  [-1, 0],
  [Number.POSITIVE_INFINITY, 0],
])('%d ms are in bucket %d: a bound belongs to the bucket below it', (durationMs, bucket) => {
  expect(durationBucket(durationMs)).toBe(bucket);
});

test('durations lie evenly in their bucket, and what is above all bounds at the last', () => {
  const counts = countsOf(new Array(100).fill(60));
  expect(quantileMs(counts, 0.5)).toBeCloseTo(62.5);
  expect(quantileMs(countsOf([60_000, 60_000]), 0.95)).toBe(10_000);
  expect(quantileMs([], 0.95)).toBe(0);
});
