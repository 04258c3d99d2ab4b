import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BUCKET_MS, BUCKETS } from '../defaults.ts';
import { LatencyRing } from './latency-ring.ts';

describe('LatencyRing', () => {
  test('is 0 without a duration, before the first and after the last', () => {
    const ring = new LatencyRing();
    expect(ring.p95(0)).toBe(0);
    ring.record(0, 100);
    expect(ring.p95(BUCKETS * BUCKET_MS)).toBe(0);
    expect(ring.p95(BUCKETS * BUCKET_MS - 1)).toBe(0); // its bucket is asked for no more: time does not go back
  });

  test('forgets a bucket when the window has passed it, and uses its place again', () => {
    const ring = new LatencyRing();
    ring.record(0, 5_000);
    ring.record(BUCKETS * BUCKET_MS, 10);
    expect(ring.p95(BUCKETS * BUCKET_MS)).toBeCloseTo(10, 0);
  });

  test.each([
    [Number.NaN, 0],
    [-1, 0],
    ['x', 0],
    [undefined, 0],
    [0, 0.001],
    [Number.POSITIVE_INFINITY, 600_000],
    [1e12, 600_000],
    [0.0004, 0.001],
  ])('takes a duration of %s as %d ms', (durationMs, expected) => {
    const ring = new LatencyRing();
    ring.record(0, durationMs as number);
    expect(Math.abs(ring.p95(0) - expected)).toBeLessThanOrEqual(expected * 0.01);
  });

  test('is right to 1 % against sorting, in both windows', () => {
    const entry = fc.record({
      waitMs: fc.integer({ min: 0, max: 3 * BUCKET_MS }),
      durationMs: fc.double({ min: 0.01, max: 60_000, noNaN: true }),
    });
    fc.assert(
      fc.property(
        fc.array(entry, { minLength: 1, maxLength: 120 }),
        fc.constantFrom(5, 60),
        (entries, size) => {
          const ring = new LatencyRing();
          let now = 0;
          const all = entries.map(({ waitMs, durationMs }) => {
            now += waitMs;
            ring.record(now, durationMs);
            return { bucket: Math.floor(now / BUCKET_MS), durationMs };
          });
          const newest = Math.floor(now / BUCKET_MS);
          const sorted = all
            .filter(({ bucket }) => bucket > newest - size)
            .map(({ durationMs }) => durationMs)
            .sort((a, b) => a - b);
          // Node takes the nearest rank, and rounding may take the one behind it.
          const rank = Math.max(1, Math.round(sorted.length * 0.95));
          const found = ring.p95(now, size);
          expect(found).toBeGreaterThanOrEqual((sorted[rank - 1] ?? 0) * 0.99 - 0.001);
          expect(found).toBeLessThanOrEqual((sorted[rank] ?? sorted[rank - 1] ?? 0) * 1.01 + 0.001);
        },
      ),
      { numRuns: 100 },
    );
  });
});
