import { createVirtualClock } from '@resilient/testing';
import { afterEach, expect, test } from 'vitest';
import { createApiClient, forget } from '../index.ts';

afterEach(() => forget());

test('a request that hangs behind the gate does not hold the others', async () => {
  const clock = createVirtualClock();
  const client = createApiClient({ name: 'other', clock, random: () => 0, maxRetries: 0 });
  const refused = Object.assign(new Error('x'), { status: 429, headers: { 'retry-after': '1' } });
  await client.call(() => Promise.reject(refused)).catch(() => {});
  const served: number[] = [];
  const calls = Array.from({ length: 20 }, (_, n) =>
    client
      .call(async () => {
        served.push(n);
        return n === 0 ? new Promise(() => {}) : 'done';
      })
      .catch(() => {}),
  );
  await clock.advance(3_000);
  expect(served).toHaveLength(20);
  await clock.settle(Promise.all(calls));
});

test('a server behind the gate is never asked by those who wait', async () => {
  const clock = createVirtualClock();
  let asked = 0;
  const client = createApiClient({ name: 'other', clock, random: clock.random });
  const ask = async (): Promise<string> => {
    asked += 1;
    const isFirst = clock.now() < 1_000 && asked === 1;
    await clock.sleep(20);
    if (isFirst || clock.now() >= 1_000) return 'done';
    throw Object.assign(new Error('x'), { status: 429, headers: { 'retry-after-ms': '980' } });
  };
  const calls = Array.from({ length: 5 }, () => client.call(ask));
  await clock.advance(500);
  expect(asked).toBe(5);
  const late = client.call(ask);
  await clock.advance(400);
  expect(asked).toBe(5);
  expect(client.stats()).toMatchObject({ attemptsRunning: 0, running: 5 });
  await clock.settle(Promise.all([...calls, late]));
  expect(clock.pending).toBe(0);
});

test('a server that is always ready in a moment is asked more rarely, for more at a time', async () => {
  const clock = createVirtualClock();
  const client = createApiClient({ name: 'other', clock, random: () => 0 });
  let tokens = 0;
  let filledAt = 0;
  let accepted = 0;
  let refused: number[] = [];
  const ask = async (): Promise<void> => {
    tokens = Math.min(50, tokens + (clock.now() - filledAt) / 20);
    filledAt = clock.now();
    if (tokens >= 1) {
      tokens -= 1;
      accepted += 1;
      return;
    }
    refused.push(clock.now());
    const headers = { 'retry-after-ms': String((1 - tokens) * 20) };
    throw Object.assign(new Error('x'), { status: 429, headers });
  };
  const callers = Array.from({ length: 30 }, async () => {
    while (clock.now() < 40_000) await client.call(ask);
  });
  await clock.advance(10_000);
  refused = [];
  accepted = 0;
  await clock.settle(Promise.all(callers));
  const apart = refused.slice(1).map((at, n) => at - (refused[n] as number));
  expect(refused.length / accepted).toBeLessThan(0.1);
  expect(Math.max(...apart.filter((ms) => ms > 0))).toBeLessThan(1_100);
  expect(accepted).toBeGreaterThan(30 * 50 * 0.95);
  expect(client.stats().failures).toBe(0);
});

test('a single refusal among many answers closes it for no longer than was asked', async () => {
  const clock = createVirtualClock();
  const client = createApiClient({ name: 'other', clock, random: () => 0 });
  let n = 0;
  const ask = async (): Promise<number> => {
    n += 1;
    await clock.sleep(10);
    if (n % 50 === 0) {
      throw Object.assign(new Error('x'), { status: 429, headers: { 'retry-after-ms': '20' } });
    }
    return n;
  };
  const waits: number[] = [];
  for (let call = 0; call < 500; call += 1) {
    const startedAt = clock.now();
    await clock.settle(client.call(ask));
    if (clock.now() - startedAt > 10) waits.push(clock.now() - startedAt);
  }
  expect(waits).toHaveLength(10);
  expect(new Set(waits)).toEqual(new Set([50])); // two requests of 10 ms, and 20 + 10 between
});
