import { getEventListeners } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createFlakyServer } from '@resilient/testing';
import { afterEach, expect, test } from 'vitest';
import { type ApiClientStats, createApiClient, createResilientFetch, forget } from '../src/index.ts';
import { runFixture } from './run-fixture.ts';

afterEach(() => forget());

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

async function heapAfterGc(): Promise<number> {
  for (let n = 0; n < 3; n += 1) {
    gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().heapUsed;
}

test('200,000 calls on one long-lived signal leave no listener and no memory', async () => {
  const client = createApiClient({ name: 'long', idempotent: true });
  const { signal } = new AbortController();
  const make = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) await client.call(({ signal }) => signal.aborted, { signal });
  };
  await make(20_000);
  const before = await heapAfterGc();
  await make(200_000);
  expect((await heapAfterGc()) / before).toBeLessThan(1.05);
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  expect(client.stats()).toMatchObject({ calls: 220_000, successes: 220_000, running: 0 });
}, 240_000);

interface Left {
  readonly growth: number;
  readonly listeners: number;
  readonly requests: number;
  readonly good: number;
  readonly stats: ApiClientStats;
}

test('10,000 concurrent calls against a server that fails 30 %: the counters add up, nothing is left', async () => {
  const { growth, listeners, requests, good, stats } = await runFixture<Left>('leaks.fixture.ts');
  expect([good, listeners]).toEqual([18_000, 0]);
  expect(growth).toBeLessThan(1.05);
  const failedAttempts = Object.values(stats.attemptsByKind).reduce((a, b) => a + b, 0);
  expect(stats.attempts).toBe(requests);
  expect(stats.attempts).toBe(stats.callsSent + stats.retries);
  expect(stats.attempts).toBe(stats.attemptsOk + failedAttempts);
  expect(stats).toMatchObject({ running: 0, attemptsRunning: 0, queued: 0, successes: 18_000 });
  expect(requests / 18_000).toBeGreaterThan(1.3);
}, 600_000); // 20 s by itself, minutes beside others

test('a body’s link to the caller’s signal goes when nobody holds the body any more', async () => {
  await using server = await createFlakyServer({ body: 'x'.repeat(100) });
  const fetch = createResilientFetch({ name: 'bodies' });
  const { signal } = new AbortController();
  for (let n = 0; n < 50; n += 1) await (await fetch(server.url, { signal })).text();
  for (let turn = 0; turn < 50 && getEventListeners(signal, 'abort').length > 0; turn += 1) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});
