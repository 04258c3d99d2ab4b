import { createRandom } from '@resilient/testing';
import type { Column } from '../columns/column.ts';
import { mean, runLoad } from '../simulation/load.ts';
import type { Scenario } from './scenario.ts';

// Brooker's model of a metastable failure (mbrooker/simulator_example, simple_collapse_sim): a server that is the slower
// the more it has to do, and does not notice that a caller has gone.
const PER_SECOND = 40;
const SPIKE_PER_SECOND = 80;
const SPIKE_FROM_MS = 20_000;
const SPIKE_UNTIL_MS = 25_000;
const SERVICE_MS = 1_000;
const SERVICE_MS_PER_REQUEST = 10;
const NETWORK_MS = 100;
const ATTEMPT_MS = 3_000;
const SECONDS = 80;
const RUNS = 20;
/** The share of the calls that must succeed in the last 20 s. */
const RECOVERED = 0.95;

async function goodShare(column: Column, seed: number): Promise<{ good: number; load: number }> {
  const draw = createRandom(seed);
  const exponential = (meanMs: number): number => -meanMs * Math.log(1 - draw());
  const { sentAt, ends } = await runLoad(column, {
    seed,
    seconds: SECONDS,
    attemptMs: ATTEMPT_MS,
    gapMs(clock) {
      const isSpike = clock.now() >= SPIKE_FROM_MS && clock.now() < SPIKE_UNTIL_MS;
      return exponential(1_000 / (isSpike ? SPIKE_PER_SECOND : PER_SECOND));
    },
    serve(clock) {
      let running = 0;
      return async () => {
        await clock.sleep(exponential(NETWORK_MS));
        running += 1;
        await clock.sleep(SERVICE_MS + SERVICE_MS_PER_REQUEST * running);
        running -= 1;
      };
    },
  });
  const late = ends.filter(({ startedAt }) => startedAt >= (SECONDS - 20) * 1_000);
  return {
    good: late.filter(({ isGood }) => isGood).length / late.length,
    load: sentAt.length / ends.length,
  };
}

/** A short spike, after which retries alone can keep a server down. */
export const collapse: Scenario = {
  name: `twice the load for 5 s, on a server that is the slower the more it has to do, ${RUNS} runs`,
  measures: [
    { key: 'recovered', name: `runs of ${RUNS} that recover`, digits: 0, goal: { atLeast: RUNS } },
    { key: 'good', name: 'calls that succeed 35 s to 55 s after it', digits: 4 },
    { key: 'load', name: 'attempts per call', digits: 3 },
  ],
  async run(column) {
    const runs = [];
    for (let seed = 1; seed <= RUNS; seed += 1) runs.push(await goodShare(column, seed));
    return {
      recovered: runs.filter(({ good }) => good >= RECOVERED).length,
      good: mean(runs.map(({ good }) => good)),
      load: mean(runs.map(({ load }) => load)),
    };
  },
};
