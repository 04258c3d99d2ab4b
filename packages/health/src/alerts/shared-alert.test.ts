import { createVirtualClock, type VirtualClock } from '@resilient/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type MemoryAlertStore, memoryAlertStore } from '../../test/support/memory-alert-store.ts';
import { type MemoryLogger, memoryLogger } from '../../test/support/memory-logger.ts';
import { testMonitor } from '../../test/support/test-monitor.ts';
import type { HealthMonitor } from '../monitor/types.ts';
import type { AlertNotice } from './notice.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let clock: VirtualClock;
let store: MemoryAlertStore;
let logger: MemoryLogger;
let notices: (AlertNotice & { readonly now: number })[];
let open: HealthMonitor[];

/** A process that knows nothing of the others but what the store holds. */
function start(instance: string): HealthMonitor {
  const sinks = [
    {
      name: 'test',
      send: (notice: AlertNotice) => {
        notices.push({ ...notice, now: clock.now() });
      },
    },
  ];
  const monitor = testMonitor({ name: 'school', instance, clock, logger, alerts: { sinks, store } });
  open.push(monitor);
  return monitor;
}

const fail = (monitor: HealthMonitor, times: number): void => {
  for (let i = 0; i < times; i += 1)
    monitor.recordError(Object.assign(new Error('no stock'), { stack: 'Error\n    at buy (shop.ts:1:1)' }));
};

const told = (): unknown[] => notices.map(({ now, state, count }) => [now / MINUTE, state, count]);

beforeEach(() => {
  clock = createVirtualClock();
  store = memoryAlertStore();
  logger = memoryLogger();
  notices = [];
  open = [];
});

afterEach(async () => {
  for (const monitor of open) await clock.settle(monitor.close());
  expect(clock.pending).toBe(0);
});

test('ten processes on one store: one fired, one repeated with what all of them counted, one resolved', async () => {
  const fleet = Array.from({ length: 10 }, (_, i) => start(`web-${i}`));
  for (const monitor of fleet) fail(monitor, 100);
  await clock.advance(4 * HOUR);
  expect(told()).toEqual([
    [0, 'fired', 11],
    [10, 'repeated', expect.any(Number)],
    [15, 'resolved', expect.any(Number)],
  ]);
  expect(notices.reduce((sum, { count }) => sum + count, 0)).toBe(1_000);
  expect(new Set(notices.map(({ dedupKey }) => dedupKey)).size).toBe(1);
});

test('a process that crashes every 5 s for 10 min, with the same error in each life: 1 notice', async () => {
  for (let life = 0; life < 120; life += 1) {
    const monitor = start('web-0');
    fail(monitor, 11);
    await clock.advance(5_000);
    await monitor.close();
  }
  expect(told()).toEqual([[0, 'fired', 11]]);
});

test('without a store each life says so, and which instance it is', async () => {
  for (let life = 0; life < 3; life += 1) {
    const monitor = testMonitor({
      instance: 'web-0',
      clock,
      logger,
      alerts: {
        sinks: [{ name: 'test', send: (notice) => void notices.push({ ...notice, now: clock.now() }) }],
      },
    });
    fail(monitor, 11);
    await clock.advance(5_000);
    await monitor.close();
  }
  expect(notices.map(({ state, instance }) => [state, instance])).toEqual(
    new Array(3).fill(['fired', 'web-0']),
  );
});

test('is resolved only when the last of them is well', async () => {
  const [one, two] = [start('one'), start('two')];
  fail(one, 11);
  fail(two, 11);
  for (let minute = 0; minute < 30; minute += 1) {
    await clock.advance(MINUTE);
    fail(two, 1);
  }
  expect(notices.map(({ state }) => state)).toEqual(['fired', 'repeated']);
  await clock.advance(HOUR);
  expect(notices.map(({ state }) => state)).toEqual(['fired', 'repeated', 'resolved']);
});

test('one that crashed and never came back does not keep the others from being well', async () => {
  const [lost, alive] = [start('lost'), start('alive')];
  fail(lost, 11);
  await lost.close();
  fail(alive, 11);
  await clock.advance(HOUR);
  expect(notices.at(-1)).toMatchObject({ state: 'resolved', instance: 'alive' });
});

test('an alert whose only instance was lost long ago fires anew', async () => {
  const lost = start('lost');
  fail(lost, 11);
  await clock.advance(0);
  await lost.close();
  await clock.advance(12 * HOUR);
  fail(start('next'), 11);
  await clock.advance(0);
  expect(notices.map(({ state, instance }) => [state, instance])).toEqual([
    ['fired', 'lost'],
    ['fired', 'next'],
  ]);
});

test('is quiet for 10 minutes after it was resolved, on another instance as well', async () => {
  fail(start('one'), 11);
  await clock.advance(16 * MINUTE);
  expect(notices.at(-1)?.state).toBe('resolved');
  fail(start('two'), 11);
  await clock.advance(5 * MINUTE);
  expect(notices.filter(({ instance }) => instance === 'two')).toEqual([]);
});

test.each([true, 'hangs' as const])(
  'a store that fails (%s): each instance speaks for itself, told once',
  async (how) => {
    store.fails = how;
    const monitor = start('one');
    fail(monitor, 11);
    await clock.advance(20 * MINUTE);
    expect(notices.map(({ state }) => state)).toEqual(['fired', 'repeated', 'resolved']);
    const lines = logger.of('warn').filter(({ message }) => message.includes('store of alerts'));
    expect(lines).toHaveLength(1);
    store.fails = false;
    fail(start('two'), 11);
    await clock.advance(0);
    expect(notices.at(-1)).toMatchObject({ state: 'fired', instance: 'two' });
  },
);

test('fired and resolved take turns, however many instances come and go', async () => {
  for (let round = 0; round < 40; round += 1) {
    const monitor = start(`web-${clock.random() < 0.5 ? 'a' : 'b'}`);
    fail(monitor, 11 + Math.floor(clock.random() * 50));
    await clock.advance(Math.floor(clock.random() * 30 * MINUTE));
    if (clock.random() < 0.5) await monitor.close();
  }
  let open = false;
  for (const { state } of notices) {
    if (state === 'fired') expect(open).toBe(false);
    if (state !== 'fired') expect(open).toBe(true);
    open = state !== 'resolved';
  }
});
