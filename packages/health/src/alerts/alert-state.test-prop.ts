import fc from 'fast-check';
import { expect, test } from 'vitest';
import { QUIET_MS } from '../defaults.ts';
import { type AlertState, alertStep } from './alert-state.ts';

const moment = fc.record({
  waitMs: fc.integer({ min: 0, max: 3_600_000 }),
  holds: fc.boolean(),
  more: fc.integer({ min: 0, max: 50 }),
});

test('fired and resolved take turns, repeats come between them, and every occurrence is told at most once', () => {
  fc.assert(
    fc.property(fc.array(moment, { maxLength: 100 }), (moments) => {
      let state: AlertState = { phase: 'idle' };
      let now = 0;
      let total = 0;
      let told = 0;
      let open = false;
      let resolvedAt = Number.NEGATIVE_INFINITY;
      for (const { waitMs, holds, more } of moments) {
        now += waitMs;
        total += more;
        const step = alertStep(state, { now, holds, total, initial: Math.min(11, total - told) });
        state = step.state;
        if (step.notice === undefined) continue;
        const { count } = step.notice;
        expect(count).toBeGreaterThanOrEqual(0);
        told += count;
        expect(told).toBeLessThanOrEqual(total);
        if (step.notice.state === 'fired') {
          expect(open).toBe(false);
          expect(now - resolvedAt).toBeGreaterThanOrEqual(QUIET_MS);
          open = true;
        } else {
          expect(open).toBe(true);
        }
        if (step.notice.state === 'resolved') {
          open = false;
          resolvedAt = now;
        }
      }
    }),
  );
});
