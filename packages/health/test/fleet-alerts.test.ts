import type { Clock } from '@resilient/core';
import { type AlertNotice, type AlertStore, createHealthMonitor } from '@resilient/health';
import { createFleetStore } from '@resilient/health/kysely';
import { createVirtualClock, type VirtualClock } from '@resilient/testing';
import { expect, inject, test, vi } from 'vitest';
import { type FleetPlace, fleetPlace, openPool, PATIENT, patient } from './support/fleet-place.ts';
import { memoryLogger } from './support/memory-logger.ts';

vi.setConfig({ testTimeout: 60_000 });

const url = inject('postgresUrl');
const MINUTE = 60_000;

/** A clock whose timers stop when the process that set them is killed. */
function mortal(clock: Clock): { readonly clock: Clock; kill(): void } {
  let alive = true;
  return {
    clock: { ...clock, setTimer: (callback, ...rest) => clock.setTimer(() => alive && callback(), ...rest) },
    kill() {
      alive = false;
    },
  };
}

interface Life {
  fail(times: number): void;
  kill(): void;
}

/** Processes whose time is virtual, on the real table: time stands still while the database decides. */
function town(place: FleetPlace, clock: VirtualClock) {
  const told: [minute: number, state: string, count: number][] = [];
  let deciding = 0;
  let failed = 0;
  return {
    told,
    failed: () => failed,
    start(instance: string): Life {
      const life = mortal(clock);
      const shared = createFleetStore(place.kysely, PATIENT);
      const store: AlertStore = {
        decide(...given) {
          deciding += 1;
          return shared
            .decide(...given)
            .catch((error: unknown) => {
              failed += 1;
              throw error;
            })
            .finally(() => {
              deciding -= 1;
            });
        },
      };
      const send = ({ state, count }: AlertNotice): void => {
        told.push([clock.now() / MINUTE, state, count]);
      };
      const monitor = createHealthMonitor({
        name: 'school',
        instance,
        clock: life.clock,
        logger: memoryLogger(),
        thresholds: { memory: false, cpu: false, eventLoopMs: false },
        alerts: { sinks: [{ name: 'test', send }], store },
      });
      return {
        kill: life.kill,
        fail(times) {
          const stack = 'Error\n    at buy (shop.ts:1:1)';
          for (let i = 0; i < times; i += 1)
            monitor.recordError(Object.assign(new Error('no stock'), { stack }));
        },
      };
    },
    /** Lets time pass in steps, and in none of them before the database has answered. */
    async pass(ms: number, step = ms): Promise<void> {
      for (let passed = 0; passed < ms; passed += step) {
        await vi.waitFor(() => expect(deciding).toBe(0), { timeout: 30_000, interval: 1 });
        await clock.advance(step);
      }
      await vi.waitFor(() => expect(deciding).toBe(0), { timeout: 30_000, interval: 1 });
      await clock.advance(0);
    },
  };
}

test('a process that crashes every 5 s for 10 min, with the same error in each life: 1 notice', async () => {
  await using place = await fleetPlace(url);
  const clock = createVirtualClock();
  const { start, pass, told, failed } = town(place, clock);
  for (let life = 0; life < 120; life += 1) {
    const one = start(`pid ${life}`);
    one.fail(11);
    await pass(0.1); // it is told, and decides
    one.kill();
    await pass(4_999.9);
  }
  expect(failed()).toBe(0);
  expect(told).toEqual([[expect.closeTo(0), 'fired', 11]]);
  const rows = await place.kysely.selectFrom('resilient_health').select(['kind', 'name', 'seq']).execute();
  expect(rows).toMatchObject([{ kind: 'alert', seq: '120' }]);
});

test('ten processes on one store: one fired, one repeated and one resolved, with the counts of all', async () => {
  await using place = await fleetPlace(url);
  const clock = createVirtualClock();
  const { start, pass, told, failed } = town(place, clock);
  const fleet = Array.from({ length: 10 }, (_, i) => start(`web-${i}`));
  for (const one of fleet) one.fail(100);
  await pass(0.1);
  await pass(60 * MINUTE, 500);
  expect(failed()).toBe(0);
  expect(told.map(([, state]) => state)).toEqual(['fired', 'repeated', 'resolved']);
  expect(told.reduce((sum, [, , count]) => sum + count, 0)).toBe(1_000);
  for (const one of fleet) one.kill();
});

test('fifty decisions at a time over ten pools: each sees what the one before it has kept', async () => {
  await using place = await fleetPlace(url);
  const pools = Array.from({ length: 10 }, () => openPool(url, place.schema, 1));
  const stores = pools.flatMap(({ kysely }) =>
    Array.from({ length: 5 }, () => createFleetStore(kysely, PATIENT)),
  );
  const seen = await Promise.all(
    stores.map((store, index) =>
      store.decide(
        'school/rule/key',
        (shared) => ({
          shared: {
            phase: 'firing',
            since: 1,
            repeats: shared?.repeats ?? 0,
            severity: 'critical',
            untold: (shared?.untold ?? 0) + 1,
            holders: { ...shared?.holders, [`pid\0 ${index}`]: index },
          },
          result: shared?.untold ?? 0,
        }),
        patient(),
      ),
    ),
  );
  expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index));
  await Promise.all(pools.map(({ kysely }) => kysely.destroy()));
});

test('a row that none of ours has written counts as nothing', async () => {
  await using place = await fleetPlace(url);
  const keep = <T>(result: T) => ({
    shared: { phase: 'quiet', since: 5, repeats: 0, severity: 'warning', untold: 0, holders: {} } as const,
    result,
  });
  expect(await place.store.decide('key', keep, patient())).toBeUndefined();
  for (const data of [
    '',
    '{}',
    '[]',
    '{"phase":"firing","severity":"none"}',
    '{"phase":"quiet","severity":"warning"}',
  ]) {
    await place.kysely.updateTable('resilient_health').set({ data }).execute();
    expect(await place.store.decide('key', keep, patient())).toBeUndefined();
    expect(await place.store.decide('key', keep, patient())).toMatchObject({ phase: 'quiet', since: 5 });
  }
});

test('what `decide` throws is thrown, and nothing is kept', async () => {
  await using place = await fleetPlace(url);
  const failing = place.store.decide(
    'key',
    () => {
      throw new TypeError('no');
    },
    patient(),
  );
  await expect(failing).rejects.toThrow('no');
  const rows = await place.kysely.selectFrom('resilient_health').selectAll().execute();
  expect(rows).toEqual([]);
});
