import { withDeadline } from '@resilient/core';
import { createVirtualClock, type VirtualClock } from '@resilient/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type MemoryLogger, memoryLogger } from '../../test/support/memory-logger.ts';
import { testMonitor } from '../../test/support/test-monitor.ts';
import type { HealthMonitor } from '../monitor/types.ts';
import { type CheckableDatabase, databaseCheck } from './database-check.ts';
import { type CheckOptions, defineCheck } from './define-check.ts';

let clock: VirtualClock;
let logger: MemoryLogger;
let monitor: HealthMonitor | undefined;

beforeEach(() => {
  clock = createVirtualClock();
  logger = memoryLogger();
});

afterEach(async () => {
  await monitor?.close();
  monitor = undefined;
});

function monitorOf(...checks: CheckOptions[]): HealthMonitor {
  monitor = testMonitor({ clock, logger, checks: checks.map(defineCheck) });
  return monitor;
}

const word = (name = 'one'): string | undefined => monitor?.getReport().checks[name]?.word;

describe('a check', () => {
  test.each([
    ['nothing', () => undefined, 'ok'],
    ['a promise of nothing', async () => undefined, 'ok'],
    ['ok', () => ({ status: 'ok' }), 'ok'],
    ['degraded', async () => ({ status: 'degraded' }), 'degraded'],
    ['down', () => ({ status: 'down' }), 'down'],
    ['a word that is none', () => ({ status: 'fine' }), 'down'],
    ['null', () => null, 'down'],
    [
      'a throw',
      () => {
        throw null;
      },
      'down',
    ],
    ['a rejection', () => Promise.reject(new Error('no')), 'down'],
  ])('that answers %s is %s', async (_name, run, expected) => {
    monitorOf({ name: 'one', run });
    await clock.advance(0);
    expect(word()).toBe(expected);
  });

  test('runs at once, every interval, and again for a probe that finds it older than its ttl', async () => {
    let runs = 0;
    const of = monitorOf({
      name: 'one',
      run: () => {
        runs += 1;
      },
    });
    await clock.advance(0);
    expect(runs).toBe(1);
    await of.probe('ready');
    await clock.advance(2_000);
    await of.probe('ready');
    expect(runs).toBe(1);
    await clock.advance(1);
    await of.probe('ready');
    await of.probe('health');
    expect(runs).toBe(2);
    await clock.advance(7_999);
    expect(runs).toBe(3);
    await of.probe('live');
    expect(runs).toBe(3);
  });

  test('that hangs is a timeout after 800 ms, is told so, is not started again, and is unknown after 3 intervals', async () => {
    let runs = 0;
    let aborted = 0;
    const of = monitorOf({
      name: 'one',
      run: ({ signal }) => {
        runs += 1;
        signal.addEventListener('abort', () => {
          aborted += 1;
        });
        return new Promise(() => undefined);
      },
    });
    expect(word()).toBe('unknown');
    await clock.advance(799);
    expect(word()).toBe('unknown');
    await clock.advance(1);
    expect([word(), aborted]).toEqual(['timeout', 1]);
    await clock.advance(30_000);
    await of.probe('health');
    expect(word()).toBe('timeout');
    await clock.advance(1);
    expect([word(), runs]).toEqual(['unknown', 1]);
    expect(of.getErrorSummary()).toMatchObject({
      status: 'critical',
      reasons: ['required check one: unknown'],
    });
  });

  test('whose answer comes after its time is asked again, and believed then', async () => {
    const answers: ((value?: undefined) => void)[] = [];
    monitorOf({ name: 'one', run: () => new Promise((resolve) => answers.push(resolve)) });
    await clock.advance(5_000);
    answers[0]?.();
    await clock.advance(0);
    expect(word()).toBe('timeout');
    await clock.advance(5_000);
    answers[1]?.();
    await clock.advance(0);
    expect([word(), answers.length]).toEqual(['ok', 2]);
  });

  test('is not bound by the deadline of the request in which the monitor was made', async () => {
    let runs = 0;
    const made = await withDeadline(20, async () =>
      testMonitor({
        logger,
        checks: [
          defineCheck({
            name: 'one',
            intervalMs: 15,
            run: () => {
              runs += 1;
            },
          }),
        ],
      }),
    );
    await expect.poll(() => runs).toBeGreaterThan(4);
    expect(made.getErrorSummary().status).toBe('healthy');
    await made.close();
  });

  test('writes a line when its word changes, not each time', async () => {
    let status = 'ok';
    monitorOf({ name: 'one', run: () => ({ status }) });
    await clock.advance(30_000);
    status = 'down';
    await clock.advance(30_000);
    status = 'ok';
    await clock.advance(30_000);
    const lines = logger.lines.filter(({ facts }) => facts.alert === undefined);
    expect(lines.map((line) => [line.level, line.message])).toEqual([
      ['warn', 'check one: down'],
      ['info', 'check one: ok'],
    ]);
  });
});

describe('the details of a check', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;

  test.each([
    [
      { url: 'postgres://user:hunter2@db/x', waiting: 3n },
      { url: expect.not.stringContaining('hunter2'), waiting: '3' },
    ],
    [
      { connection: { user: 'ada', password: 'hunter2', apiKey: 'hunter2' } },
      { connection: { user: 'ada', password: '***', apiKey: '***' } },
    ],
    [cyclic, { omitted: 'details that are no JSON' }],
    [{ rows: Array.from({ length: 9_000 }, () => 0) }, { omitted: 'details of 18010 characters' }],
  ])('are masked and bounded: %#', async (details, expected) => {
    monitorOf({ name: 'one', run: () => ({ status: 'degraded', details }) });
    await clock.advance(0);
    expect(monitor?.getReport().checks.one?.details).toEqual(expected);
    expect(JSON.stringify(monitor?.getReport())).not.toContain('hunter2');
  });
});

test('close stops a check that is under way', async () => {
  let aborted = false;
  const of = monitorOf({
    name: 'one',
    run: ({ signal }) => {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      return new Promise(() => undefined);
    },
  });
  await of.close();
  expect([aborted, clock.pending]).toEqual([true, 0]);
});

test('a check that never runs by itself runs at once and when a probe asks', async () => {
  let runs = 0;
  const of = monitorOf({
    name: 'one',
    intervalMs: Infinity,
    run: () => {
      runs += 1;
    },
  });
  await clock.advance(3_600_000);
  expect([runs, word()]).toEqual([1, 'ok']);
  await of.probe('ready');
  expect(runs).toBe(2);
});

describe('the status', () => {
  test.each([
    [true, 'down', 'critical', 503],
    [true, 'degraded', 'degraded', 200],
    [false, 'down', 'degraded', 200],
    [false, 'degraded', 'degraded', 200],
  ])('of a check that is required: %s and %s is %s', async (required, status, expected, code) => {
    const of = monitorOf(
      { name: 'one', required, run: () => ({ status }) },
      { name: 'two', run: () => undefined },
    );
    of.started();
    await clock.advance(0);
    expect(of.getErrorSummary().status).toBe(expected);
    expect(await of.probe('health')).toEqual({
      code,
      status: expected,
      checks: { one: status, two: 'ok' },
    });
    expect((await of.probe('ready')).code).toBe(code);
    expect((await of.probe('live')).code).toBe(200);
  });
});

describe('readiness', () => {
  test('is 503 starting until started() and the first answers, then ok, then draining', async () => {
    let answer: ((value?: undefined) => void) | undefined;
    const of = monitorOf({
      name: 'one',
      timeoutMs: 60_000,
      run: () => new Promise((resolve) => (answer = resolve)),
    });
    const ready = (): Promise<unknown> => clock.settle(of.probe('ready'), { maxMs: 800 });
    expect(await ready()).toEqual({ code: 503, status: 'starting', checks: { one: 'unknown' } });
    of.started();
    expect(await ready()).toEqual({ code: 503, status: 'starting', checks: { one: 'unknown' } });
    // Who was never answered knows nothing, least of all that all is well.
    expect(of.getErrorSummary()).toMatchObject({
      status: 'critical',
      reasons: ['required check one: unknown'],
    });
    answer?.();
    expect(await ready()).toEqual({ code: 200, status: 'ok', checks: { one: 'ok' } });
    of.startDraining();
    of.started();
    expect(await ready()).toEqual({ code: 503, status: 'draining', checks: { one: 'ok' } });
    expect(await of.probe('health')).toMatchObject({ code: 503, status: 'draining' });
    expect(await of.probe('live')).toEqual({ code: 200, status: 'ok', checks: {} });
  });

  test('answers within 800 ms although a check takes longer', async () => {
    const of = monitorOf({ name: 'one', timeoutMs: 5_000, run: () => new Promise(() => undefined) });
    const startedAt = clock.now();
    await clock.settle(of.probe('ready'));
    expect(clock.now() - startedAt).toBeLessThanOrEqual(800);
  });

  test('does not ask checks that are not its own', async () => {
    const of = monitorOf({ name: 'one', probes: [], run: () => ({ status: 'down' }) });
    of.started();
    await clock.advance(0);
    expect(await of.probe('ready')).toEqual({ code: 200, status: 'ok', checks: {} });
  });
});

describe('liveness', () => {
  test('fails for what was declared broken, and stays 200 while draining', async () => {
    const of = monitorOf();
    of.startDraining();
    expect((await of.probe('live')).code).toBe(200);
    of.declareBroken('the worker thread is gone');
    expect((await of.probe('live')).code).toBe(503);
    expect(of.getErrorSummary()).toMatchObject({
      status: 'critical',
      reasons: ['declared broken: the worker thread is gone'],
    });
  });

  test('fails where it was chosen, for a required, private check that has failed that long', async () => {
    const live = defineCheck({ name: 'loop', probes: ['live'], run: () => ({ status: 'down' }) });
    const ready = defineCheck({ name: 'database', run: () => ({ status: 'down' }) });
    monitor = testMonitor({
      clock,
      logger,
      checks: [live, ready],
      liveness: { brokenForMs: 600_000 },
    });
    await clock.advance(599_999);
    expect((await monitor.probe('live')).code).toBe(200);
    await clock.advance(1);
    expect((await monitor.probe('live')).code).toBe(503);
  });
});

describe('defineCheck', () => {
  const run = (): undefined => undefined;

  test.each([
    [{ name: 'status', run }, /`name`/],
    [{ name: 'Database', run }, /`name`/],
    [{ name: 'x'.repeat(33), run }, /`name`/],
    [{ name: '__proto__', run }, /`name`/],
    [{ name: 'x' }, /`run`/],
    [{ name: 'x', run, timeout: 5 }, /`timeout`/],
    [{ name: 'x', run, timeoutMs: 0 }, /`timeoutMs`/],
    [{ name: 'x', run, intervalMs: Number.NaN }, /`intervalMs`/],
    [{ name: 'x', run, ttlMs: '5' }, /`ttlMs`/],
    [{ name: 'x', run, probes: ['alive'] }, /`probes`/],
    [{ name: 'x', run, shared: true, probes: ['live'] }, /`probes` of the shared check `x`.*every replica/],
  ])('refuses %o', (options, message) => {
    expect(() => defineCheck(options as never)).toThrow(message);
  });

  test('a shared check is in no probe but by choice, and the choice is said aloud', () => {
    expect(defineCheck({ name: 'x', run, shared: true }).probes).toEqual([]);
    monitorOf({ name: 'pg', run, shared: true, probes: ['ready'] });
    expect(logger.of('warn').map((line) => line.message)).toEqual([
      expect.stringContaining('all of them leave the balancer at once'),
    ]);
  });

  test('two checks of one name are refused', () => {
    expect(() => monitorOf({ name: 'x', run }, { name: 'x', run })).toThrow(/`checks`.*"x"/);
  });
});

describe('databaseCheck', () => {
  test('asks the database with its own limit, and keeps what it says', async () => {
    const asked: unknown[] = [];
    const db: CheckableDatabase = {
      async check(options) {
        asked.push(options);
        return { status: 'degraded', latencyMs: 7, details: { waiting: 3 } };
      },
    };
    monitor = testMonitor({ clock, logger, checks: [databaseCheck(db, { timeoutMs: 300 })] });
    await clock.advance(0);
    expect(asked).toEqual([{ timeoutMs: 300 }]);
    expect(monitor.getReport().checks.database).toMatchObject({
      word: 'degraded',
      latencyMs: 7,
      details: { waiting: 3 },
      required: true,
    });
  });

  test('refuses what cannot be checked', () => {
    expect(() => databaseCheck({} as never)).toThrow(/`db`/);
    expect(() => databaseCheck(null as never)).toThrow(/`db`/);
  });
});
