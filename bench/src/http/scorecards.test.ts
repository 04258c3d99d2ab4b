import { expect, test } from 'vitest';
import { isReached } from '../score.ts';
import { columnsOf } from './columns/ours.ts';
import { scenarios } from './scenarios/all.ts';
import { scoresOf } from './scenarios/scores-of.ts';

// The peers' columns are for `pnpm bench`: they take a minute, and prove nothing about us.
test.each(scenarios.map((scenario) => [scenario.name, scenario] as const))(
  '%s',
  async (_, scenario) => {
    const scores = await scoresOf(scenario, columnsOf(scenario.measures));
    expect(scores.filter((score) => !isReached(score))).toEqual([]);
  },
  60_000,
);

test('the same seeds give the same figures', async () => {
  const first = scenarios.find(({ name }) => name.includes('token bucket'));
  if (!first) throw new Error('expected the scenario of a token bucket');
  const once = await scoresOf(first, columnsOf(first.measures));
  expect(await scoresOf(first, columnsOf(first.measures))).toEqual(once);
}, 60_000);
