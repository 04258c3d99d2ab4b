import fc from 'fast-check';
import { expect, test } from 'vitest';
import { QUIET_MS } from '../defaults.ts';
import { type AlertState, alertStep } from './alert-state.ts';

const moment = fc.record({
  waitMs: fc.integer({ min: 0, max: 3_600_000 }),
  holds: fc.boolean(),
  more: fc.integer({ min: 0, max: 50 }),
  severity: fc.constantFrom('warning' as const, 'critical' as const),
});

test('fired and resolved take turns, repeats come between them, and every occurrence is told at most once', () => {
  fc.assert(
    fc.property(
      fc.array(moment, { maxLength: 100 }),
      fc.constantFrom(0, 300_000),
      (moments, resolveAfterMs) => {
        let state: AlertState = { phase: 'idle' };
        let now = 0;
        let total = 0;
        let told = 0;
        let open: 'warning' | 'critical' | undefined;
        let falseFor = 0;
        let wasFalse = false;
        let resolvedAt = Number.NEGATIVE_INFINITY;
        for (const { waitMs, holds, more, severity } of moments) {
          now += waitMs;
          falseFor = wasFalse ? falseFor + waitMs : 0;
          wasFalse = !holds;
          total += more;
          const step = alertStep(state, {
            now,
            holds,
            total,
            initial: Math.min(11, total - told),
            severity,
            resolveAfterMs,
          });
          state = step.state;
          if (step.notice === undefined) continue;
          const { count } = step.notice;
          expect(count).toBeGreaterThanOrEqual(0);
          told += count;
          expect(told).toBeLessThanOrEqual(total);
          if (step.notice.state === 'fired') {
            // Again only where it became worse.
            if (open !== undefined) expect([open, severity]).toEqual(['warning', 'critical']);
            expect(now - resolvedAt).toBeGreaterThanOrEqual(QUIET_MS);
            open = severity;
          } else {
            expect(open).toBeDefined();
          }
          if (step.notice.state === 'resolved') {
            expect(falseFor).toBeGreaterThanOrEqual(resolveAfterMs);
            open = undefined;
            resolvedAt = now;
          }
        }
      },
    ),
  );
});
