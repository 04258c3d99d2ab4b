import { createVirtualClock } from '@resilient/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memoryLogger } from '../../test/support/memory-logger.ts';
import { createHealthMonitor } from './create-health-monitor.ts';

const hostile = fc.constantFrom(
  () => {
    throw new Error('trap');
  },
  () => null,
  () => undefined,
  () => ({}),
  () => 'text',
);

/** Makes what is thrown: fast-check itself would trip over the thing. */
type Make = () => unknown;

const proxy = hostile.map(
  (trap): Make =>
    () =>
      new Proxy({}, { get: trap, has: trap, getPrototypeOf: trap, ownKeys: trap } as never),
);

const withGetters = fc
  .dictionary(fc.constantFrom('name', 'message', 'stack', 'code', 'cause', 'errors', 'constructor'), hostile)
  .map(
    (getters): Make =>
      () => {
        const error = new Error('x');
        for (const [key, get] of Object.entries(getters)) Object.defineProperty(error, key, { get });
        return error;
      },
  );

const thrown = fc.oneof(
  fc.anything({ withBigInt: true, withNullPrototype: true, withSparseArray: true }).map(
    (value): Make =>
      () =>
        value,
  ),
  proxy,
  withGetters,
  fc.string().map(
    (message): Make =>
      () =>
        new Error(message),
  ),
);

const deep = fc.array(thrown, { maxLength: 100 }).map(
  (makers): Make =>
    () =>
      makers.reduce<unknown>(
        (cause, make) => new AggregateError([make(), cause], 'deep', { cause }),
        undefined,
      ),
);

test('recording never throws, and the sum by type is the total, whatever was thrown', async () => {
  const clock = createVirtualClock();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(thrown, deep), { maxLength: 40 }), async (makers) => {
      const monitor = createHealthMonitor({ clock, logger: memoryLogger() });
      let counted = 0;
      for (const make of makers) if (monitor.recordError(make())) counted += 1;
      const { totalErrors, errorsByType } = monitor.getErrorSummary();
      const report = JSON.stringify(monitor.getReport());
      await monitor.close();
      expect(totalErrors).toBe(counted);
      expect(Object.values(errorsByType).reduce((a, b) => a + b, 0)).toBe(counted);
      expect(report.length).toBeGreaterThan(0);
    }),
    { numRuns: 300 },
  );
});
