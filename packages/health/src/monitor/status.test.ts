import { createVirtualClock, type VirtualClock } from '@resilient/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { memoryLogger } from '../../test/support/memory-logger.ts';
import { type FakeReadings, fakeReadings, testMonitor } from '../../test/support/test-monitor.ts';
import { diskCheck } from '../checks/disk-check.ts';
import { poolCheck } from '../checks/pool-check.ts';
import type { HealthMonitorOptions } from './options.ts';
import type { HealthMonitor } from './types.ts';

const SAMPLE = 5_000;

let clock: VirtualClock;
let readings: FakeReadings;
let monitor: HealthMonitor;
let pool: { inUse: number; waiting: number; limit: number };
let disk: { blocks: number; bfree: number; bavail: number; files: number; ffree: number };

function make(options: HealthMonitorOptions = {}): void {
  monitor = testMonitor(
    {
      clock,
      logger: memoryLogger(),
      checks: [poolCheck({ stats: () => pool }), diskCheck('data', { read: async () => disk })],
      ...options,
    },
    readings,
  );
}

beforeEach(() => {
  clock = createVirtualClock();
  readings = fakeReadings();
  pool = { inUse: 0, waiting: 0, limit: 15 };
  disk = { blocks: 1_000, bfree: 900, bavail: 900, files: 0, ffree: 0 };
  make();
});

afterEach(async () => {
  await monitor.close();
  expect(clock.pending).toBe(0);
  expect(readings.closed).toBe(1);
});

const status = (): string => monitor.getErrorSummary().status;
const reasons = (): readonly string[] => monitor.getErrorSummary().reasons;

function requests(good: number, bad: number, durationMs = 1): void {
  for (let i = 0; i < good; i += 1) monitor.recordRequest({ route: '/', status: 200, durationMs });
  for (let i = 0; i < bad; i += 1) monitor.recordRequest({ route: '/', status: 503, durationMs });
}

/** Sets a metric that is a share or a delay to a value, for the samples to come. */
const setters: Record<string, (value: number) => void> = {
  memory: (value) => {
    readings.memoryShare = value;
  },
  cpu: (value) => {
    readings.cpuShare = value;
  },
  eventLoopMs: (value) => {
    readings.delayMs = value;
  },
  'database:pool': (value) => {
    pool = { inUse: value * 1_500, waiting: 0, limit: 1_500 };
  },
  'disk:disk': (value) => {
    disk = { ...disk, bfree: 1_000 * (1 - value), bavail: 1_000 * (1 - value) };
  },
};

describe.each([
  ['memory', 0.7, 0.9],
  ['cpu', 0.8, 0.95],
  ['eventLoopMs', 70, 500],
  ['database:pool', 8 / 15, 14 / 15],
  ['disk:disk', 0.8, 0.95],
])('%s', (id, degraded, critical) => {
  const set = setters[id] as (value: number) => void;
  const level = (): string | undefined =>
    monitor.getReport().metrics.find((metric) => metric.id === id)?.level;

  test.each([
    ['degraded', degraded],
    ['critical', critical],
  ])('is %s above %f for 3 samples, and until four fifths of it', async (expected, limit) => {
    const below = expected === 'critical' ? 'degraded' : 'healthy';
    set(limit * 1.01);
    await clock.advance(2 * SAMPLE);
    expect([status(), level(), reasons()]).toEqual(['healthy', 'healthy', []]);
    await clock.advance(SAMPLE);
    expect([status(), level()]).toEqual([expected, expected]);
    expect(reasons()).toEqual([expect.stringContaining(`(${expected} above `)]);
    set(limit * 0.81);
    await clock.advance(10 * SAMPLE);
    expect(status()).toBe(expected);
    expect(reasons()).toEqual([expect.stringMatching(/\(\w+ above [\d.]+ (%|ms), until [\d.]+ (%|ms)\)$/)]);
    set(limit * 0.8);
    await clock.advance(SAMPLE);
    // 80 % of critical may well be above degraded, and that one holds as well.
    expect(status()).toBe(limit * 0.8 > degraded * 0.8 ? below : 'healthy');
    set(0);
    await clock.advance(SAMPLE);
    expect([status(), reasons()]).toEqual(['healthy', []]);
  });

  test('at its threshold is not above it, and two high samples of three are no breach', async () => {
    set(degraded);
    await clock.advance(10 * SAMPLE);
    expect(status()).toBe('healthy');
    for (let i = 0; i < 5; i += 1) {
      set(critical * 1.01);
      await clock.advance(2 * SAMPLE);
      set(degraded * 0.9);
      await clock.advance(SAMPLE);
      expect(level()).toBe('healthy');
    }
  });
});

describe('the error rate', () => {
  test.each([
    [99, 1, 'healthy'],
    [98, 2, 'degraded'],
    [95, 5, 'degraded'],
    [94, 6, 'critical'],
  ])('%i good and %i failed requests are %s after 3 samples', async (good, bad, expected) => {
    requests(good, bad);
    await clock.advance(2 * SAMPLE);
    expect(monitor.getErrorSummary()).toMatchObject({
      status: 'healthy',
      requests: 100,
      errorRate: bad / 100,
    });
    await clock.advance(SAMPLE);
    expect(status()).toBe(expected);
  });

  test('says why in words, also while it clears', async () => {
    requests(90, 10);
    await clock.advance(3 * SAMPLE);
    expect(reasons()).toEqual([
      '10 % of the requests of the last 15 minutes and 10 % of the last 75 seconds failed (critical above 5 %)',
    ]);
    requests(122, 0);
    await clock.advance(SAMPLE);
    expect(reasons()).toEqual([
      '4.5 % of the requests of the last 15 minutes and 4.5 % of the last 75 seconds failed (critical above 5 %, until 4 %)',
    ]);
  });

  test('needs 20 requests in both windows: one failure of two is not critical', async () => {
    requests(1, 1);
    await clock.advance(10 * SAMPLE);
    expect(monitor.getErrorSummary()).toMatchObject({ status: 'healthy', errorRate: 0.5, reasons: [] });
    requests(16, 1);
    await clock.advance(3 * SAMPLE);
    expect(status()).toBe('healthy');
    requests(1, 0);
    await clock.advance(3 * SAMPLE);
    expect(status()).toBe('healthy'); // 20 in 15 minutes, the first two are out of the 75 seconds
    requests(1, 1);
    await clock.advance(3 * SAMPLE);
    expect(status()).toBe('critical');
  });

  test('counts 4xx as answered, and survives what is no request', async () => {
    for (let i = 0; i < 50; i += 1) monitor.recordRequest({ route: '/', status: 404, durationMs: 1 });
    monitor.recordRequest(undefined as never);
    monitor.recordRequest({ status: 'x' } as never);
    for (const durationMs of [Number.NaN, -1, Number.POSITIVE_INFINITY, 'x', undefined])
      monitor.recordRequest({ route: '/', status: 200, durationMs: durationMs as never });
    await clock.advance(5 * SAMPLE);
    expect(monitor.getErrorSummary()).toMatchObject({ status: 'healthy', errorRate: 0 });
    expect(JSON.stringify(monitor.getReport())).not.toMatch(/NaN|null/);
  });

  test.each([0, 1_000, 4_999, 5_001, 7_500, 14_999])(
    'an outage of 60 s that begins at a phase of %i ms is critical within 60 s, and over 120 s after it',
    async (phase) => {
      const second = async (bad: boolean): Promise<void> => {
        requests(bad ? 0 : 10, bad ? 10 : 0);
        await clock.advance(1_000);
      };
      await clock.advance(phase);
      for (let i = 0; i < 900; i += 1) await second(false);
      let criticalAfter = Number.POSITIVE_INFINITY;
      for (let i = 1; i <= 60; i += 1) {
        await second(true);
        if (status() === 'critical') criticalAfter = Math.min(criticalAfter, i);
      }
      expect(criticalAfter).toBeLessThanOrEqual(60);
      let healthyAfter = Number.POSITIVE_INFINITY;
      for (let i = 1; i <= 120 && healthyAfter > i; i += 1) {
        await second(false);
        if (status() === 'healthy') healthyAfter = i;
      }
      expect(healthyAfter).toBeLessThanOrEqual(120);
      for (let i = 0; i < 60; i += 1) {
        await second(false);
        expect(status()).toBe('healthy');
      }
    },
  );
});

describe('p95', () => {
  test.each([
    [1_900, 'healthy'],
    [2_100, 'degraded'],
    [4_900, 'degraded'],
    [5_100, 'critical'],
  ])('of %i ms is %s', async (ms, expected) => {
    requests(90, 0);
    requests(10, 0, ms);
    await clock.advance(3 * SAMPLE);
    expect(status()).toBe(expected);
    if (expected === 'healthy') return;
    const [reason = ''] = reasons();
    const said = Number(/last 15 minutes were answered within (\d+) ms/.exec(reason)?.[1]);
    expect(Math.abs(said - ms) / ms).toBeLessThan(0.02);
    expect(reason).toContain(`(${expected} above ${expected === 'degraded' ? 2_000 : 5_000} ms)`);
  });

  test('is not moved by 4 slow ones of 100, nor by fewer than 20 requests', async () => {
    requests(96, 0);
    requests(4, 0, 60_000);
    await clock.advance(5 * SAMPLE);
    expect(status()).toBe('healthy');
    await clock.advance(15 * 60_000);
    requests(19, 0, 60_000);
    await clock.advance(5 * SAMPLE);
    expect(status()).toBe('healthy');
  });

  test('clears when the last 75 seconds are fast again, however slow the quarter of an hour was', async () => {
    requests(1_000, 0, 9_000);
    await clock.advance(3 * SAMPLE);
    expect(status()).toBe('critical');
    await clock.advance(75_000);
    requests(30, 0, 5);
    await clock.advance(SAMPLE);
    expect(status()).toBe('healthy');
    expect(monitor.getReport().p95Ms).toBeGreaterThan(8_000);
  });
});

describe('database connections', () => {
  test.each([
    [8, 0, 'healthy'],
    [9, 0, 'degraded'],
    [14, 0, 'degraded'],
    [15, 0, 'critical'],
    [3, 1, 'critical'],
  ])('of 15, %i in use and %i callers waiting: %s', async (inUse, waiting, expected) => {
    pool = { inUse, waiting, limit: 15 };
    await clock.advance(3 * SAMPLE);
    expect(status()).toBe(expected);
    expect((await monitor.probe('health')).checks.pool).toBe(expected === 'healthy' ? 'ok' : 'degraded');
    if (waiting > 0) {
      expect(reasons()).toEqual([
        '3 of 15 database connections are in use and 1 callers wait (critical above 93.3 %)',
      ]);
    }
  });

  test('of SQLite: the queue before the writer against its limit', async () => {
    await monitor.close();
    readings.closed = 0;
    make({ checks: [poolCheck({ kind: 'sqlite', stats: () => pool })] });
    pool = { inUse: 1, waiting: 530, limit: 9 };
    await clock.advance(3 * SAMPLE);
    expect(status()).toBe('healthy');
    pool = { inUse: 1, waiting: 940, limit: 9 };
    await clock.advance(3 * SAMPLE);
    expect(reasons()).toEqual([
      "940 callers wait for the database's writer, of at most 1000 (critical above 93.3 %)",
    ]);
  });
});

describe('disk', () => {
  test('counts as df does, and runs out of inodes as well', async () => {
    disk = { blocks: 1_000, bfree: 100, bavail: 20, files: 0, ffree: 0 }; // 900 of 920 that are ours
    await clock.advance(3 * SAMPLE);
    expect(reasons()).toEqual(['the disk is 97.8 % full (critical above 95 %)']);
    disk = { blocks: 1_000, bfree: 900, bavail: 900, files: 100, ffree: 1 };
    await clock.advance(3 * SAMPLE);
    expect(reasons()).toEqual(['the disk is 99 % full (critical above 95 %)']);
  });

  test('that cannot be read breaks no threshold: its check is down', async () => {
    await monitor.close();
    readings.closed = 0;
    let isGone = false;
    const read = async (): Promise<typeof disk> => {
      if (isGone) throw Object.assign(new Error('ENOENT: no such file or directory'), { code: 'ENOENT' });
      return disk;
    };
    make({ checks: [diskCheck(['data', 'backups'], { read })] });
    disk = { ...disk, bfree: 0, bavail: 0 };
    await clock.advance(3 * SAMPLE);
    expect(status()).toBe('critical');
    isGone = true;
    await clock.advance(3 * SAMPLE);
    expect([status(), reasons()]).toEqual(['degraded', ['check disk: down']]);
  });

  test('that never answers is asked once', async () => {
    await monitor.close();
    readings.closed = 0;
    let asked = 0;
    const read = (): Promise<typeof disk> => {
      asked += 1;
      return new Promise(() => undefined);
    };
    make({ checks: [diskCheck('data', { read })] });
    await clock.advance(20 * SAMPLE);
    expect(asked, 'once as a check, once as a metric').toBe(2);
  });
});

describe('thresholds and samples', () => {
  test('the worst of all is the status, with its reasons first', async () => {
    readings.memoryShare = 0.75;
    readings.cpuShare = 0.99;
    pool = { inUse: 15, waiting: 0, limit: 15 };
    await clock.advance(3 * SAMPLE);
    expect(status()).toBe('critical');
    expect(reasons()).toEqual([
      'the processor is at 99 % (critical above 95 %)',
      '15 of 15 database connections are in use (critical above 93.3 %)',
      'memory is at 75 % (degraded above 70 %)',
    ]);
  });

  test('can be set, and turned off', async () => {
    await monitor.close();
    readings.closed = 0;
    make({
      thresholds: { memory: { degraded: 0.05, critical: 0.5 }, cpu: false },
      sampling: { intervalMs: 1_000, holdSamples: 1, clearAt: 1 },
    });
    readings.cpuShare = 1;
    await clock.advance(1_000);
    expect(reasons()).toEqual(['memory is at 10 % (degraded above 5 %)']);
    readings.memoryShare = 0.05;
    await clock.advance(1_000);
    expect(status()).toBe('healthy');
    expect(monitor.getReport().metrics).toContainEqual({ id: 'cpu', level: 'healthy', value: 1 });
    expect(monitor.getReport().thresholds.cpu).toBe(false);
  });

  test('a reading that throws, or is no number, makes nobody sick', async () => {
    readings.memoryShare = Number.NaN;
    readings.cpu = () => {
      throw new Error('no /proc here');
    };
    await clock.advance(5 * SAMPLE);
    expect(status()).toBe('healthy');
    expect(JSON.stringify(monitor.getReport())).not.toContain('NaN');
  });

  test.each([
    [{ thresholds: { memory: { degraded: 1.1 } } }, /thresholds\.memory\.degraded/],
    [{ thresholds: { memory: { degraded: 0.9, critical: 0.8 } } }, /thresholds\.memory\.critical/],
    [{ thresholds: { memory: { minRequests: 3 } } }, /`minRequests` of thresholds\.memory/],
    [{ thresholds: { p95Ms: { minRequests: 0 } } }, /thresholds\.p95Ms\.minRequests/],
    [{ thresholds: { p95Ms: { degraded: -1 } } }, /thresholds\.p95Ms\.degraded/],
    [{ thresholds: { eventLoopMs: { critical: Number.NaN } } }, /thresholds\.eventLoopMs\.critical/],
    [{ thresholds: { disk: true } }, /thresholds\.disk/],
    [{ thresholds: { database: null } }, /thresholds\.database/],
    [{ thresholds: { disks: {} } }, /`disks`/],
    [{ sampling: { intervalMs: 0 } }, /sampling\.intervalMs/],
    [{ sampling: { holdSamples: 0 } }, /sampling\.holdSamples/],
    [{ sampling: { holdSamples: 1.5 } }, /sampling\.holdSamples/],
    [{ sampling: { clearAt: 1.1 } }, /sampling\.clearAt/],
    [{ sampling: { hold: 3 } }, /`hold`/],
  ])('%o is refused by name', (options, message) => {
    expect(() => testMonitor(options as never)).toThrow(message);
  });
});
