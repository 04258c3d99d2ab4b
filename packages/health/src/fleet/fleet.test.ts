import { createVirtualClock, type VirtualClock } from '@resilient/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type MemoryFleetStore, memoryFleetStore } from '../../test/support/memory-fleet-store.ts';
import { type MemoryLogger, memoryLogger } from '../../test/support/memory-logger.ts';
import { fakeReadings, testMonitor } from '../../test/support/test-monitor.ts';
import type { AlertNotice } from '../alerts/notice.ts';
import type { HealthMonitor } from '../monitor/types.ts';

const HOUR = 3_600_000;

let clock: VirtualClock;
let store: MemoryFleetStore;
let logger: MemoryLogger;
let open: HealthMonitor[];

function start(instance: string, release = '1'): HealthMonitor {
  const monitor = testMonitor({ name: 'school', instance, release, clock, logger, fleet: store });
  open.push(monitor);
  return monitor;
}

const serve = (monitor: HealthMonitor, times: number, status = 200, durationMs = 20): void => {
  for (let i = 0; i < times; i += 1) monitor.recordRequest({ route: '/', status, durationMs });
};

const fail = (monitor: HealthMonitor, times: number, name = 'KeyError'): void => {
  for (let i = 0; i < times; i += 1) monitor.recordError(Object.assign(new Error('x'), { name }));
};

/** What the store was told of the hours, added up. */
const hours = (): Record<string, [requests: number, failures: number, errors: number, worst: string[]]> => {
  const sums: ReturnType<typeof hours> = {};
  for (const hour of store.writes.flatMap((write) => write.hours)) {
    const key = hour.from.toISOString().slice(11, 16);
    const sum = sums[key] ?? [0, 0, 0, []];
    sums[key] = sum;
    sum[0] += hour.requests;
    sum[1] += hour.failures;
    sum[2] += Object.values(hour.errorsByType).reduce((all, count) => all + count, 0);
    sum[3].push(hour.worst);
  }
  return sums;
};

beforeEach(() => {
  clock = createVirtualClock();
  store = memoryFleetStore(clock);
  logger = memoryLogger();
  open = [];
});

afterEach(async () => {
  for (const monitor of open) await clock.settle(monitor.close());
  expect(clock.pending).toBe(0);
});

describe('the summary', () => {
  test('of three is the sum: counts, errors by type, buckets of durations, the worst status', async () => {
    const [one, two, three] = [start('one'), start('two'), start('three')];
    serve(one, 900, 200, 20);
    serve(two, 60, 200, 2_100);
    serve(three, 40, 500, 4_000);
    fail(one, 2);
    fail(two, 1, 'TypeError');
    fail(three, 3);
    three.declareBroken('worn out');
    await clock.advance(6_000);
    const expected = {
      store: 'ok',
      status: 'critical',
      live: 3,
      requests: 1_000,
      failures: 40,
      errorRate: 0.04,
      totalErrors: 6,
      errorsByType: { KeyError: 5, TypeError: 1 },
      timeWindow: 'Last 15 minutes',
    };
    for (const monitor of [one, two, three]) {
      const summary = await monitor.getFleetSummary();
      expect(summary).toMatchObject(expected);
      // 950 of 1,000 did not take longer than the 50th of the 60 between 2 and 2.5 s.
      expect(summary.p95Ms).toBeCloseTo(2_000 + (500 * 50) / 60);
      expect(summary.p50Ms).toBeCloseTo(10 + (15 * 500) / 900);
    }
    const { instances } = await one.getFleetSummary();
    expect(
      instances.map(({ instance, self, requests, status }) => [instance, self, requests, status]),
    ).toEqual([
      ['one', true, 900, 'healthy'],
      ['three', false, 40, 'critical'],
      ['two', false, 60, 'healthy'],
    ]);
    expect(instances[1]?.reasons).toEqual(['declared broken: worn out']);
  });

  test('has this instance as it is at the moment', async () => {
    const one = start('one');
    await clock.advance(6_000);
    serve(one, 5);
    expect((await one.getFleetSummary()).requests).toBe(5);
  });

  test('forgets what is older than 15 minutes', async () => {
    const [one, two] = [start('one'), start('two')];
    serve(two, 5);
    await clock.advance(10 * 60_000);
    expect((await one.getFleetSummary()).requests).toBe(5);
    await clock.advance(6 * 60_000);
    expect((await one.getFleetSummary()).requests).toBe(0);
  });

  test('of an instance without a store is that instance', async () => {
    const alone = testMonitor({ clock, logger, instance: 'alone' });
    open.push(alone);
    serve(alone, 3, 503, 100);
    expect(await alone.getFleetSummary()).toMatchObject({ store: 'none', live: 1, requests: 3, failures: 3 });
    expect(alone.getReport().fleet).toBeUndefined();
    await alone.flush();
  });

  test('of a service does not know the other one', async () => {
    const school = start('one');
    const shop = testMonitor({ name: 'shop', clock, logger, fleet: store });
    open.push(shop);
    await clock.advance(6_000);
    expect((await school.getFleetSummary()).live).toBe(1);
  });
});

describe('an instance that is gone', () => {
  test('is in no sum once it has said nothing for 30 s, and still shown', async () => {
    const one = start('one');
    const lost = start('lost');
    serve(one, 1);
    serve(lost, 2);
    await clock.advance(5_500);
    // A process that is killed says nothing any more: its timers are gone with it.
    const write = store.write;
    store.write = async (given, context) =>
      given.state.instance === 'lost' ? true : write.call(store, given, context);
    await clock.advance(29_000);
    expect(await one.getFleetSummary()).toMatchObject({ live: 2, requests: 3 });
    await clock.advance(2_000);
    const { live, requests, instances } = await one.getFleetSummary();
    expect([live, requests]).toEqual([1, 1]);
    expect(instances.map(({ instance, gone }) => [instance, gone])).toEqual([
      ['one', false],
      ['lost', true],
    ]);
    expect(clock.epochNow() - (instances[1]?.lastSeenAt.getTime() ?? 0)).toBe(31_000);
  });

  test('is gone at once where it has ended, and one line with the life that follows it', async () => {
    const one = start('one');
    const before = start('two');
    await clock.advance(6_000);
    await clock.settle(before.close());
    const gone = async (): Promise<unknown> =>
      (await one.getFleetSummary()).instances.map(({ instance, gone }) => [instance, gone]);
    await clock.advance(2_000);
    expect(await gone()).toEqual([
      ['one', false],
      ['two', true],
    ]);
    start('two');
    await clock.advance(2_000);
    expect(await gone()).toEqual([
      ['one', false],
      ['two', false],
    ]);
  });

  test('of two that live under one name, both count', async () => {
    const [one, other] = [start('pid 1'), start('pid 1')];
    serve(one, 1);
    serve(other, 2);
    await clock.advance(6_000);
    expect(await one.getFleetSummary()).toMatchObject({ live: 2, requests: 3 });
  });
});

describe('a store that does not answer', () => {
  test.each([true, 'hangs'] as const)(
    '(%s) leaves the local view, which says so, until it is back',
    async (how) => {
      const [one, two] = [start('one'), start('two')];
      serve(one, 1);
      serve(two, 2);
      await clock.advance(6_000);
      expect(await one.getFleetSummary()).toMatchObject({ store: 'ok', requests: 3 });
      store.fails = how;
      await clock.advance(7_000);
      serve(one, 4);
      const summary = await one.getFleetSummary();
      expect(summary).toMatchObject({ store: 'down', live: 2, requests: 7 });
      expect(summary.note).toContain('the fleet store does not answer');
      expect(one.getReport().fleet?.store).toBe('down');
      expect(one.getReport().summary.requests).toBe(5);
      await clock.advance(60_000);
      expect(await one.getFleetSummary()).toMatchObject({ store: 'down', live: 1, requests: 5 });
      store.fails = false;
      await clock.advance(6_000);
      one.getReport();
      await clock.advance(1_000);
      expect(await one.getFleetSummary()).toMatchObject({ store: 'ok', live: 2, requests: 7 });
      expect(logger.lines.filter(({ message }) => message.includes('fleet store'))).toHaveLength(4);
      expect(logger.of('warn').map(({ message }) => message)).toEqual(
        new Array(2).fill('the fleet store does not answer: this instance goes on alone'),
      );
      expect(logger.of('info').map(({ message }) => message)).toEqual(
        new Array(2).fill('the fleet store answers again'),
      );
      expect(JSON.stringify([logger.lines, summary])).not.toContain('ECONNREFUSED');
    },
  );

  test('is waited for 1 s the first time, and not at all from then on', async () => {
    const one = start('one');
    store.fails = 'hangs';
    const startedAt = clock.now();
    await clock.settle(one.getFleetSummary());
    expect(clock.now() - startedAt).toBe(1_000);
    await clock.advance(2_000);
    const before = clock.now();
    await one.getFleetSummary();
    expect(clock.now()).toBe(before);
  });

  test('gets every count once, also where a write was done and never answered', async () => {
    const one = start('one');
    serve(one, 10);
    fail(one, 3);
    store.fails = 'late';
    await clock.advance(2_000);
    serve(one, 7, 500);
    store.fails = true;
    await clock.advance(60_000);
    store.fails = false;
    await clock.advance(10_000);
    expect(hours()).toEqual({ '00:00': [17, 7, 3, expect.any(Array)] });
  });

  test('where others wait for a connection nothing is written, and nothing is lost', async () => {
    const one = start('one');
    store.crowded = true;
    serve(one, 3);
    await clock.advance(20_000);
    expect(store.writes).toEqual([]);
    expect(await one.getFleetSummary()).toMatchObject({ store: 'ok', live: 1, requests: 3 });
    store.crowded = false;
    await clock.advance(10_000);
    expect(hours()).toEqual({ '00:00': [3, 0, 0, expect.any(Array)] });
    expect(logger.lines).toEqual([]);
  });

  test('is not back where nothing is asked of it, since others wait for a connection', async () => {
    const one = start('one');
    store.fails = true;
    await clock.advance(6_000);
    Object.assign(store, { fails: false, crowded: true });
    await clock.advance(20_000);
    expect(await one.getFleetSummary()).toMatchObject({ store: 'down' });
    expect(logger.of('info')).toEqual([]);
  });
});

describe('writes', () => {
  test('come half a second after the start and every 5 s, one at a time', async () => {
    start('one');
    await clock.advance(499);
    expect(store.asked).toBe(0);
    await clock.advance(1);
    expect(store.asked).toBe(1);
    await clock.advance(60_000);
    expect(store.asked).toBe(13);
  });

  test('are read back by nobody who does not look', async () => {
    start('one');
    let readings = 0;
    const { instances } = store;
    store.instances = (...given) => {
      readings += 1;
      return instances.apply(store, given);
    };
    await clock.advance(HOUR);
    expect(readings).toBe(0);
  });

  test('put an hour into its own row, with the worst status of it, also of an hour without requests', async () => {
    const readings = fakeReadings();
    const one = testMonitor({ name: 'school', clock, logger, fleet: store }, readings);
    open.push(one);
    serve(one, 4);
    await clock.advance(HOUR);
    readings.memoryShare = 0.95;
    await clock.advance(60_000);
    readings.memoryShare = 0.1;
    await clock.advance(HOUR);
    await clock.advance(HOUR);
    expect(hours()).toEqual({
      '00:00': [4, 0, 0, ['healthy']],
      '01:00': [0, 0, 0, ['healthy', 'critical']],
      '02:00': [0, 0, 0, ['healthy']],
      '03:00': [0, 0, 0, ['healthy']],
    });
  });

  test('of a flood of invented types name 100, and their sum is right', async () => {
    const one = start('one');
    for (let i = 0; i < 1_000; i += 1) fail(one, 1, `Invented${i}`);
    await clock.advance(1_000);
    const [write] = store.writes;
    expect(Object.keys(write?.hours[0]?.errorsByType ?? {}).length).toBeLessThanOrEqual(101);
    expect(Object.keys(write?.state.errors ?? {}).length).toBeLessThanOrEqual(101);
    expect(hours()['00:00']?.[2]).toBe(1_000);
    expect(Object.values(write?.state.errors ?? {}).reduce((sum, count) => sum + count, 0)).toBe(1_000);
  });

  test('at the end say what came since, and that it has ended', async () => {
    const one = start('one');
    await clock.advance(6_000);
    serve(one, 3);
    one.startDraining();
    await clock.settle(one.close());
    expect(store.writes.at(-1)).toMatchObject({
      state: { ended: true, lifecycle: 'draining', requests: 3 },
      hours: [{ requests: 3 }],
    });
    expect(hours()['00:00']?.[0]).toBe(3);
  });

  test('at the end say so also where an earlier one was done and never answered', async () => {
    const one = start('one');
    serve(one, 2);
    store.fails = 'late';
    await clock.advance(2_000);
    store.fails = false;
    await clock.settle(one.close());
    expect(store.writes.at(-1)?.state).toMatchObject({ ended: true, requests: 2 });
    expect(hours()['00:00']?.[0]).toBe(2);
  });

  test('in a drain come before the database is closed, and what fails then is no news', async () => {
    const one = start('one');
    serve(one, 2);
    one.startDraining();
    await clock.settle(one.flush());
    expect(store.writes.at(-1)).toMatchObject({ state: { ended: true }, hours: [{ requests: 2 }] });
    store.fails = true; // a hook has closed it
    await clock.advance(20_000);
    expect(logger.lines).toEqual([]);
  });

  test('at the end take 1 s where the store hangs, and say nothing of it', async () => {
    const one = start('one');
    store.fails = 'hangs';
    const startedAt = clock.now();
    await clock.settle(one.close());
    expect(clock.now() - startedAt).toBe(1_000);
    expect(logger.lines).toEqual([]);
  });
});

describe('alerts', () => {
  const notices = (): { readonly list: AlertNotice[]; readonly sink: object } => {
    const list: AlertNotice[] = [];
    return { list, sink: { name: 'test', send: (notice: AlertNotice) => void list.push(notice) } };
  };

  test('are decided by the fleet store, unless alerts have one of their own', async () => {
    const told = notices();
    const own = memoryFleetStore(clock);
    for (const alerts of [{ sinks: [told.sink] }, { sinks: [told.sink], store: own.alerts }]) {
      const monitor = testMonitor({ name: 'school', clock, logger, fleet: store, alerts } as never);
      open.push(monitor);
      for (let i = 0; i < 11; i += 1) monitor.recordError(new Error('no stock'));
    }
    await clock.advance(1_000);
    expect(told.list).toHaveLength(2);
    expect(store.alerts.rows.size).toBe(1);
    expect(own.alerts.rows.size).toBe(1);
  });
});

test.each([null, {}, { write() {} }, 'store'])('%j is no fleet store', (fleet) => {
  expect(() => testMonitor({ fleet } as never)).toThrow(/`fleet`/);
});

test('in a fleet the default name of an instance begins with the host: in containers every process is pid 1', () => {
  const monitor = testMonitor({ clock, logger, fleet: store });
  open.push(monitor);
  expect(monitor.getReport().instance).toMatch(/^\S+ pid \d+$/);
});
