import { expect, test } from 'vitest';
import { loopTurn } from './loop-turn.ts';

test('a timer that is due is served in between, however long work goes on', async () => {
  let served = false;
  setTimeout(() => {
    served = true;
  }, 1);
  const startedAt = performance.now();
  while (!served && performance.now() - startedAt < 5_000) await loopTurn();
  expect(served).toBe(true);
});

test('microtasks alone do not serve it', async () => {
  let served = false;
  setTimeout(() => {
    served = true;
  }, 1);
  for (const end = performance.now() + 20; performance.now() < end; ) await Promise.resolve();
  expect(served).toBe(false);
  await loopTurn();
});
