import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NoticeBudget } from './notice-budget.ts';

test('warnings have 7 places a minute, critical ones what is left', () => {
  const budget = new NoticeBudget();
  const taken = (severity: 'warning' | 'critical', times: number): number => {
    let places = 0;
    for (let i = 0; i < times; i += 1) if (budget.take(0, severity) !== undefined) places += 1;
    return places;
  };
  expect(taken('warning', 20)).toBe(7);
  expect(taken('critical', 20)).toBe(3);
  expect(budget.take(59_999, 'critical')).toBeUndefined();
  expect(budget.take(60_000, 'critical')).toBe(17 + 1);
});

test('critical ones that were sent leave the warnings the rest', () => {
  const budget = new NoticeBudget();
  for (let i = 0; i < 5; i += 1) expect(budget.take(0, 'critical')).toBe(0);
  for (let i = 0; i < 5; i += 1) expect(budget.take(0, 'warning')).toBe(0);
  expect(budget.take(0, 'warning')).toBeUndefined();
});

const moment = fc.record({
  waitMs: fc.integer({ min: 0, max: 30_000 }),
  severity: fc.constantFrom('warning' as const, 'critical' as const),
});

test('never more than 10 in any minute, never a critical one refused for a warning beyond 7, none forgotten', () => {
  fc.assert(
    fc.property(fc.array(moment, { maxLength: 200 }), (moments) => {
      const budget = new NoticeBudget();
      const sent: { at: number; severity: string }[] = [];
      let now = 0;
      let refused = 0;
      let told = 0;
      for (const { waitMs, severity } of moments) {
        now += waitMs;
        const place = budget.take(now, severity);
        const recent = sent.filter(({ at }) => now - at < 60_000);
        if (place === undefined) {
          refused += 1;
          if (severity === 'critical') expect(recent).toHaveLength(10);
          continue;
        }
        told += place;
        expect(told).toBe(refused);
        expect(recent.length).toBeLessThan(10);
        sent.push({ at: now, severity });
        const warnings = [...recent, { severity }].filter((one) => one.severity === 'warning');
        if (severity === 'warning') expect(warnings.length).toBeLessThanOrEqual(10);
        if (recent.every((one) => one.severity === 'warning') && severity === 'warning')
          expect(warnings.length).toBeLessThanOrEqual(7);
      }
    }),
  );
});
