import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type HeldLevel, holdStep, UNHELD } from './hysteresis.ts';

const limits = fc
  .tuple(fc.double({ min: 0.01, max: 10, noNaN: true }), fc.double({ min: 1, max: 5, noNaN: true }))
  .map(([degraded, factor]) => ({ degraded, critical: degraded * factor }));
const sampling = fc.record({
  intervalMs: fc.constant(5_000),
  holdSamples: fc.integer({ min: 1, max: 5 }),
  clearAt: fc.double({ min: 0, max: 1, noNaN: true }),
});
const values = fc.array(fc.double({ min: 0, max: 60, noNaN: true }), { maxLength: 60 });

test('a level is entered after so many samples above its threshold, and left at its share of it alone', () => {
  fc.assert(
    fc.property(limits, sampling, values, (threshold, how, samples) => {
      let state: HeldLevel = UNHELD;
      samples.forEach((value, at) => {
        const before = state;
        state = holdStep(state, value, threshold, how);
        for (const name of ['degraded', 'critical'] as const) {
          const limit = threshold[name];
          if (!before[name].exceeded && state[name].exceeded) {
            const last = samples.slice(at - how.holdSamples + 1, at + 1);
            expect(last).toHaveLength(how.holdSamples);
            expect(Math.min(...last)).toBeGreaterThan(limit);
          }
          if (before[name].exceeded && !state[name].exceeded)
            expect(value).toBeLessThanOrEqual(limit * how.clearAt * 1.000001);
        }
        // Critical is never reached past degraded.
        if (state.critical.exceeded) expect(state.degraded.exceeded).toBe(true);
      });
    }),
  );
});

test('as many samples in a row above a threshold always reach it', () => {
  fc.assert(
    fc.property(limits, sampling, values, (threshold, how, before) => {
      let state = before.reduce((held, value) => holdStep(held, value, threshold, how), UNHELD);
      for (let i = 0; i < how.holdSamples; i += 1)
        state = holdStep(state, threshold.critical * 1.01, threshold, how);
      expect(state.level).toBe('critical');
      expect(holdStep(state, 0, threshold, how).level).toBe('healthy');
    }),
  );
});
