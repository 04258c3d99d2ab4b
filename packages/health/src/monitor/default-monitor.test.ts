import { afterEach, expect, test } from 'vitest';
import { memoryLogger } from '../../test/support/memory-logger.ts';
import { createHealthMonitor } from './create-health-monitor.ts';
import { healthMonitor, logUnhandledException, setDefaultMonitor } from './default-monitor.ts';

afterEach(() => healthMonitor.close());

test('logUnhandledException records and logs with the default monitor', () => {
  const logger = memoryLogger();
  const monitor = createHealthMonitor({ logger });
  setDefaultMonitor(monitor);
  logUnhandledException(null);
  logUnhandledException(new RangeError('x'));
  expect(monitor.getReport().unhandled).toBe(2);
  expect({ ...healthMonitor.getErrorSummary().errorsByType }).toEqual({ null: 1, RangeError: 1 });
  expect(logger.of('error')).toHaveLength(2);
});

test('the default monitor is made on first use, and again after it was closed', async () => {
  healthMonitor.recordError(new Error('x'));
  expect(healthMonitor.getErrorSummary().totalErrors).toBe(1);
  setDefaultMonitor(healthMonitor);
  expect(healthMonitor.getErrorSummary().totalErrors).toBe(1);
  await healthMonitor.close();
  expect(healthMonitor.getErrorSummary().totalErrors).toBe(0);
});

test('what is no monitor is refused', () => {
  expect(() => setDefaultMonitor({} as never)).toThrow(/`monitor`/);
});
