import { createVirtualClock, type VirtualClock } from '@resilient/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type MemoryFleetStore, memoryFleetStore } from '../../test/support/memory-fleet-store.ts';
import { memoryLogger } from '../../test/support/memory-logger.ts';
import { testMonitor } from '../../test/support/test-monitor.ts';
import { createHealthHandler } from '../endpoints/health-handler.ts';
import type { HealthMonitor, HealthReport } from '../monitor/types.ts';

const TOKEN = 'kE2vTq8sJm4LwZ0xRb6NcY1uH9dPfGaA';
const HOSTILE = '<img src=x onerror=alert(1)>';

let clock: VirtualClock;
let store: MemoryFleetStore;
let open: HealthMonitor[];

function start(instance: string, release = '2026.11'): HealthMonitor {
  const monitor = testMonitor({
    name: 'school',
    instance,
    release,
    clock,
    logger: memoryLogger(),
    fleet: store,
  });
  monitor.started();
  open.push(monitor);
  return monitor;
}

const get = async (monitor: HealthMonitor, path: string): Promise<Response> => {
  const handle = createHealthHandler(monitor, { token: TOKEN });
  const headers = { authorization: `Bearer ${TOKEN}` };
  return (await clock.settle(handle(new Request(`http://localhost${path}`, { headers })))) as Response;
};

/** The rows of the instances as they stand in the page, without script. */
const rowsOf = (page: string): string[][] => {
  const [, section = ''] = /<section[^>]*data-table="instances">(.*?)<\/section>/s.exec(page) ?? [];
  const body = section.slice(section.indexOf('<tbody>'));
  return [...body.matchAll(/<tr>(.*?)<\/tr>/g)].map(([, row = '']) =>
    [...row.matchAll(/<td>(.*?)<\/td>/g)].map(([, cell = '']) => cell),
  );
};

beforeEach(() => {
  clock = createVirtualClock();
  store = memoryFleetStore(clock);
  open = [];
});

afterEach(async () => {
  for (const monitor of open) await clock.settle(monitor.close());
  expect(clock.pending).toBe(0);
});

test('the report shows every instance at once, to whoever asks first', async () => {
  const one = start('web-1');
  const two = start('web-2', '2026.10');
  two.recordRequest({ status: 500, durationMs: 100 });
  await clock.advance(6_000);
  const report = (await (await get(one, '/health/detailed')).json()) as HealthReport;
  expect(report.fleet).toMatchObject({
    store: 'ok',
    live: 2,
    requests: 1,
    failures: 1,
    instances: [
      { instance: 'web-1', release: '2026.11', self: true, gone: false },
      { instance: 'web-2', release: '2026.10', self: false, gone: false, requests: 1 },
    ],
  });
});

test('the page has a table of them without script, hostile names as text, and what they are together', async () => {
  const one = start('web-1');
  const hostile = start(HOSTILE);
  for (let i = 0; i < 4; i += 1) hostile.recordRequest({ status: i === 0 ? 500 : 200, durationMs: 20 });
  one.recordError(new TypeError('x'));
  await clock.advance(6_000);
  const page = await (await get(one, '/health/dashboard')).text();
  expect(page).not.toContain('<img');
  expect(rowsOf(page)).toEqual([
    ['web-1 (this one)', 'healthy', '2026.11', '0', '0.00 %', '1', '0 ms', 'now'],
    [
      '&#60;img src=x onerror=alert(1)&#62;',
      'healthy',
      '2026.11',
      '4',
      '25.0 %',
      '0',
      '24 ms',
      '00:00:05 UTC',
    ],
    ['All 2 that live', 'healthy', '', '4', '25.0 %', '1', '24 ms', ''],
  ]);
  await clock.settle(hostile.close());
  await clock.advance(2_000);
  const later = rowsOf(await (await get(one, '/health/dashboard')).text());
  expect(later.map(([, status]) => status)).toEqual(['healthy', 'gone', 'healthy']);
  expect(later.at(-1)?.[0]).toBe('All 1 that live');
});

test('where the store does not answer the page says so, and it is not waited for again', async () => {
  const one = start('web-1');
  store.fails = 'hangs';
  await clock.advance(2_000);
  const before = clock.now();
  const page = await (await get(one, '/health/dashboard')).text();
  expect(page).toContain('<li>the fleet store does not answer');
  expect(rowsOf(page)).toHaveLength(2);
  const report = (await (await get(one, '/health/detailed')).json()) as HealthReport;
  expect(report).toMatchObject({ status: 'healthy', fleet: { store: 'down', live: 1 } });
  expect(clock.now()).toBe(before);
});

test('probes, requests and errors do not wait for a store that hangs', async () => {
  const one = start('web-1');
  store.fails = 'hangs';
  await clock.advance(500);
  expect(store.asked).toBe(1); // a write is under way
  const handle = createHealthHandler(one);
  for (const path of ['/health', '/health/live', '/health/ready']) {
    expect((await handle(new Request(`http://localhost${path}`)))?.status).toBe(200);
  }
  one.recordRequest({ status: 200, durationMs: 1 });
  one.recordError(new Error('x'));
  expect(one.getReport()).toMatchObject({ status: 'healthy', summary: { requests: 1, totalErrors: 1 } });
  expect(clock.now()).toBe(500);
});

test('without a fleet there is no such table, and no such part of the report', async () => {
  const alone = testMonitor({ name: 'school', clock, logger: memoryLogger() });
  open.push(alone);
  const page = await (await get(alone, '/health/dashboard')).text();
  expect(page).not.toContain('data-table="instances"');
  expect(await (await get(alone, '/health/detailed')).json()).not.toHaveProperty('fleet');
});
