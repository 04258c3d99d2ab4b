import { expect, test } from 'vitest';
import { isComplete, tallyOf, weightOf } from './tally.ts';

const keys = [
  { kind: 'identity', isFilled: false },
  { kind: 'identity', isFilled: false },
  { kind: 'authority', isFilled: true },
  { kind: 'authority', isFilled: false },
  { kind: 'preference', isFilled: true },
  { kind: 'preference', isFilled: false },
] as const;

test('every set of keys that are there is judged as if they were counted one sort at a time', () => {
  const tally = tallyOf(keys);
  for (let set = 0; set < 2 ** keys.length; set += 1) {
    const there = keys.filter((_, index) => Math.floor(set / 2 ** index) % 2 === 1);
    const sum = there.reduce((total, key) => total + weightOf(key, tally), 0);
    const isFilled = there.filter((key) => key.isFilled).length === 2;
    const count = (kind: string): number => there.filter((key) => key.kind === kind).length;
    const isOpen = count('authority') === 0 || count('identity') === 2;
    expect(isComplete(sum, tally), there.map(({ kind }) => kind).join()).toBe(isFilled && isOpen);
  }
});

test('a shape without keys lacks nothing', () => {
  expect(isComplete(0, tallyOf([]))).toBe(true);
});
