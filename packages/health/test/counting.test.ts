import { expect, test } from 'vitest';
import { flood, HISTOGRAMS_MB } from './support/flood.ts';

test('1 million errors of 100,000 kinds: totals exact, 8 MB at most, and one real error among them is told', {
  timeout: 300_000,
}, async () => {
  const found = await flood(1_000_000, 100_000);
  expect(found).toMatchObject({ types: 257, realFired: 1, bounds: { selfErrors: 0 } });
  expect(found.totalErrors).toBe(found.counted);
  expect(found.sumOfTypes).toBe(found.counted);
  expect(found.counted).toBeGreaterThan(999_000);
  expect(found.floodFired).toBeGreaterThan(0);
  expect(found.heapMb + HISTOGRAMS_MB).toBeLessThanOrEqual(8);
});
