import { createVirtualClock } from '@resilient/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createApiClient, forget } from '../index.ts';
import { Latencies } from './latencies.ts';

test('quantiles are right to 4 %, over any durations', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.02, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 300 }),
      (all) => {
        const latencies = new Latencies();
        for (const ms of all) latencies.add(ms, 0);
        const sorted = [...all].sort((a, b) => a - b);
        for (const share of [0.5, 0.95, 0.99]) {
          const exact = sorted[Math.ceil(share * all.length) - 1] as number;
          const [measured] = latencies.quantiles(0, [share]).values as [number];
          expect(Math.abs(measured - exact) / exact).toBeLessThanOrEqual(0.04);
        }
      },
    ),
  );
});

test('what is older than ten minutes is forgotten', () => {
  const latencies = new Latencies();
  latencies.add(5, 0);
  latencies.add(5, 599_000);
  expect(latencies.quantiles(599_000, []).count).toBe(2);
  expect(latencies.quantiles(600_000, []).count).toBe(1);
  latencies.add(7, 1_300_000);
  expect(latencies.quantiles(1_300_000, [0.5, 1])).toMatchObject({ count: 1 });
  expect(new Latencies().quantiles(0, [0.5])).toEqual({ count: 0, values: [undefined] });
});

test('statistics tell how long calls and attempts took', async () => {
  const clock = createVirtualClock();
  const client = createApiClient({ name: 'timed', clock, idempotent: true, random: () => 0.5 });
  const call = client.call(async ({ attempt }) => {
    await clock.sleep(100);
    if (attempt === 1) throw Object.assign(new Error('x'), { status: 500 });
  });
  await clock.settle(call);
  const { attemptMs, callMs } = client.stats();
  expect(attemptMs.p50).toBeCloseTo(100, -1);
  expect(callMs.p99).toBeGreaterThan(240);
  forget();
});
