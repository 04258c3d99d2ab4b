import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countsOf } from './counted-durations.fixture.ts';
import { DURATION_BUCKETS, durationBucket, quantileMs } from './duration-buckets.ts';

test('a quantile of sums of buckets lies in the bucket of the true one, however the requests were spread', () => {
  const durations = fc.array(fc.double({ min: 0, max: 9_999, noNaN: true }), {
    minLength: 1,
    maxLength: 200,
  });
  fc.assert(
    fc.property(
      durations,
      fc.constantFrom(0.5, 0.95),
      fc.integer({ min: 1, max: 5 }),
      (all, q, instances) => {
        const parts = Array.from({ length: instances }, (_, i) =>
          all.filter((_, at) => at % instances === i),
        );
        const sums = new Array<number>(DURATION_BUCKETS).fill(0);
        for (const part of parts) {
          for (const [bucket, count] of countsOf(part).entries()) sums[bucket] = (sums[bucket] ?? 0) + count;
        }
        const sorted = all.toSorted((a, b) => a - b);
        const exact = sorted[Math.ceil(q * sorted.length) - 1] ?? 0;
        const told = quantileMs(sums, q);
        expect(Math.abs(durationBucket(told) - durationBucket(exact))).toBeLessThanOrEqual(
          told < exact ? 1 : 0,
        );
      },
    ),
  );
});
