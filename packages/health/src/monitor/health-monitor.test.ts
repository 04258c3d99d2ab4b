import { publish, type ResilienceEvent } from '@resilient/core';
import { createVirtualClock, type VirtualClock } from '@resilient/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type MemoryLogger, memoryLogger } from '../../test/support/memory-logger.ts';
import { testMonitor } from '../../test/support/test-monitor.ts';
import { createHealthMonitor } from './create-health-monitor.ts';
import type { HealthMonitor } from './types.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;

let clock: VirtualClock;
let logger: MemoryLogger;
let monitor: HealthMonitor;

beforeEach(() => {
  clock = createVirtualClock();
  logger = memoryLogger();
  monitor = testMonitor({ name: 'test', clock, logger });
});

afterEach(async () => {
  await monitor.close();
  expect(clock.pending).toBe(0);
});

const sameError = (): Error =>
  Object.assign(new Error('no stock of 42'), { stack: 'Error\n    at buy (shop.ts:1:1)' });

const states = (): unknown[] =>
  logger.lines.flatMap(({ facts }) =>
    facts.alert === undefined ? [] : [(facts.alert as { state: string }).state],
  );

const notices = (): unknown[] =>
  logger.lines.flatMap(({ facts }) =>
    facts.alert === undefined ? [] : [[clock.now(), (facts.alert as { state: string }).state]],
  );

describe('the summary', () => {
  test('of an empty window is healthy, with zeros', () => {
    expect(monitor.getErrorSummary()).toEqual({
      status: 'healthy',
      totalErrors: 0,
      errorsByType: Object.create(null),
      timeWindow: 'Last 15 minutes',
      errorRate: 0,
      requests: 0,
      reasons: [],
    });
    expect(JSON.stringify(monitor.getReport())).not.toMatch(/NaN|null/);
  });

  test('counts errors by type, greatest first', () => {
    class KeyError extends Error {}
    class OperationalError extends Error {
      override name = 'OperationalError';
    }
    monitor.recordError(new KeyError('a'));
    monitor.recordError(new OperationalError('b'));
    monitor.recordError(new OperationalError('c'));
    expect({ ...monitor.getErrorSummary().errorsByType }).toEqual({ OperationalError: 2, KeyError: 1 });
    expect(Object.keys(monitor.getErrorSummary().errorsByType)).toEqual(['OperationalError', 'KeyError']);
  });

  test('takes names such as __proto__ as names', () => {
    for (const name of ['__proto__', 'constructor', 'toString', '_OTHER']) {
      monitor.recordError(Object.assign(new Error('x'), { name }));
    }
    const { errorsByType, totalErrors } = monitor.getErrorSummary();
    expect(totalErrors).toBe(4);
    expect(Object.keys(errorsByType).sort()).toEqual(['_OTHER', '__proto__', 'constructor', 'toString']);
    expect(Object.values(errorsByType)).toEqual([1, 1, 1, 1]);
  });

  test('forgets after 15 minutes', async () => {
    monitor.recordError(new Error('old'));
    monitor.recordRequest({ route: '/', status: 500, durationMs: 1 });
    await clock.advance(15 * MINUTE);
    expect(monitor.getErrorSummary()).toMatchObject({ totalErrors: 0, requests: 0, errorRate: 0 });
  });
});

describe('an error counts once', () => {
  test('as the same object in two layers', () => {
    const error = new Error('once');
    expect(monitor.recordError(error)).toBe(true);
    expect(monitor.recordError(error)).toBe(false);
    expect(monitor.getErrorSummary().totalErrors).toBe(1);
  });

  test('as the cause of one that comes later, and around one that came before', () => {
    const inner = new Error('inner');
    monitor.recordError(inner);
    expect(monitor.recordError(new Error('outer', { cause: new Error('middle', { cause: inner }) }))).toBe(
      false,
    );
    const member = new Error('member');
    expect(monitor.recordError(new AggregateError([new Error('other'), member]))).toBe(true);
    expect(monitor.recordError(member)).toBe(false);
  });

  test('wherever in the chain the known one is', () => {
    const known = new Error('known');
    monitor.recordError(known);
    known.cause = new Error('found out later');
    expect(monitor.recordError(new Error('outer', { cause: known }))).toBe(false);
    expect(monitor.recordError(new AggregateError([known, new Error('new')]))).toBe(false);
  });

  test('but not because of a plain object that many name as their cause', () => {
    const settings = { retries: 3 };
    for (let i = 0; i < 3; i += 1) monitor.recordError(new Error('x', { cause: settings }));
    expect(monitor.getErrorSummary().totalErrors).toBe(3);
    const thrown = { message: 'a plain object was thrown' };
    expect(monitor.recordError(thrown)).toBe(true);
    expect(monitor.recordError(new Error('wrapped', { cause: thrown }))).toBe(false);
  });

  test('also where it hides its errors behind a method that never ends', () => {
    const endless = Object.assign([new Error('x')], {
      slice: () => ({
        *[Symbol.iterator]() {
          for (let i = 0; ; i += 1) {
            if (i > 1_000) throw new Error('it was read');
            yield i;
          }
        },
      }),
    });
    expect(monitor.recordError(Object.assign(new TypeError('x'), { errors: endless }))).toBe(true);
    expect({ ...monitor.getErrorSummary().errorsByType }).toEqual({ TypeError: 1 });
  });

  test('but what is no object counts each time', () => {
    for (const thrown of [null, null, undefined, 'text', 'text', 0, 1n, Symbol('x')])
      monitor.recordError(thrown);
    expect({ ...monitor.getErrorSummary().errorsByType }).toEqual({
      null: 2,
      string: 2,
      undefined: 1,
      number: 1,
      bigint: 1,
      symbol: 1,
    });
  });
});

describe('the same error more than 10 times within 1 hour', () => {
  test('10 do not fire, the 11th does, as CRITICAL in the log', () => {
    for (let i = 0; i < 10; i += 1) monitor.recordError(sameError(), { route: '/buy/:id' });
    expect(logger.of('fatal')).toEqual([]);
    monitor.recordError(sameError(), { route: '/buy/:id' });
    expect(logger.of('fatal')).toHaveLength(1);
    expect(logger.of('fatal')[0]?.facts).toMatchObject({
      severity: 'CRITICAL',
      alert: { rule: 'repeated-error', state: 'fired', errorType: 'Error', route: '/buy/:id', count: 11 },
    });
    expect(monitor.getReport().alerts).toHaveLength(1);
  });

  test('the ids and digits in its message make no other error of it; another place does', () => {
    for (let i = 0; i < 11; i += 1) {
      const error = new Error(`row ${i} of user u-${i}@example.com not found in 'table ${i}'`);
      error.stack = 'Error\n    at read (db.ts:3:1)';
      monitor.recordError(error);
    }
    expect(logger.of('fatal')).toHaveLength(1);
    for (let i = 0; i < 11; i += 1) {
      monitor.recordError(Object.assign(new Error('x'), { stack: `Error\n    at f${i} (file.ts:${i}:1)` }));
    }
    expect(logger.of('fatal')).toHaveLength(1);
  });

  test('11 within exactly 3,600 s fire, 11 spread over a millisecond more do not', async () => {
    for (let i = 0; i < 10; i += 1) monitor.recordError(sameError());
    await clock.advance(HOUR);
    monitor.recordError(sameError());
    expect(states()).toEqual(['fired']);

    const spread = (): Error => Object.assign(new Error('spread'), { stack: 'Error\n    at s (s.ts:1:1)' });
    for (let i = 0; i < 10; i += 1) monitor.recordError(spread());
    await clock.advance(HOUR + 1);
    monitor.recordError(spread());
    expect(states().filter((state) => state === 'fired')).toHaveLength(1);
  });

  test.each([HOUR, -HOUR])('a step of the wall clock by %i ms changes nothing', async (step) => {
    for (let i = 0; i < 6; i += 1) monitor.recordError(sameError());
    clock.jumpWall(step);
    for (let i = 0; i < 4; i += 1) monitor.recordError(sameError());
    expect(states()).toEqual([]);
    await clock.advance(HOUR - 1);
    clock.jumpWall(-step);
    monitor.recordError(sameError());
    expect(states()).toEqual(['fired']);
    expect(monitor.getErrorSummary().totalErrors).toBe(1);
  });

  test('10,000 in a minute, then silence: 11th, one repeat with 9,989, resolved, and nothing for 4 hours', async () => {
    const seen: unknown[] = [];
    const stop = (await import('@resilient/core')).onResilienceEvent((event) => {
      if (event.kind === 'alert') seen.push([clock.now(), event.state, event.count, event.severity]);
    });
    for (let i = 0; i < 10_000; i += 1) {
      monitor.recordError(sameError());
      if (i % 1_000 === 999) await clock.advance(6_000);
    }
    await clock.advance(4 * HOUR);
    stop();
    expect(seen).toEqual([
      [0, 'fired', 11, 'critical'],
      [10 * MINUTE, 'repeated', 9_989, 'critical'],
      [54_000 + 15 * MINUTE, 'resolved', 0, 'critical'],
    ]);
    expect(clock.pending, 'the sampler alone').toBe(1);
  });

  test('the same error all day: notices at 0, 10 min, 1 h, 5 h, 9 h', async () => {
    const at: number[] = [];
    for (let minute = 0; minute < 600; minute += 1) {
      const before = notices().length;
      for (let i = 0; i < 11; i += 1) monitor.recordError(sameError());
      if (notices().length > before) at.push(minute);
      const between = notices().length;
      await clock.advance(MINUTE);
      if (notices().length > between) at.push(minute + 1);
    }
    expect(at).toEqual([0, 10, 60, 300, 540]);
  });

  test('after it was resolved it is quiet for 10 minutes, and fires again if it goes on', async () => {
    for (let i = 0; i < 11; i += 1) monitor.recordError(sameError());
    await clock.advance(15 * MINUTE);
    for (let i = 0; i < 11; i += 1) monitor.recordError(sameError());
    expect(states()).toEqual(['fired', 'repeated', 'resolved']);
    await clock.advance(10 * MINUTE);
    expect(states()).toEqual(['fired', 'repeated', 'resolved', 'fired']);
    expect(logger.of('fatal').at(-1)?.facts).toMatchObject({ alert: { count: 11, total: 22 } });
    await clock.advance(HOUR);
    expect(states()).toEqual(['fired', 'repeated', 'resolved', 'fired', 'resolved']);
  });
});

describe('events of the other packages', () => {
  test('are counted, and the last state of each breaker and pool is known', () => {
    publish({ kind: 'breaker', name: 'tutor-events', package: 'http', state: 'open' });
    publish({ kind: 'commit', name: 'main', package: 'db', result: 'failed', attempts: 3, durationMs: 9 });
    publish({ kind: 'error', name: 'task', package: 'core', error: new SyntaxError('told by an event') });
    const report = monitor.getReport();
    expect(report.breakers).toContainEqual(expect.objectContaining({ name: 'tutor-events', state: 'open' }));
    expect({ ...report.events }).toEqual({ 'breaker.open': 1, 'commit.failed': 1, error: 1 });
    expect({ ...report.summary.errorsByType }).toEqual({ SyntaxError: 1 });
  });

  test('are counted by kind and result: retries, exhausted calls, breakers, pools, commits, repairs and the rest', async () => {
    const about = { name: 'x', package: 'test' };
    const told: ResilienceEvent[] = [
      { kind: 'retry', ...about, attempt: 1, delayMs: 1, failure: 'server' },
      { kind: 'retry', ...about, attempt: 2, delayMs: 1, failure: 'server' },
      { kind: 'exhausted', ...about, code: 'X', stopReason: 'attempts', outcome: 'unknown', attempts: 3 },
      { kind: 'timeout', ...about, timeoutMs: 5 },
      { kind: 'breaker', ...about, state: 'open' },
      { kind: 'breaker', ...about, state: 'half-open' },
      { kind: 'breaker', ...about, state: 'closed' },
      { kind: 'budget', ...about, state: 'empty', available: 0 },
      { kind: 'rate-limit', ...about, state: 'closed' },
      { kind: 'saturated', ...about, limit: 1 },
      { kind: 'hedge', ...about, attempt: 2 },
      { kind: 'fallback', ...about, ok: true },
      { kind: 'fallback', ...about, ok: false },
      { kind: 'commit', ...about, result: 'committed', attempts: 1, durationMs: 1 },
      { kind: 'commit', ...about, result: 'failed', attempts: 1, durationMs: 1 },
      { kind: 'commit', ...about, result: 'unknown', attempts: 1, durationMs: 1 },
      { kind: 'pool', ...about, state: 'exhausted', inUse: 1, waiting: 1, limit: 1 },
      { kind: 'pool', ...about, state: 'leak', inUse: 1, waiting: 1, limit: 1 },
      { kind: 'session', ...about, action: 'replaced' },
      { kind: 'session', ...about, action: 'replaced' },
      { kind: 'session', ...about, action: 'store-down' },
      { kind: 'warning', ...about, code: 'X', message: 'x' },
    ];
    for (const event of told) publish(event);
    expect({ ...monitor.getReport().events }).toEqual({
      retry: 2,
      exhausted: 1,
      timeout: 1,
      'breaker.open': 1,
      'breaker.half-open': 1,
      'breaker.closed': 1,
      'budget.empty': 1,
      'rate-limit.closed': 1,
      saturated: 1,
      hedge: 1,
      'fallback.ok': 1,
      'fallback.failed': 1,
      'commit.committed': 1,
      'commit.failed': 1,
      'commit.unknown': 1,
      'pool.exhausted': 1,
      'pool.leak': 1,
      'session.replaced': 2,
      'session.store-down': 1,
      warning: 1,
    });
    await clock.advance(15 * MINUTE);
    expect({ ...monitor.getReport().events }).toEqual({});
  });

  test('shows a breaker that was opened before the monitor was made', async () => {
    publish({ kind: 'breaker', name: 'opened-before', package: 'http', state: 'open' });
    const late = testMonitor({ name: 'late', clock, logger });
    expect(late.getReport().breakers).toContainEqual(
      expect.objectContaining({ name: 'opened-before', state: 'open' }),
    );
    await late.close();
  });

  test('a monitor made later is told the states, and does not count them', async () => {
    publish({
      kind: 'pool',
      name: 'late',
      package: 'db',
      state: 'exhausted',
      inUse: 15,
      waiting: 3,
      limit: 15,
    });
    const late = testMonitor({ clock, logger });
    expect(late.getReport().pools).toContainEqual(
      expect.objectContaining({ name: 'late', state: 'exhausted' }),
    );
    expect({ ...late.getReport().events }).toEqual({});
    await late.close();
    publish({ kind: 'retry', name: 'x', package: 'http', attempt: 1, delayMs: 1, failure: 'server' });
    expect({ ...late.getReport().events }).toEqual({});
  });
});

describe('bad options', () => {
  test.each([
    [{ nam: 'x' }, /`nam`/],
    [{ name: '' }, /`name`/],
    [{ checks: {} }, /`checks`/],
    [{ checks: [{ name: 'Bad', run: () => undefined }] }, /`name`/],
    [{ clock: {} }, /`clock`/],
    [{ logger: {} }, /`logger`/],
    [{ thresholds: { errorRat: {} } }, /`errorRat`/],
    [{ thresholds: { errorRate: { degraded: 2 } } }, /errorRate.degraded/],
    [{ thresholds: { errorRate: { degraded: 0.1, critical: 0.05 } } }, /errorRate.critical/],
    [{ liveness: { brokenForMs: 0 } }, /brokenForMs/],
  ])('%o are refused by name', (options, message) => {
    expect(() => createHealthMonitor(options as never)).toThrow(message);
  });
});
