import { expect, test } from 'vitest';
import { supervise } from './supervise.ts';
import { respawnDelayMs } from './supervisor.ts';

test('a dead worker is replaced after 0.1, 0.2, 0.4 … 30 s', () => {
  expect([0, 1, 2, 8, 9, 2_000].map(respawnDelayMs)).toEqual([100, 200, 400, 25_600, 30_000, 30_000]);
});

test('refuses what it cannot do yet', () => {
  expect(() => supervise({ workers: 2 as 1 })).toThrow(/`workers`.*1/);
  expect(() => supervise({ maxRequests: 1 } as never)).toThrow(/`maxRequests`/);
});
