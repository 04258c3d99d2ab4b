import { createRandom } from '@resilient/testing';
import type { Column } from '../columns/column.ts';
import { Refused } from '../columns/column.ts';
import { mean, quantile, runLoad } from '../simulation/load.ts';
import type { Scenario } from './scenario.ts';

const PER_SECOND = 20;
const LATENCY_MS = 20;
const DOWN_FROM_MS = 10_000;
// of a minute exactly a breaker would make the most that tries again every 10 or 30 s
const SHORTEST_MS = 45_000;
const LONGEST_MS = 75_000;
const SECONDS = 135;
const RUNS = 20;

async function oneRun(column: Column, seed: number) {
  const upAt = DOWN_FROM_MS + SHORTEST_MS + (LONGEST_MS - SHORTEST_MS) * createRandom(seed)();
  const isDown = (at: number): boolean => at >= DOWN_FROM_MS && at < upAt;
  const { sentAt, ends } = await runLoad(column, {
    seed,
    seconds: SECONDS,
    attemptMs: 10_000,
    gapMs: () => 1_000 / PER_SECOND,
    serve: (clock) => async () => {
      await clock.sleep(LATENCY_MS);
      if (isDown(clock.now())) throw new Refused(500);
    },
  });
  const wasted = sentAt.filter(isDown).length;
  const asked = ends.filter(({ startedAt }) => isDown(startedAt)).length;
  const lastBad = Math.max(0, ...ends.filter(({ isGood }) => !isGood).map(({ startedAt }) => startedAt));
  return { wasted, amplification: wasted / asked, recoveryMs: Math.max(0, lastBad - upAt) };
}

/** Every request fails for a minute or so, then none does. */
export const blackout: Scenario = {
  name: `every request fails for 45 to 75 s, ${PER_SECOND} calls a second, ${RUNS} runs`,
  measures: [
    { key: 'amplification', name: 'attempts per call meanwhile', digits: 3, goal: { atMost: 1.03 } },
    { key: 'wasted', name: 'attempts meanwhile, all in vain', digits: 0 },
    { key: 'meanS', name: 's until no call fails any more, mean', digits: 1, goal: { atMost: 8 } },
    { key: 'p95S', name: 'the same, p95', digits: 1, goal: { atMost: 15 } },
  ],
  async run(column) {
    const runs = [];
    for (let seed = 1; seed <= RUNS; seed += 1) runs.push(await oneRun(column, seed));
    const seconds = runs.map(({ recoveryMs }) => recoveryMs / 1_000);
    return {
      amplification: mean(runs.map(({ amplification }) => amplification)),
      wasted: mean(runs.map(({ wasted }) => wasted)),
      meanS: mean(seconds),
      p95S: quantile(seconds, 0.95),
    };
  },
};
