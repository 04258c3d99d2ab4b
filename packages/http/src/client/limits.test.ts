import { createVirtualClock, type VirtualClock } from '@resilient/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ApiClient, type ApiClientOptions, createApiClient, forget } from '../index.ts';

let clock: VirtualClock;
beforeEach(() => {
  clock = createVirtualClock();
});
afterEach(() => forget());

const limited = (hint?: string): Error =>
  Object.assign(new Error('HTTP 429'), { status: 429, headers: hint ? { 'retry-after': hint } : {} });
const clientOf = (options: Partial<ApiClientOptions> = {}): ApiClient =>
  createApiClient({ name: 'other', clock, random: () => 0, maxRetries: 0, ...options });
const thrownBy = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'no error',
    (thrown) => thrown,
  );

test('a 429 holds the other calls back until the hint, first come, first served', async () => {
  const client = clientOf();
  await thrownBy(client.call(() => Promise.reject(limited('2'))));
  const served: number[] = [];
  const calls = Array.from({ length: 100 }, (_, n) => client.call(() => served.push(n)));
  await clock.advance(2_009);
  expect(served).toEqual([]);
  await clock.advance(1);
  await Promise.all(calls);
  expect(served).toEqual(Array.from({ length: 100 }, (_, n) => n));
  expect(clock.pending).toBe(0);
});

test('waiting at the gate costs no retry, no slot and no permit', async () => {
  const client = clientOf();
  await thrownBy(client.call(() => Promise.reject(limited('2'))));
  const call = client.call(() => 'done');
  await clock.advance(1_000);
  expect(client.stats()).toMatchObject({ running: 1, attemptsRunning: 0, attempts: 1 });
  expect(await clock.settle(call)).toBe('done');
  expect(client.stats()).toMatchObject({ retries: 0, attempts: 2, budget: 500 });
});

test('the refused call itself comes back first', async () => {
  const client = clientOf({ maxRetries: 1 });
  const served: string[] = [];
  const refused = client.call(async ({ attempt }) => {
    if (attempt === 1) throw limited('2');
    served.push('refused');
  });
  await clock.advance(500);
  const other = client.call(() => served.push('other'));
  await clock.advance(1_600);
  await Promise.all([refused, other]);
  expect(served.sort()).toEqual(['other', 'refused']);
});

test('a waiter whose deadline comes first fails at once', async () => {
  const client = clientOf();
  await thrownBy(client.call(() => Promise.reject(limited('20'))));
  const error = await thrownBy(client.call(() => 'x', { timeoutMs: 19_000 }));
  expect(error).toMatchObject({ code: 'RATE_LIMITED', stopReason: 'retry-after-too-long', attempts: [] });
  expect((error as { retryAt: Date }).retryAt.getTime()).toBe(clock.epochNow() + 20_010);
  expect(client.stats().refusals.gate).toBe(1);
  expect(clock.now()).toBe(0);
});

test('a later 429 that asks for longer sends those away who cannot wait so long', async () => {
  const client = clientOf();
  const slow = thrownBy(client.call(() => clock.sleep(500).then(() => Promise.reject(limited('50')))));
  await thrownBy(client.call(() => Promise.reject(limited('2'))));
  const short = thrownBy(client.call(() => 'x', { timeoutMs: 5_000 }));
  const patient = client.call(() => 'done');
  await clock.advance(500);
  await slow;
  expect(await short).toMatchObject({ code: 'RATE_LIMITED' });
  expect(await clock.settle(patient)).toBe('done');
  expect(clock.now()).toBeGreaterThanOrEqual(50_500);
});

test('one tenant’s 429 of a year does not stop another, and not even its own for longer than a minute', async () => {
  const client = clientOf({ timeoutMs: 300_000 });
  const error = await thrownBy(
    client.call(() => Promise.reject(limited('31536000')), { rateLimitKey: 'a', maxRetries: 3 }),
  );
  expect(error).toMatchObject({ code: 'RATE_LIMITED' });
  expect((error as { retryAt: Date }).retryAt.getTime()).toBeGreaterThanOrEqual(
    clock.epochNow() + 31_536_000_000,
  );
  expect(await client.call(() => 'b', { rateLimitKey: 'b' })).toBe('b');
  expect(await clock.settle(client.call(() => 'a', { rateLimitKey: 'a' }))).toBe('a');
  expect(clock.now()).toBe(60_000);
});

test('without a hint the gate closes for a second, doubling until a success', async () => {
  const client = clientOf();
  const closedFor: number[] = [];
  for (let made = 0; made < 7; made += 1) {
    const before = clock.now();
    await clock.settle(thrownBy(client.call(() => Promise.reject(limited()))));
    closedFor.push(clock.now() - before);
  }
  expect(closedFor).toEqual([0, 1_010, 2_010, 4_010, 8_010, 16_010, 20_010]);
  await clock.settle(client.call(() => 'done'));
  await thrownBy(client.call(() => Promise.reject(limited())));
  const before = clock.now();
  await clock.settle(client.call(() => 'done'));
  expect(clock.now() - before).toBe(1_010);
});

test('the hint of a 503 and a 425 hold nobody else back', async () => {
  const client = clientOf();
  for (const status of [503, 425]) {
    const failure = Object.assign(new Error('x'), { status, headers: { 'retry-after': '9' } });
    await thrownBy(client.call(() => Promise.reject(failure)));
    expect(await client.call(() => 'done')).toBe('done');
  }
  expect(clock.now()).toBe(0);
});

test('at most 1,000 wait at a gate', async () => {
  const client = clientOf();
  await thrownBy(client.call(() => Promise.reject(limited('2'))));
  const waiting = Array.from({ length: 1_000 }, () => client.call(() => 'done'));
  expect(await thrownBy(client.call(() => 'x'))).toMatchObject({ code: 'RATE_LIMITED' });
  expect(await clock.settle(Promise.all(waiting))).toHaveLength(1_000);
});

test('beyond the limit of slots a call is refused at once, without an attempt or a token', async () => {
  const client = clientOf({ concurrency: { limit: 2, queue: 0 }, maxRetries: 3, idempotent: true });
  const running = [client.call(() => clock.sleep(100)), client.call(() => clock.sleep(100))];
  const error = await thrownBy(client.call(() => 'x'));
  expect(error).toMatchObject({
    code: 'SATURATED',
    stopReason: 'saturated',
    outcome: 'not-sent',
    attempts: [],
  });
  expect(client.stats()).toMatchObject({
    attemptsRunning: 2,
    attempts: 2,
    budget: 500,
    refusals: { slots: 1 },
  });
  await clock.settle(Promise.all(running));
  expect(await client.call(() => 'done')).toBe('done');
  expect(client.stats().attemptsRunning).toBe(0);
});

test('an empty budget ends retries, not first attempts', async () => {
  const client = clientOf({
    maxRetries: 3,
    idempotent: true,
    breaker: false,
    budget: { capacity: 28, minPerSecond: 0 },
  });
  const down = (): Promise<never> => Promise.reject(Object.assign(new Error('down'), { status: 500 }));
  const error = await clock.settle(thrownBy(client.call(down)));
  expect(error).toMatchObject({ code: 'BUDGET_EXHAUSTED', stopReason: 'budget', status: 500 });
  expect((error as { attempts: unknown[] }).attempts).toHaveLength(3);
  expect(client.stats()).toMatchObject({ budget: 0, refusals: { budget: 1 } });
  expect(await client.call(() => 'done')).toBe('done');
  expect(client.stats().budget).toBe(1);
});

test('the statistics add up at every moment', async () => {
  const client = clientOf({ maxRetries: 2, idempotent: true, concurrency: 20, budget: { capacity: 60 } });
  const random = createVirtualClock({ seed: 7 }).random;
  const failures = [500, 404, 429, 503].map((status) => Object.assign(new Error('x'), { status }));
  const add = (): void => {
    const stats = client.stats();
    const { calls, successes, running, attempts, callsSent, retries, attemptsRunning, attemptsOk } = stats;
    const sum = (counts: Record<string, number>): number => Object.values(counts).reduce((a, b) => a + b, 0);
    expect(calls).toBe(successes + stats.failures + running);
    expect(sum(stats.failuresByCode)).toBe(stats.failures);
    expect(attempts).toBe(callsSent + retries);
    expect(attempts).toBe(attemptsRunning + attemptsOk + sum(stats.attemptsByKind as Record<string, number>));
    expect(stats.budget).toBeGreaterThanOrEqual(0);
    expect(stats.budget).toBeLessThanOrEqual(60);
  };
  const calls: Promise<unknown>[] = [];
  for (let made = 0; made < 500; made += 1) {
    const call = client.call(async () => {
      await clock.sleep(random() * 100);
      const drawn = Math.floor(random() * 12);
      if (drawn < 4) throw failures[drawn];
      if (drawn === 4) throw new TypeError('bug');
    });
    calls.push(call.catch(() => {}));
    await clock.advance(random() * 10);
    add();
  }
  await clock.settle(Promise.all(calls));
  add();
  expect(client.stats()).toMatchObject({ calls: 500, running: 0, attemptsRunning: 0 });
  expect(clock.pending).toBe(0);
});
