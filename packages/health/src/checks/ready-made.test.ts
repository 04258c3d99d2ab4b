import { publish } from '@resilient/core';
import { createVirtualClock, type VirtualClock } from '@resilient/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { memoryLogger } from '../../test/support/memory-logger.ts';
import { testMonitor } from '../../test/support/test-monitor.ts';
import type { HealthMonitor } from '../monitor/types.ts';
import { breakerCheck } from './breaker-check.ts';
import type { HealthCheck } from './define-check.ts';
import { diskCheck } from './disk-check.ts';
import { httpCheck } from './http-check.ts';
import { poolCheck } from './pool-check.ts';

let clock: VirtualClock;
let monitor: HealthMonitor | undefined;

beforeEach(() => {
  clock = createVirtualClock();
});

afterEach(async () => {
  await monitor?.close();
  expect(clock.pending).toBe(0);
});

async function stateOf(check: HealthCheck): Promise<unknown> {
  await monitor?.close();
  monitor = testMonitor({ clock, logger: memoryLogger(), checks: [check] });
  await clock.advance(0);
  return monitor.getReport().checks[check.name];
}

test('none of them is required or in a probe, unless it is said so', () => {
  const pool = { stats: () => ({ inUse: 0, waiting: 0, limit: 1 }) };
  const checks = [poolCheck(pool), diskCheck('.'), breakerCheck('tutor'), httpCheck('http://127.0.0.1/')];
  for (const { required, probes } of checks) expect([required, probes]).toEqual([false, []]);
  expect(poolCheck(pool, { name: 'readers', required: true, probes: ['ready'] })).toMatchObject({
    name: 'readers',
    required: true,
    probes: ['ready'],
  });
});

describe('breakerCheck', () => {
  const tell = (state: 'open' | 'half-open' | 'closed'): void =>
    publish({ kind: 'breaker', name: 'tutor-events', package: 'http', state });

  test('is degraded while the breaker is open or being tried, also one opened before it was made', async () => {
    expect(await stateOf(breakerCheck('never-heard-of'))).toMatchObject({ word: 'ok' });
    tell('open');
    expect(await stateOf(breakerCheck('tutor-events'))).toMatchObject({
      word: 'degraded',
      details: { breaker: 'open' },
    });
    tell('half-open');
    await clock.advance(10_000);
    expect(monitor?.getReport().checks.tutor_events).toMatchObject({ details: { breaker: 'half-open' } });
    tell('closed');
    await clock.advance(10_000);
    expect(monitor?.getErrorSummary()).toMatchObject({ status: 'healthy', reasons: [] });
  });

  test.each([
    ['Tutor.Events v2', 'tutor_events_v2'],
    ['42-api', 'api'],
    ['日本', 'breaker'],
    ['x'.repeat(50), 'x'.repeat(32)],
  ])('of the client %j is named %s', (breaker, name) => {
    expect(breakerCheck(breaker).name).toBe(name);
  });

  test('refuses what is no name', () => {
    expect(() => breakerCheck('')).toThrow(/`breaker`/);
    expect(() => breakerCheck(5 as never)).toThrow(/`breaker`/);
  });
});

describe('poolCheck', () => {
  test('shows the statistics, and is down where they cannot be read', async () => {
    const stats = { inUse: 3, waiting: 0, limit: 15, idle: 1 };
    expect(await stateOf(poolCheck({ stats: () => stats }))).toMatchObject({ word: 'ok', details: stats });
    const closed = (): never => {
      throw new Error('it is closed');
    };
    expect(await stateOf(poolCheck({ stats: closed }))).toMatchObject({ word: 'down' });
    await clock.advance(60_000);
    expect(monitor?.getErrorSummary()).toMatchObject({ status: 'degraded', reasons: ['check pool: down'] });
  });

  test('of a pool that allows none is no NaN', async () => {
    await stateOf(poolCheck({ stats: () => ({ inUse: 0, waiting: 0, limit: 0 }) }));
    await clock.advance(5_000);
    expect(monitor?.getReport().metrics).toContainEqual(
      expect.objectContaining({ id: 'database:pool', value: 0 }),
    );
  });

  test.each([
    [{}, {}, /`pool`/],
    [null, {}, /`pool`/],
    [{ stats: () => ({}) }, { queueLimit: 0 }, /`queueLimit`/],
    [{ stats: () => ({}) }, { queue: 5 }, /`queue`/],
  ])('refuses %o with %o', (pool, options, message) => {
    expect(() => poolCheck(pool as never, options as never)).toThrow(message);
  });
});

describe('diskCheck', () => {
  test('shows how full each folder is, never its path', async () => {
    const disk = { blocks: 100, bfree: 25, bavail: 25, files: 0, ffree: 0 };
    const state = await stateOf(diskCheck(['/srv/private', '/srv/backups'], { read: async () => disk }));
    expect(state).toMatchObject({ word: 'ok', details: { used: ['75 %', '75 %'] } });
    expect(JSON.stringify(monitor?.getReport())).not.toContain('srv');
  });

  test('an empty file system is no NaN', async () => {
    const disk = { blocks: 0, bfree: 0, bavail: 0, files: 0, ffree: 0 };
    expect(await stateOf(diskCheck('.', { read: async () => disk }))).toMatchObject({
      details: { used: ['0 %'] },
    });
  });

  test.each([
    ['', {}, /`folders`/],
    [[], {}, /`folders`/],
    [[5], {}, /`folders`/],
    ['.', { read: 5 }, /`read`/],
  ])('refuses %o with %o', (folders, options, message) => {
    expect(() => diskCheck(folders as never, options as never)).toThrow(message);
  });
});

describe('httpCheck', () => {
  test.each([
    ['not a url', {}, /`url`/],
    ['ftp://example.com/', {}, /`url`/],
    ['https://user:hunter@example.com/', {}, /`url`/],
    ['http://127.0.0.1/', { method: 'POST' }, /`method`/],
    ['http://127.0.0.1/', { expectStatus: 99 }, /`expectStatus`/],
    ['http://127.0.0.1/', { expect: 200 }, /`expect`/],
  ])('refuses %s with %o, without repeating the URL', (url, options, message) => {
    expect(() => httpCheck(url, options as never)).toThrow(message);
    try {
      httpCheck(url, options as never);
    } catch (error) {
      expect((error as Error).message).not.toMatch(/hunter|example/);
    }
  });
});
