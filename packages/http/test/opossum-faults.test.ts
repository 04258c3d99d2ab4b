import { onResilienceEvent } from '@resilient/core';
import { createVirtualClock, type VirtualClock } from '@resilient/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ApiClient, type ApiClientOptions, createApiClient, forget } from '../src/index.ts';

let clock: VirtualClock;
beforeEach(() => {
  clock = createVirtualClock();
});
afterEach(() => forget());

const clientOf = (options: Partial<ApiClientOptions> = {}): ApiClient =>
  createApiClient({ name: 'other', clock, random: () => 0, maxRetries: 0, ...options });
const down = (): Promise<never> => Promise.reject(Object.assign(new Error('down'), { status: 503 }));
const failed = (client: ApiClient, fn = down): Promise<unknown> =>
  client.call(fn).catch((error: unknown) => error);
const fail = async (client: ApiClient, times: number): Promise<void> => {
  for (let made = 0; made < times; made += 1) await failed(client);
};

// One test for each fault of opossum 10 that was reproduced: none of them reaches a caller.

test('1. a classifier or listener that throws neither hangs a call nor turns its success around', async () => {
  const unsubscribe = onResilienceEvent(() => {
    throw new Error('listener');
  });
  const client = clientOf({
    classify: () => {
      throw new Error('classifier');
    },
  });
  expect(await client.call(() => 'done')).toBe('done');
  expect(await failed(client)).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  expect(client.stats()).toMatchObject({ successes: 1, failures: 1 });
  unsubscribe();
});

test('2. a late success of a call from before the opening does not close a half-open circuit', async () => {
  const client = clientOf({ timeoutMs: 600_000, attemptTimeoutMs: 300_000 });
  const late = client.call(() => clock.sleep(3_000));
  await fail(client, 10);
  await clock.advance(2_600);
  expect(client.breaker.state).toBe('half-open');
  await clock.settle(late);
  expect(client.breaker.state).toBe('half-open');
});

test('2b. a probe that hangs does not leave it half-open for good', async () => {
  const client = clientOf({ attemptTimeoutMs: 1_000 });
  await fail(client, 10);
  await clock.advance(2_500);
  const hung = failed(client, () => new Promise(() => {}) as never);
  await clock.advance(1_000);
  await hung;
  expect(client.breaker.state).toBe('open');
  await clock.advance(5_000);
  expect(await client.call(() => 'done')).toBe('done');
  expect(client.breaker.state).toBe('closed');
});

test('3. what does not count is neither a success nor a failure, and does not skip the fallback', async () => {
  const client = clientOf();
  client.breaker.open();
  await clock.advance(2_500);
  const unknown = () => Promise.reject(new Error('who knows'));
  expect(await client.call(unknown, { fallback: 'old' })).toBe('old');
  expect(client.breaker.state).toBe('half-open');
});

test('4. a full house is no failure, and does not open a half-open circuit again', async () => {
  const client = clientOf({ concurrency: { limit: 1, queue: 0 } });
  const running = client.call(() => clock.sleep(10_000));
  for (let made = 0; made < 30; made += 1) await failed(client, (() => 'x') as never);
  expect(client.breaker.state).toBe('closed');
  client.breaker.open();
  await clock.advance(2_500);
  expect(await failed(client, (() => 'x') as never)).toMatchObject({ code: 'SATURATED' });
  expect(client.breaker.state).toBe('half-open');
  await clock.settle(running);
});

test('5. calls in flight and refused calls do not dilute the rate', async () => {
  const client = clientOf({ breaker: { minCalls: 15, consecutiveFailures: Number.POSITIVE_INFINITY } });
  const hanging = Array.from({ length: 20 }, () => failed(client, () => new Promise(() => {}) as never));
  await fail(client, 15);
  expect(client.breaker.state).toBe('open');
  await clock.settle(Promise.all(hanging));
});

test('6. a rate of 1 opens, and one failure after a recovery does not', async () => {
  const client = clientOf({
    breaker: { failureRate: 1, minCalls: 5, consecutiveFailures: Number.POSITIVE_INFINITY },
  });
  await fail(client, 5);
  expect(client.breaker.state).toBe('open');
  await clock.advance(2_500);
  await client.call(() => 'done');
  await fail(client, 1);
  expect(client.breaker.state).toBe('closed');
});

test('7. two clients of one options object have nothing of each other, and it stays as it was', async () => {
  const shared = Object.freeze({ clock, maxRetries: 0, breaker: Object.freeze({ consecutiveFailures: 2 }) });
  const one = createApiClient({ ...shared, name: 'one' });
  const two = createApiClient({ ...shared, name: 'two' });
  expect([await one.call(() => 1), await two.call(() => 2)]).toEqual([1, 2]);
  await fail(one, 2);
  expect([one.breaker.state, two.breaker.state]).toEqual(['open', 'closed']);
});

test('8. nothing of it runs after the end, and flips no state', async () => {
  const client = clientOf();
  const late = failed(client, () => clock.sleep(3_000).then(down));
  await fail(client, 10);
  const closed = client.close({ timeoutMs: 1_000 });
  await clock.advance(1_000);
  await closed;
  await late;
  await clock.advance(60_000);
  expect(clock.pending).toBe(0);
});

test('9. `retryAt` is measured from the opening; a function that answers nothing at once is a success', async () => {
  const client = clientOf({ random: () => 1 - Number.EPSILON });
  await clock.advance(100_000);
  expect(await client.call(() => undefined)).toBeUndefined();
  await fail(client, 10);
  const ms = (client.breaker.retryAt?.getTime() ?? 0) - clock.epochNow();
  expect(ms).toBeGreaterThan(4_900);
  expect(ms).toBeLessThanOrEqual(5_000);
});

test('10. an open circuit costs the same after 50,000 samples, and no timer of a call outlives it', async () => {
  const client = clientOf({ breaker: { consecutiveFailures: Number.POSITIVE_INFINITY, minCalls: 1e6 } });
  for (let made = 0; made < 50_000; made += 1) await client.call(() => 'done');
  await fail(client, 5);
  expect(client.stats()).toMatchObject({ calls: 50_005, attemptsOk: 50_000 });
  expect(clock.pending).toBe(0);
});

test('11. callers who give up open nothing, and clients that open together do not probe together', async () => {
  const client = clientOf({ breaker: { consecutiveFailures: 2, minCalls: 2 } });
  for (let made = 0; made < 30; made += 1) {
    const caller = new AbortController();
    const call = client.call(() => new Promise(() => {}), { signal: caller.signal }).catch(() => {});
    caller.abort();
    await call;
  }
  expect(client.breaker.state).toBe('closed');
  const openTimes = Array.from({ length: 20 }, (_, n) => {
    const one = createApiClient({ name: `fleet-${n}`, clock, random: clock.random });
    one.breaker.open();
    return one.breaker.retryAt?.getTime();
  });
  expect(new Set(openTimes).size).toBeGreaterThan(15);
});
