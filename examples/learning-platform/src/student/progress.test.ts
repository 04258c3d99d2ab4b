import { expect, test } from 'vitest';
import { levelOf, streakAfter } from './progress.ts';

test('a level for each 100 XP, the first at 0', () => {
  expect([0, 99, 100, 250].map(levelOf)).toEqual([1, 1, 2, 3]);
});

test.each([
  ['the first answer ever', '', 0, 1],
  ['a second one today', '2027-03-01', 4, 4],
  ['the first one today after one yesterday', '2027-02-28', 4, 5],
  ['a day was left out', '2027-02-27', 4, 1],
  ['a day that is yet to come', '2027-03-02', 4, 1],
  ['a streak that was damaged', '2027-03-01', 0, 1],
])('%s', (_, last_day, streak, expected) => {
  expect(streakAfter({ last_day, streak }, new Date('2027-03-01T23:59:59.999Z'))).toBe(expected);
});
