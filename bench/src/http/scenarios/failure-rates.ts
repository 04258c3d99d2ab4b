import { createRandom } from '@resilient/testing';
import { Refused } from '../columns/column.ts';
import { runLoad } from '../simulation/load.ts';
import type { Scenario } from './scenario.ts';

const LATENCY_MS = 20;

/** Success that is promised, by the rate of failures. */
const GOALS = new Map([
  [0.01, 0.999],
  [0.05, 0.999],
  [0.1, 0.999],
  [0.2, 0.99],
]);

function failureRate(rate: number, perSecond: number): Scenario {
  const least = GOALS.get(rate);
  return {
    name: `${rate * 100} % of all requests fail, ${perSecond} call${perSecond > 1 ? 's' : ''} a second`,
    measures: [
      {
        key: 'success',
        name: 'calls that succeed',
        digits: 5,
        ...(least === undefined ? {} : { goal: { atLeast: least } }),
      },
      { key: 'amplification', name: 'attempts per call', digits: 3 },
    ],
    async run(column) {
      const { sentAt, ends } = await runLoad(column, {
        seed: 5,
        seconds: perSecond === 1 ? 3_600 : 120,
        attemptMs: 10_000,
        gapMs: () => 1_000 / perSecond,
        serve(clock) {
          const draw = createRandom(11);
          return async () => {
            const fails = draw() < rate;
            await clock.sleep(LATENCY_MS);
            if (fails) throw new Refused(500);
          };
        },
      });
      return {
        success: ends.filter(({ isGood }) => isGood).length / ends.length,
        amplification: sentAt.length / ends.length,
      };
    },
  };
}

const RATES = [0.01, 0.05, 0.1, 0.2, 0.3, 0.5];

/** Failures that have nothing to do with each other. */
export const failureRates: readonly Scenario[] = [40, 1].flatMap((perSecond) =>
  RATES.map((rate) => failureRate(rate, perSecond)),
);
