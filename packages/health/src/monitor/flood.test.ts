import { createVirtualClock } from '@resilient/testing';
import { expect, test } from 'vitest';
import { memoryLogger } from '../../test/support/memory-logger.ts';
import { createHealthMonitor } from './create-health-monitor.ts';

test('a flood of invented names and messages: totals exact, tables bounded, and what was put out is told', async () => {
  const clock = createVirtualClock();
  const monitor = createHealthMonitor({ clock, logger: memoryLogger() });
  const error = new Error('x');
  for (let i = 0; i < 20_000; i += 1) {
    const invented = Object.assign(Object.create(Object.getPrototypeOf(error)), {
      name: `Invented${i}`,
      message: `message ${'abcdefghij'[i % 10]}${'klmnopqrst'[(i >> 4) % 10]}`,
    });
    monitor.recordError(invented);
  }
  const { totalErrors, errorsByType } = monitor.getErrorSummary();
  expect(totalErrors).toBe(20_000);
  expect(Object.keys(errorsByType)).toHaveLength(257);
  expect(errorsByType._OTHER).toBe(20_000 - 256);
  expect(monitor.getReport().bounds).toEqual({ types: 20_000 - 256, fingerprints: 19_000, selfErrors: 0 });
  await monitor.close();
});

test('a real error beside the flood still fires at its 11th time', async () => {
  const clock = createVirtualClock();
  const logger = memoryLogger();
  const monitor = createHealthMonitor({ clock, logger });
  for (let i = 0; i < 11; i += 1) {
    monitor.recordError(Object.assign(new Error('real'), { name: 'RealError' }));
    for (let j = 0; j < 900; j += 1) {
      const words = (j + 900 * i).toString(26).replace(/\d/g, (digit) => 'qrstuvwxyz'[Number(digit)] ?? '');
      monitor.recordError({ name: 'Flood', message: `invented ${words}` });
    }
  }
  const fired = logger.of('fatal').map((line) => (line.facts.alert as { errorType: string }).errorType);
  expect(fired).toContain('RealError');
  await monitor.close();
});
