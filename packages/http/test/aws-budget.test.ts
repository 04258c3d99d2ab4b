import { type Clock, RetryBudget } from '@resilient/core';
import { afterEach, expect, test } from 'vitest';
import { createApiClient, forget } from '../src/index.ts';
import { chanceOf } from './aws-chance.ts';
import { runFixture } from './run-fixture.ts';

afterEach(() => forget());

type Failure = 'transient' | 'throttling' | 'fatal';
type Step = Failure | 'ok';

const failureOf = (kind: Failure): Error =>
  Object.assign(new Error(kind), { status: { transient: 500, throttling: 529, fatal: 400 }[kind] });

/** A clock on which no time passes; it writes the waits down. */
function standingClock(waits: number[]): Clock {
  return {
    now: () => 0,
    epochNow: () => 0,
    setTimer: () => undefined,
    clearTimer: () => {},
    sleep: async (ms) => void waits.push(Math.floor(ms)),
  };
}

function ours(
  chance: (call: number) => (retry: number) => number,
  capacity: number,
  maxRetries: number,
  waits: number[],
) {
  forget();
  let made = -1;
  const client = createApiClient({
    name: 'aws',
    clock: standingClock(waits),
    maxRetries,
    idempotent: true,
    breaker: false,
    budget: { capacity, minPerSecond: 0 },
    backoff: ({ retry, kind }) =>
      chance(made)(retry) * Math.min((kind === 'overload' ? 1_000 : 50) * 2 ** (retry - 1), 20_000),
  });
  /** Makes one call, whose attempts end as listed; answers the tokens after each. */
  return async (steps: readonly Step[]): Promise<{ quota: number[]; code: string }> => {
    const quota: number[] = [];
    let code = 'ok';
    made += 1;
    await client
      .call(async ({ attempt }) => {
        if (attempt > 1) quota.push(client.stats().budget as number);
        const step = steps[attempt - 1] ?? 'ok';
        if (step !== 'ok') throw failureOf(step);
      })
      .catch((error: { code: string }) => {
        code = error.code;
      });
    quota.push(client.stats().budget as number);
    return { quota, code };
  };
}

// The specification tests of smithy-typescript, restated: tokens after each step, with random = 1.
test.each<[string, number, number, Step[][], number[], number[]]>([
  ['succeeds at the third attempt', 500, 2, [['transient', 'transient', 'ok']], [486, 472, 486], [50, 100]],
  [
    'fails for lack of attempts',
    500,
    2,
    [['transient', 'transient', 'transient']],
    [486, 472, 472],
    [50, 100],
  ],
  ['fails for lack of tokens after one retry', 14, 2, [['transient', 'transient']], [0, 0], [50]],
  ['fails for lack of tokens at once', 0.5, 2, [['transient']], [0.5], []],
  [
    'doubles its delays',
    500,
    4,
    [['transient', 'transient', 'transient', 'transient', 'ok']],
    [486, 472, 458, 444, 458],
    [50, 100, 200, 400],
  ],
  ['stops with 6 tokens left', 20, 4, [['transient', 'transient']], [6, 6], [50]],
  [
    'gets its last cost back',
    30,
    2,
    [
      ['transient', 'transient', 'ok'],
      ['transient', 'ok'],
    ],
    [16, 2, 16, 2, 16],
    [50, 100, 50],
  ],
  ['pays less when throttled', 500, 2, [['throttling', 'ok']], [495, 500], [1_000]],
])('AWS: %s', async (_, capacity, maxRetries, calls, quota, delays) => {
  const waits: number[] = [];
  const call = ours(() => () => 1, capacity, maxRetries, waits);
  const seen: number[] = [];
  for (const steps of calls) seen.push(...(await call(steps)).quota);
  expect(seen).toEqual(quota);
  expect(waits).toEqual(delays);
});

interface Run {
  readonly seed: number;
  readonly calls: readonly { readonly steps: Step[]; readonly quota: number[] }[];
  readonly waits: number[];
}

test('10,000 random sequences leave the tokens, and the waits, of @smithy/util-retry', async () => {
  const runs = await runFixture<Run[]>('aws-oracle.fixture.ts');
  expect(runs).toHaveLength(10_000);
  let exhausted = 0;
  for (const { seed, calls, waits } of runs) {
    const ourWaits: number[] = [];
    const call = ours((n) => chanceOf(seed, n), 500, 2, ourWaits);
    const quotas: number[][] = [];
    for (const { steps } of calls) {
      const { quota, code } = await call(steps);
      quotas.push(quota);
      if (code === 'BUDGET_EXHAUSTED') exhausted += 1;
    }
    expect(quotas).toEqual(calls.map(({ quota }) => quota));
    expect(ourWaits).toEqual(waits);
  }
  expect(exhausted).toBeGreaterThan(100);
}, 300_000);

test('the budget by itself is AWS’s without its floor', () => {
  const budget = new RetryBudget({ capacity: 30, minPerSecond: 0 });
  expect([budget.tryAcquire('server'), budget.tryAcquire('server'), budget.tryAcquire('server')]).toEqual([
    14, 14, -1,
  ]);
});
