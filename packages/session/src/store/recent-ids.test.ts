import { createVirtualClock } from '@resilient/testing';
import { expect, test } from 'vitest';
import { RecentIds } from './recent-ids.ts';

test('remembers at most so many, and forgets the oldest', () => {
  const ids = new RecentIds(createVirtualClock(), 3);
  for (const id of ['a', 'b', 'a', 'c', 'd']) ids.add(id);
  expect(ids.size).toBe(3);
  expect(['a', 'b', 'c', 'd'].map((id) => ids.has(id))).toEqual([true, false, true, true]);
  for (let index = 0; index < 10_000; index += 1) ids.add(`id${index}`);
  expect(ids.size).toBe(3);
});

test('forgets after a while', async () => {
  const clock = createVirtualClock();
  const ids = new RecentIds(clock, 3, 100);
  ids.add('a');
  await clock.advance(99);
  expect(ids.has('a')).toBe(true);
  await clock.advance(1);
  expect(ids.has('a')).toBe(false);
  expect(ids.size).toBe(0);
});
