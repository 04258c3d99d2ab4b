import { createVirtualClock, type VirtualClock } from '@resilient/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type MemoryLogger, memoryLogger } from '../../test/support/memory-logger.ts';
import { type FakeReadings, fakeReadings, testMonitor } from '../../test/support/test-monitor.ts';
import { defineCheck } from '../checks/define-check.ts';
import type { HealthMonitorOptions } from '../monitor/options.ts';
import type { HealthMonitor } from '../monitor/types.ts';
import { logSink } from './log-sink.ts';
import type { AlertNotice } from './notice.ts';
import type { AlertSink } from './sink.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SAMPLE = 5_000;

let clock: VirtualClock;
let logger: MemoryLogger;
let readings: FakeReadings;
let monitor: HealthMonitor;
let notices: (AlertNotice & { readonly now: number })[];

const sink: AlertSink = {
  name: 'test',
  send: (notice) => {
    notices.push({ ...notice, now: clock.now() });
  },
};

function make(options: HealthMonitorOptions = {}): void {
  monitor = testMonitor({ name: 'school', clock, logger, alerts: { sinks: [sink] }, ...options }, readings);
}

beforeEach(() => {
  clock = createVirtualClock();
  logger = memoryLogger();
  readings = fakeReadings();
  notices = [];
  make();
});

afterEach(async () => {
  await monitor.close();
  expect(clock.pending).toBe(0);
});

const theError = (): Error =>
  Object.assign(new Error('no stock of 42'), { code: 'E_STOCK', stack: 'Error\n    at buy (shop.ts:1:1)' });

/** Words of letters alone, since digits make no other error. */
const wordOf = (i: number): string =>
  i.toString(36).replace(/\d/g, (digit) => 'ABCDEFGHIJ'[Number(digit)] ?? '');

const told = (): unknown[] => notices.map(({ now, state, count }) => [now, state, count]);

describe('the hourly rule, at the sinks', () => {
  test('10,000 equal errors in a minute, then silence: 11th, one repeat with 9,989, resolved, nothing for 4 hours', async () => {
    for (let i = 0; i < 10_000; i += 1) {
      monitor.recordError(theError());
      if (i % 1_000 === 999) await clock.advance(6_000);
    }
    await clock.advance(4 * HOUR);
    expect(told()).toEqual([
      [0, 'fired', 11],
      [10 * MINUTE, 'repeated', 9_989],
      [54_000 + 15 * MINUTE, 'resolved', 0],
    ]);
  });

  test('the same error all day: at 0, 10 min, 1 h, 5 h, 9 h … 21 h, and every occurrence is told once', async () => {
    for (let minute = 0; minute < 24 * 60; minute += 1) {
      for (let i = 0; i < 11; i += 1) monitor.recordError(theError());
      await clock.advance(MINUTE);
    }
    expect(notices.map(({ now }) => now / MINUTE)).toEqual([0, 10, 60, 300, 540, 780, 1_020, 1_260]);
    expect(notices.map(({ state }) => state)).toEqual(['fired', ...new Array(7).fill('repeated')]);
    expect(notices.reduce((sum, { count }) => sum + count, 0)).toBe(1_260 * 11);
    expect(notices.at(-1)?.total).toBe(1_260 * 11);
  });

  test('tells what is allowed, and nothing else', () => {
    for (let i = 0; i < 11; i += 1) monitor.recordError(theError(), { route: '/buy/:id?token=x' });
    expect(notices).toHaveLength(1);
    const { now: _, firstSeenAt, lastSeenAt, at, key, dedupKey, ...rest } = notices[0] as (typeof notices)[0];
    expect(rest).toEqual({
      state: 'fired',
      severity: 'critical',
      rule: 'repeated-error',
      title: 'CRITICAL: the same error more than 10 times within 1 hour: Error (E_STOCK)',
      summary: 'the same error more than 10 times within 1 hour: Error (E_STOCK)',
      count: 11,
      total: 11,
      windowMs: HOUR,
      errorType: 'Error',
      errorCode: 'E_STOCK',
      errorMessage: 'no stock of #',
      route: '/buy/:id',
      service: 'school',
      instance: `pid ${process.pid}`,
    });
    expect(key).toMatch(/^1-[0-9a-f]{16}$/);
    expect(dedupKey).toBe(`school/repeated-error/${key}`);
    for (const date of [firstSeenAt, lastSeenAt, at]) expect(date).toEqual(new Date(clock.epochNow()));
  });

  test('has the same dedupKey in another process, and release and link where they are given', async () => {
    for (let i = 0; i < 11; i += 1) monitor.recordError(theError());
    await monitor.close();
    make({
      instance: 'two',
      release: 'r7',
      alerts: { sinks: [sink], link: 'https://school.example/health/dashboard' },
    });
    for (let i = 0; i < 11; i += 1) monitor.recordError(theError());
    await clock.advance(0);
    expect(notices).toHaveLength(2);
    expect(notices[1]?.dedupKey).toBe(notices[0]?.dedupKey);
    expect(notices[1]).toMatchObject({
      instance: 'two',
      release: 'r7',
      link: 'https://school.example/health/dashboard',
    });
  });
});

describe('a flood of new errors', () => {
  const invent = (from: number, to: number): void => {
    for (let i = from; i < to; i += 1) monitor.recordError({ name: 'Invented', message: `new ${wordOf(i)}` });
  };

  test('1,000 in a minute do not fire, the next one does; resolved after 5 minutes without', async () => {
    invent(0, 500);
    await clock.advance(MINUTE);
    invent(500, 1_000);
    expect(notices).toEqual([]);
    invent(1_000, 1_001);
    await clock.advance(0);
    expect(notices).toMatchObject([
      { rule: 'error-flood', state: 'fired', severity: 'critical', count: 1_001 },
    ]);
    expect(notices[0]?.title).toBe('CRITICAL: more than 1,000 new sorts of errors within a minute');
    await clock.advance(HOUR);
    expect(notices.slice(1)).toMatchObject([{ state: 'resolved', count: 0 }]);
    // The 501st of them is out of the minute 60 s after it came; 5 minutes after that it is over.
    expect(notices[1]?.now).toBe(MINUTE + 1 + 5 * MINUTE);
  });

  test('1,001 over a millisecond more than a minute are none', async () => {
    invent(0, 1);
    await clock.advance(MINUTE + 1);
    invent(1, 1_001);
    await clock.advance(0);
    expect(notices).toEqual([]);
  });

  test('the same errors again and again are none', async () => {
    for (let round = 0; round < 20; round += 1) invent(0, 100);
    await clock.advance(0);
    expect(notices.filter(({ rule }) => rule === 'error-flood')).toEqual([]);
  });
});

describe('metrics above their thresholds', () => {
  test('fire when the status does, repeat while it holds, and are resolved after 5 minutes', async () => {
    readings.memoryShare = 0.93;
    await clock.advance(2 * SAMPLE);
    expect(notices).toEqual([]);
    await clock.advance(11 * MINUTE);
    readings.memoryShare = 0.1;
    await clock.advance(HOUR);
    expect(notices.map(({ now, state, severity }) => [now, state, severity])).toEqual([
      [3 * SAMPLE, 'fired', 'critical'],
      [3 * SAMPLE + 10 * MINUTE, 'repeated', 'critical'],
      [11 * MINUTE + 3 * SAMPLE + 5 * MINUTE, 'resolved', 'critical'],
    ]);
    expect(notices[0]).toMatchObject({
      rule: 'threshold',
      key: 'memory',
      dedupKey: 'school/threshold/memory',
      title: 'CRITICAL: memory is at 93 % (critical above 90 %)',
      value: 0.93,
      threshold: 0.9,
    });
  });

  test('that flap within 5 minutes are one alert', async () => {
    for (let i = 0; i < 20; i += 1) {
      readings.memoryShare = i % 2 === 0 ? 0.93 : 0.1;
      await clock.advance(MINUTE);
    }
    const states = notices.map(({ state }) => state);
    expect(states).toEqual(['fired', 'repeated']);
  });

  test('are news again when a warning becomes critical, and not when it was critical before', async () => {
    readings.memoryShare = 0.75;
    await clock.advance(3 * SAMPLE);
    readings.memoryShare = 0.95;
    await clock.advance(3 * SAMPLE);
    readings.memoryShare = 0.71;
    await clock.advance(3 * SAMPLE);
    readings.memoryShare = 0.95;
    await clock.advance(3 * SAMPLE);
    expect(notices.map(({ state, severity }) => [state, severity])).toEqual([
      ['fired', 'warning'],
      ['fired', 'critical'],
    ]);
  });

  test('are quiet for 10 minutes after they were resolved, and fire then if they hold', async () => {
    readings.memoryShare = 0.93;
    await clock.advance(3 * SAMPLE);
    readings.memoryShare = 0.1;
    await clock.advance(5 * MINUTE + SAMPLE);
    expect(notices.map(({ state }) => state)).toEqual(['fired', 'resolved']);
    const resolvedAt = notices[1]?.now ?? 0;
    readings.memoryShare = 0.93;
    await clock.advance(9 * MINUTE);
    expect(notices).toHaveLength(2);
    await clock.advance(2 * MINUTE);
    expect(notices.at(-1)).toMatchObject({ state: 'fired', now: resolvedAt + 10 * MINUTE });
  });

  test('write a warning as `warn`, and are in the report while they fire', async () => {
    readings.memoryShare = 0.75;
    await clock.advance(3 * SAMPLE);
    expect(logger.of('warn').map(({ message }) => message)).toEqual([
      'warning: memory is at 75 % (degraded above 70 %)',
    ]);
    expect(logger.of('fatal')).toEqual([]);
    expect(monitor.getReport().alerts).toEqual([
      {
        rule: 'threshold',
        key: 'memory',
        dedupKey: 'school/threshold/memory',
        severity: 'warning',
        summary: 'memory is at 75 % (degraded above 70 %)',
        value: 0.75,
        threshold: 0.7,
        total: 1,
        firedAt: new Date(clock.epochNow()),
      },
    ]);
  });
});

describe('checks that fail', () => {
  test.each([
    [true, 'down', 'critical', 'CRITICAL: required check mail: down'],
    [false, 'down', 'warning', 'warning: check mail: down'],
    [true, 'degraded', 'warning', 'warning: required check mail: degraded'],
  ])('required %s and %s: %s after 3 samples', async (required, status, severity, title) => {
    await monitor.close();
    let word = 'ok';
    make({ checks: [defineCheck({ name: 'mail', required, run: () => ({ status: word }) })] });
    await clock.advance(30_000);
    expect(notices).toEqual([]);
    word = status;
    await clock.advance(25_000);
    expect(notices).toMatchObject([{ rule: 'check', key: 'mail', severity, title, state: 'fired' }]);
    word = 'ok';
    await clock.advance(6 * MINUTE);
    expect(notices.at(-1)).toMatchObject({ state: 'resolved' });
  });

  test('that have not answered yet wake nobody, and neither does a drain', async () => {
    await monitor.close();
    let answer = (): void => undefined;
    const run = (): Promise<void> => new Promise((resolve) => (answer = resolve));
    make({
      checks: [
        defineCheck({ name: 'slow', timeoutMs: 60_000, run }),
        defineCheck({
          name: 'database',
          run: () => ({ status: monitor.lifecycle === 'draining' ? 'down' : 'ok' }),
        }),
      ],
    });
    await clock.advance(55_000);
    expect(notices).toEqual([]);
    answer();
    monitor.startDraining();
    await clock.advance(MINUTE);
    expect(notices).toEqual([]);
  });
});

describe('10 notices a minute', () => {
  const fire = (kind: number): void => {
    for (let i = 0; i < 11; i += 1) monitor.recordError({ name: 'E', message: `kind ${wordOf(kind)}` });
  };

  test('go to the sinks, the rest is counted in the next one; the log has them all', async () => {
    for (let kind = 0; kind < 25; kind += 1) fire(kind);
    await clock.advance(MINUTE - 1);
    expect(notices).toHaveLength(10);
    expect(notices.some(({ suppressed }) => suppressed !== undefined)).toBe(false);
    await clock.advance(1);
    fire(25);
    await clock.advance(0);
    expect(notices).toHaveLength(11);
    expect(notices[10]).toMatchObject({ suppressed: 15 });
    fire(26);
    await clock.advance(0);
    expect(notices[11]?.suppressed).toBeUndefined();
    expect(logger.of('fatal')).toHaveLength(27);
  });
});

describe('the log', () => {
  test('has a critical alert as fatal with severity CRITICAL, its resolution as info, also without a sink', async () => {
    await monitor.close();
    make({ alerts: {} });
    for (let i = 0; i < 11; i += 1) monitor.recordError(theError());
    await clock.advance(20 * MINUTE);
    const lines = logger.lines.map(({ level, facts, message }) => [level, facts.severity, message]);
    const about = 'the same error more than 10 times within 1 hour: Error (E_STOCK)';
    expect(lines).toEqual([
      ['fatal', 'CRITICAL', `CRITICAL: ${about}`],
      ['fatal', 'CRITICAL', `CRITICAL, still: ${about}, 0 since the last notice`],
      ['info', undefined, `resolved: ${about}, 0 since the last notice`],
    ]);
    expect(logger.lines[0]?.facts.alert).toMatchObject({ rule: 'repeated-error', state: 'fired', count: 11 });
  });

  test('can be another one, and one that throws keeps nothing from the sinks', async () => {
    await monitor.close();
    const other = memoryLogger();
    make({ alerts: { sinks: [logSink(other)] } });
    for (let i = 0; i < 11; i += 1) monitor.recordError(theError());
    expect([other.of('fatal').length, logger.of('fatal').length]).toEqual([1, 0]);
    await monitor.close();
    const broken = {
      ...memoryLogger(),
      fatal: () => {
        throw new Error('the disk is full');
      },
    };
    make({ alerts: { sinks: [logSink(broken), sink] } });
    for (let i = 0; i < 11; i += 1) monitor.recordError(theError());
    await clock.advance(0);
    expect(notices).toHaveLength(1);
  });
});

describe('options of alerts', () => {
  test.each([
    [{ sink: [] }, /`sink`/],
    [{ sinks: {} }, /alerts\.sinks/],
    [{ sinks: [null] }, /alerts\.sinks/],
    [{ sinks: [{ send: () => undefined }] }, /alerts\.sinks/],
    [{ link: 'dashboard' }, /alerts\.link/],
    [{ link: 'javascript:alert(1)' }, /alerts\.link/],
    [{ link: 'https://user:pw@host/' }, /alerts\.link/],
    [{ store: {} }, /alerts\.store/],
    [{ store: null }, /alerts\.store/],
  ])('%o are refused by name', (alerts, message) => {
    expect(() => testMonitor({ alerts } as never)).toThrow(message);
  });

  test('a link that is refused is not repeated', () => {
    expect(() => testMonitor({ alerts: { link: 'https://user:hunter2@host/' } })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    );
  });
});
