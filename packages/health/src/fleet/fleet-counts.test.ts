import { expect, test } from 'vitest';
import { FleetCounts } from './fleet-counts.ts';

const HOUR = 3_600_000;

test('while nobody takes them, the newest 48 hours are kept, each on its own', () => {
  const counts = new FleetCounts();
  for (let hour = 0; hour < 60; hour += 1) {
    counts.request(hour * HOUR, 200, 10);
    counts.roll(hour * HOUR, 'healthy');
  }
  const hours = counts.takeHours();
  expect(hours.map(({ from }) => from.getTime() / HOUR)).toEqual(
    Array.from({ length: 48 }, (_, i) => i + 12),
  );
  expect(hours.every(({ requests }) => requests === 1)).toBe(true);
  expect(counts.hasHours).toBe(false);
});

test('an hour in which nothing happens is told once, and again when it becomes worse', () => {
  const counts = new FleetCounts();
  const told = (['healthy', 'healthy', 'critical', 'degraded', 'healthy'] as const).map((status) => {
    counts.roll(5, status);
    return counts.takeHours().map(({ worst }) => worst);
  });
  expect(told).toEqual([['healthy'], [], ['critical'], [], []]);
});
