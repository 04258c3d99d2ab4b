import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exponentialBackoff, type Jitter } from './backoff.ts';

const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const shape = fc.record({
  initialMs: fc.double({ min: 0, max: 10_000, noNaN: true }),
  factor: fc.double({ min: 1, max: 10, noNaN: true }),
  extraMs: fc.double({ min: 0, max: 100_000, noNaN: true }),
});

describe('exponentialBackoff', () => {
  it.each<[Jitter, number]>([
    ['none', 1],
    ['full', 0],
    ['equal', 0.5],
  ])(
    'keeps %s jitter between its part of the ceiling and the ceiling, however late the retry',
    (jitter, least) => {
      fc.assert(
        fc.property(
          shape,
          fc.integer({ min: 1, max: 10_000 }),
          unit,
          ({ initialMs, factor, extraMs }, retry, draw) => {
            const maxMs = initialMs + extraMs;
            const backoff = exponentialBackoff({ initialMs, factor, maxMs, jitter });
            const ceiling = initialMs === 0 ? 0 : Math.min(maxMs, initialMs * factor ** (retry - 1));
            const ms = backoff({ retry, previousMs: 0, kind: 'server', random: () => draw });
            expect(ms).toBeGreaterThanOrEqual(ceiling * least);
            expect(ms).toBeLessThanOrEqual(ceiling);
          },
        ),
        { numRuns: 2_000 },
      );
    },
  );

  it('keeps decorrelated jitter between the first wait and the greatest', () => {
    fc.assert(
      fc.property(
        shape,
        fc.array(unit, { minLength: 1, maxLength: 50 }),
        ({ initialMs, factor, extraMs }, draws) => {
          const maxMs = initialMs + extraMs;
          const backoff = exponentialBackoff({ initialMs, factor, maxMs, jitter: 'decorrelated' });
          let previousMs = 0;
          draws.forEach((draw, index) => {
            previousMs = backoff({ retry: index + 1, previousMs, kind: 'server', random: () => draw });
            expect(previousMs).toBeGreaterThanOrEqual(initialMs);
            expect(previousMs).toBeLessThanOrEqual(maxMs);
          });
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
