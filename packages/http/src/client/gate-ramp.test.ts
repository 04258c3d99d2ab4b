import { createVirtualClock } from '@resilient/testing';
import { afterEach, expect, test } from 'vitest';
import { createApiClient, forget } from '../index.ts';
import { limitedServer, rateLimitRun } from './rate-limit.fixture.ts';

afterEach(() => forget());

test.each([
  ['retry-after-ms', true, 0.97],
  ['whole seconds', false, 0.95],
])('100 callers at 50 a second, %s: goodput, refusals, failures and spread', async (_, inMs, goal) => {
  const { goodput, refusals, failed, spread } = await rateLimitRun({ inMs, limits: [[0, 50]], seconds: 60 });
  expect(failed).toBe(0);
  expect(goodput).toBeGreaterThanOrEqual(goal);
  expect(refusals).toBeLessThanOrEqual(0.1);
  expect(spread).toBeLessThanOrEqual(0.1);
});

test('the limit falls to 20 and rises to 200 midway', async () => {
  const limits = [
    [0, 50],
    [30, 20],
    [60, 200],
  ] as const;
  const { goodput, refusals, failed, spread } = await rateLimitRun({ inMs: true, limits, seconds: 90 });
  expect(failed).toBe(0);
  expect(goodput).toBeGreaterThanOrEqual(0.95);
  expect(refusals).toBeLessThanOrEqual(0.1);
  expect(spread).toBeLessThanOrEqual(0.1);
});

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
  const server = limitedServer(clock, [[0, 1]], true);
  const client = createApiClient({ name: 'other', clock, random: clock.random });
  const calls = Array.from({ length: 5 }, () => client.call(() => server.ask()));
  await clock.advance(500);
  expect(server.counts.refused).toBe(4);
  expect(client.stats()).toMatchObject({ attemptsRunning: 0, running: 4 });
  await clock.settle(Promise.all(calls));
  expect(clock.pending).toBe(0);
});

test('after a minute without a refusal nobody is counted any more', async () => {
  const clock = createVirtualClock();
  const client = createApiClient({ name: 'other', clock, random: () => 0, maxRetries: 1 });
  const refused = Object.assign(new Error('x'), { status: 429, headers: { 'retry-after': '1' } });
  const call = client.call(({ attempt }) => (attempt === 1 ? Promise.reject(refused) : 'done'));
  expect(await clock.settle(call)).toBe('done');
  await clock.advance(60_000);
  const all = Array.from({ length: 500 }, () => client.call(() => clock.sleep(10)));
  await clock.advance(0);
  expect(client.stats().attemptsRunning).toBe(500);
  await clock.settle(Promise.all(all));
  expect(clock.pending).toBe(0);
});
