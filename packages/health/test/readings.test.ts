import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHealthMonitor, diskCheck } from '@resilient/health';
import { expect, test } from 'vitest';
import { memoryLogger } from './support/memory-logger.ts';

const measured = (
  monitor: { getReport(): { metrics: readonly { id: string; value: number }[] } },
  id: string,
) => monitor.getReport().metrics.find((metric) => metric.id === id)?.value;

/** Keeps the thread busy. */
function spin(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test('a real loop that is blocked, and the real processor show in the report and the status', async () => {
  await using monitor = createHealthMonitor({
    logger: memoryLogger(),
    sampling: { intervalMs: 500, holdSamples: 1 },
  });
  const until = performance.now() + 1_500;
  while (performance.now() < until) {
    spin(200);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const load = `load ${loadavg()[0]}`;
  expect(measured(monitor, 'eventLoopMs'), load).toBeGreaterThan(100);
  expect(measured(monitor, 'cpu'), load).toBeGreaterThan(0.5);
  const { status, reasons } = monitor.getErrorSummary();
  expect(status).not.toBe('healthy');
  expect(reasons.join()).toMatch(/event loop is up to \d+ ms late/);
  const { resources } = monitor.getReport();
  expect(resources.eventLoopUtilization).toBeGreaterThan(0.5);
  expect(resources.eventLoopDelayMs).toBeGreaterThan(100);
  expect(resources.memoryLimitBytes).toBeGreaterThan(resources.rssBytes);
});

test('a real folder has a disk below it, and one that is missing a check that is down', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'health-disk-'));
  await using monitor = createHealthMonitor({
    logger: memoryLogger(),
    checks: [diskCheck(folder), diskCheck(join(folder, 'missing'), { name: 'missing' })],
    sampling: { intervalMs: 20 },
  });
  await expect.poll(() => measured(monitor, 'disk:disk')).toBeGreaterThan(0);
  await expect.poll(() => monitor.getReport().checks.missing?.word).toBe('down');
  expect(measured(monitor, 'disk:disk')).toBeLessThanOrEqual(1);
  expect(JSON.stringify(await monitor.probe('health'))).not.toContain(folder);
  await rm(folder, { recursive: true });
});
