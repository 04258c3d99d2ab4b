import { createVirtualClock } from '@resilient/testing';
import { afterEach, expect, test } from 'vitest';
import { createApiClient, forget } from '../index.ts';

afterEach(() => forget());

const LATENCY_MS = 20;

interface Load {
  readonly seed: number;
  readonly perSecond: number;
  readonly seconds: number;
  /** Whether a request that arrives at `second` fails. */
  readonly fails: (second: number, random: () => number) => boolean;
}

/** Independent callers at a steady rate; what was sent, and how each call ended, by the second in which it began. */
async function runLoad({ seed, perSecond, seconds, fails }: Load) {
  const clock = createVirtualClock({ seed });
  const client = createApiClient({ name: 'load', clock, random: clock.random, idempotent: true });
  const sentAt: number[] = [];
  const ends: { readonly at: number; readonly isGood: boolean }[] = [];
  const calls: Promise<unknown>[] = [];
  const work = async (): Promise<void> => {
    sentAt.push(clock.now());
    await clock.sleep(LATENCY_MS);
    if (fails(clock.now() / 1_000, clock.random)) throw Object.assign(new Error('down'), { status: 500 });
  };
  for (let n = 0; n < perSecond * seconds; n += 1) {
    const at = clock.now();
    calls.push(
      client.call(work).then(
        () => ends.push({ at, isGood: true }),
        () => ends.push({ at, isGood: false }),
      ),
    );
    await clock.advance(1_000 / perSecond);
  }
  await clock.settle(Promise.all(calls));
  const stats = client.stats();
  forget();
  return { sentAt, ends, success: ends.filter(({ isGood }) => isGood).length / ends.length, stats };
}

test.each([
  [0.01, 40, 0.999],
  [0.1, 40, 0.999],
  [0.2, 40, 0.99],
  [0.1, 1, 0.999],
  [0.2, 1, 0.99],
])(
  '%s of failures at %i a second: success of at least the third',
  async (rate, perSecond, goal) => {
    const seconds = perSecond === 1 ? 600 : 60;
    const { success, stats } = await runLoad({
      seed: 5,
      perSecond,
      seconds,
      fails: (_, random) => random() < rate,
    });
    expect(success).toBeGreaterThanOrEqual(goal);
    expect(stats.attempts / stats.calls).toBeLessThan(1.3);
  },
  30_000,
);

test('a blackout of 60 s: next to no load for it, and full goodput soon after', async () => {
  const recoveries: number[] = [];
  for (let seed = 1; seed <= 6; seed += 1) {
    const run = await runLoad({
      seed,
      perSecond: 20,
      seconds: 100,
      fails: (second) => second >= 10 && second < 70,
    });
    const during = (at: number): boolean => at >= 10_000 && at < 70_000;
    const sent = run.sentAt.filter(during).length;
    const asked = run.ends.filter(({ at }) => during(at)).length;
    expect(sent / asked).toBeLessThanOrEqual(1.03);
    const lastBad = Math.max(...run.ends.filter(({ isGood }) => !isGood).map(({ at }) => at));
    recoveries.push(Math.max(0, lastBad - 70_000));
  }
  const mean = recoveries.reduce((a, b) => a + b, 0) / recoveries.length;
  expect(mean).toBeLessThanOrEqual(8_000);
  expect(Math.max(...recoveries)).toBeLessThanOrEqual(15_000);
}, 60_000);

/** Callers one after another, of whose requests one in fifty meets a slow replica; the quantile of their calls. */
async function p99Of(hedge: boolean): Promise<{ p99: number; load: number }> {
  const clock = createVirtualClock({ seed: 9 });
  const client = createApiClient({
    name: 'replicas',
    clock,
    random: clock.random,
    idempotent: true,
    ...(hedge ? { hedge: { afterMs: 'p95' as const } } : {}),
  });
  const work = (signal: AbortSignal): Promise<void> =>
    clock.sleep(clock.random() < 0.02 ? 1_000 : 20 + 10 * clock.random(), signal);
  for (let n = 0; n < 2_000; n += 1) await clock.settle(client.call(({ signal }) => work(signal)));
  const { callMs, attempts, calls } = client.stats();
  forget();
  return { p99: callMs.p99 as number, load: attempts / calls };
}

test('a slow replica: hedging takes the p99 from a second to some twenty more than usual', async () => {
  const [without, withHedge] = [await p99Of(false), await p99Of(true)];
  expect(without.p99).toBeGreaterThan(900);
  expect(withHedge.p99).toBeLessThan(80);
  expect(withHedge.load).toBeLessThan(1.1);
}, 60_000);
