import { createVirtualClock, type VirtualClock } from '@resilient/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createApiClient, forget } from '../index.ts';
import { GradientLimit } from './gradient-limit.ts';

let clock: VirtualClock;
beforeEach(() => {
  clock = createVirtualClock();
});
afterEach(() => forget());

const errorOf = (call: Promise<unknown>): Promise<unknown> => call.catch((error: unknown) => error);

test('calls beyond the limit wait in line, first come, first served', async () => {
  const client = createApiClient({ name: 'other', clock, concurrency: 2 });
  const served: number[] = [];
  const calls = Array.from({ length: 6 }, (_, n) =>
    client.call(async () => {
      served.push(n);
      await clock.sleep(100);
    }),
  );
  await clock.advance(50);
  expect(client.stats()).toMatchObject({ attemptsRunning: 2, queued: 4, slots: 2, running: 6 });
  await clock.settle(Promise.all(calls));
  expect(served).toEqual([0, 1, 2, 3, 4, 5]);
  expect(clock.now()).toBe(300);
  expect(clock.pending).toBe(0);
});

test('a full queue, and a wait that is too long, refuse; the deadline counts in the queue', async () => {
  const concurrency = { limit: 1, queue: 2, queueTimeoutMs: 500 };
  const client = createApiClient({ name: 'other', clock, concurrency });
  const running = client.call(() => clock.sleep(1_000));
  const patient = errorOf(client.call(() => 'x'));
  const hurried = errorOf(client.call(() => 'x', { timeoutMs: 100 }));
  expect(await errorOf(client.call(() => 'x'))).toMatchObject({ code: 'SATURATED', attempts: [] });
  await clock.advance(100);
  expect(await hurried).toMatchObject({ code: 'TIMEOUT', outcome: 'not-sent', attempts: [] });
  await clock.advance(400);
  expect(await patient).toMatchObject({ code: 'SATURATED', outcome: 'not-sent' });
  await clock.settle(running);
  expect(client.stats()).toMatchObject({ attempts: 1, refusals: { slots: 2 }, budget: 500 });
  expect(clock.pending).toBe(0);
});

test('an abort in the queue leaves no slot taken', async () => {
  const client = createApiClient({ name: 'other', clock, concurrency: 1 });
  const caller = new AbortController();
  const running = client.call(() => clock.sleep(100));
  const waiting = errorOf(client.call(() => 'x', { signal: caller.signal }));
  await clock.advance(50);
  caller.abort();
  expect(await waiting).toMatchObject({ code: 'ABORTED' });
  await clock.settle(running);
  expect(await client.call(() => 'free')).toBe('free');
});

test('a circuit that opens during the wait refuses, and the slot goes on', async () => {
  const client = createApiClient({ name: 'other', clock, concurrency: 1 });
  const running = client.call(() => clock.sleep(100));
  const waiting = [1, 2, 3].map(() => errorOf(client.call(() => 'x')));
  client.breaker.open();
  await clock.settle(running);
  for (const error of await Promise.all(waiting)) expect(error).toMatchObject({ code: 'CIRCUIT_OPEN' });
  client.breaker.close();
  expect(await client.call(() => 'free')).toBe('free');
});

test.each([
  [{ concurrency: 0 }, /`concurrency`/],
  [{ concurrency: 'fast' }, /`concurrency`/],
  [{ concurrency: { limit: 1.5 } }, /`concurrency.limit`/],
  [{ concurrency: { queue: -1 } }, /`concurrency.queue`/],
  [{ concurrency: { queueTimeoutMs: 0 } }, /`concurrency.queueTimeoutMs`/],
  [{ concurrency: { size: 1 } }, /unknown option `size`/],
])('%o is refused', (options, message) => {
  expect(() => createApiClient({ name: 'other', ...(options as object) })).toThrow(message);
});

test('an adaptive limit grows while latency stays, shrinks when it rises, and after timeouts', () => {
  const limit = new GradientLimit();
  for (let n = 0; n < 200; n += 1) limit.answered(20, limit.limit);
  const grown = limit.limit;
  expect(grown).toBeGreaterThan(100);
  for (let n = 0; n < 50; n += 1) limit.answered(200, limit.limit);
  const shrunk = limit.limit;
  expect(shrunk).toBeLessThan(grown / 2);
  for (let n = 0; n < 100; n += 1) limit.dropped();
  expect(limit.limit).toBe(1);
  for (let n = 0; n < 2_000; n += 1) limit.answered(20, 1);
  expect(limit.limit).toBeGreaterThanOrEqual(1);
});

test('an adaptive limit keeps the latency of a server of 10 workers near its own', async () => {
  const client = createApiClient({ name: 'other', clock, concurrency: 'adaptive' });
  let busy = 0;
  const waiting: (() => void)[] = [];
  const work = async (): Promise<void> => {
    if (busy >= 10) await new Promise<void>((resolve) => waiting.push(resolve));
    else busy += 1;
    await clock.sleep(20);
    const next = waiting.shift();
    if (next) next();
    else busy -= 1;
  };
  const callers = Array.from({ length: 60 }, async () => {
    for (let n = 0; n < 50; n += 1) await client.call(work);
  });
  await clock.settle(Promise.all(callers));
  const { slots, attemptMs } = client.stats();
  expect(slots).toBeLessThan(30);
  expect(attemptMs.p50).toBeLessThan(70); // 120 with all 60 at once
});
