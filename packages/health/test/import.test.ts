import { expect, test } from 'vitest';
import { startChild } from './support/child.ts';

test('importing the package starts no timer and adds no listener', async () => {
  const child = startChild('import-only.ts');
  expect(await child.ended()).toBe(0);
  expect(child.lines).toEqual([{ listeners: 0, resources: [], pools: false }]);
});
