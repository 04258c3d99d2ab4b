import { createRandom } from '@resilient/testing';
import { StandardRetryStrategy } from '@smithy/util-retry';
import { chanceOf } from './aws-chance.ts';

// Runs random sequences through @smithy/util-retry and prints what it did, as JSON: a process of its own, since Vitest's
// conditions lead to ES modules of it that Node cannot load.

type Step = 'transient' | 'throttling' | 'fatal' | 'ok';

const TYPES = { transient: 'TRANSIENT', throttling: 'THROTTLING', fatal: 'CLIENT_ERROR' } as const;
const SEQUENCES = 10_000;

const waits: number[] = [];
globalThis.setTimeout = ((callback: () => void, ms: number) => {
  waits.push(ms);
  queueMicrotask(callback);
}) as never;

/** The tokens after each step of one call; `chance` is that of each of its retries. */
async function quotaOf(
  strategy: StandardRetryStrategy,
  steps: readonly Step[],
  chance: (retry: number) => number,
): Promise<number[]> {
  const quota: number[] = [];
  let retry = 0;
  Math.random = () => chance(retry);
  let token = await strategy.acquireInitialRetryToken('any');
  for (const step of steps) {
    if (step === 'ok') {
      strategy.recordSuccess(token);
      break;
    }
    retry += 1;
    try {
      token = await strategy.refreshRetryTokenForRetry(token, { errorType: TYPES[step] });
      quota.push(strategy.getCapacity());
    } catch {
      break; // no token: the call ends
    }
  }
  quota.push(strategy.getCapacity());
  return quota;
}

const draw = createRandom(7);
const runs: object[] = [];
for (let seed = 1; seed <= SEQUENCES; seed += 1) {
  waits.length = 0;
  const strategy = new StandardRetryStrategy(3);
  const failureRate = draw();
  const calls: object[] = [];
  const count = 1 + Math.floor(draw() * (seed % 10 === 0 ? 60 : 6));
  for (let n = 0; n < count; n += 1) {
    const steps = Array.from({ length: 3 }, (): Step => {
      if (draw() >= failureRate) return 'ok';
      const kind = draw();
      return kind < 0.7 ? 'transient' : kind < 0.95 ? 'throttling' : 'fatal';
    });
    calls.push({ steps, quota: await quotaOf(strategy, steps, chanceOf(seed, n)) });
  }
  runs.push({ seed, calls, waits: [...waits] });
}
process.stdout.write(JSON.stringify(runs));
