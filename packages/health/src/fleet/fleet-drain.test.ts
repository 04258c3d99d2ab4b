import { createVirtualClock } from '@resilient/testing';
import { expect, test } from 'vitest';
import { memoryFleetStore } from '../../test/support/memory-fleet-store.ts';
import { memoryLogger } from '../../test/support/memory-logger.ts';
import { testMonitor } from '../../test/support/test-monitor.ts';
import { drain } from '../safety/drain.ts';
import { OpenRequests } from '../safety/open-requests.ts';

test('a drain writes before a hook closes the database, and takes no time for a store that hangs', async () => {
  for (const hangs of [false, true]) {
    const clock = createVirtualClock();
    const logger = memoryLogger();
    const store = memoryFleetStore(clock);
    const monitor = testMonitor({ name: 'school', clock, logger, fleet: store });
    monitor.recordRequest({ status: 200, durationMs: 1 });
    if (hangs) store.fails = 'hangs';
    const closeDatabase = (): void => {
      store.fails = true;
    };
    const plan = { monitor, logger, requests: new OpenRequests(), hooks: [closeDatabase] };
    await clock.settle(drain({ ...plan, delayMs: 0, timeoutMs: 25_000, hookTimeoutMs: 5_000 }));
    expect(store.writes.map(({ state, hours }) => [state.ended, hours[0]?.requests])).toEqual(
      hangs ? [] : [[true, 1]],
    );
    expect(clock.now()).toBe(hangs ? 1_000 : 0);
    expect(clock.pending).toBe(0);
    expect(logger.lines).toEqual([]);
  }
});

test('a reading that is under way ends before the monitor is closed', async () => {
  const clock = createVirtualClock();
  const store = memoryFleetStore(clock);
  store.instances = () => new Promise(() => undefined);
  const monitor = testMonitor({ name: 'school', clock, logger: memoryLogger(), fleet: store });
  monitor.getReport();
  await clock.settle(monitor.close());
  expect(clock.pending).toBe(0);
  expect(clock.now()).toBe(1_000);
});
