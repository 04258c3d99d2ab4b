import { expect, test } from 'vitest';
import { writeEvidence } from './support/evidence.ts';
import { flood, HISTOGRAMS_MB } from './support/flood.ts';

test('10 million errors of 1 million kinds: totals exact, 8 MB at most, and one real error among them is told', {
  timeout: 3_600_000,
}, async () => {
  const found = await flood(10_000_000, 1_000_000);
  const memoryMb = found.heapMb + HISTOGRAMS_MB;
  writeEvidence('health-counting', { errors: 10_000_000, kinds: 1_000_000, memoryMb, ...found });
  expect(found).toMatchObject({ types: 257, realFired: 1, bounds: { selfErrors: 0 } });
  expect([found.totalErrors, found.sumOfTypes]).toEqual([found.counted, found.counted]);
  expect(memoryMb).toBeLessThanOrEqual(8);
});
