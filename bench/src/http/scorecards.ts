import type { Score } from '../score.ts';
import { columnsOf } from './columns/ours.ts';
import { peers } from './columns/peers.ts';
import { scenarios } from './scenarios/all.ts';
import { scoresOf } from './scenarios/scores-of.ts';

/** Every scenario, every column; all in virtual time, so that the same sources give the same figures. */
export async function run(): Promise<Score[]> {
  const scores: Score[] = [];
  for (const scenario of scenarios) {
    scores.push(...(await scoresOf(scenario, [...peers, ...columnsOf(scenario.measures)])));
  }
  return scores;
}
