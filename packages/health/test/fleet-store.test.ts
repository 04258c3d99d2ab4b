import { randomUUID } from 'node:crypto';
import { createHealthMonitor } from '@resilient/health';
import { createFleetStore, fleetStoreSql } from '@resilient/health/kysely';
import { createVirtualClock } from '@resilient/testing';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { describe, expect, inject, test } from 'vitest';
import {
  fleetPlace,
  hourOf,
  openPool,
  PATIENT,
  patient,
  writeOf,
  YESTERDAY,
  yesterdayAt,
} from './support/fleet-place.ts';
import { memoryLogger } from './support/memory-logger.ts';

const url = inject('postgresUrl');

describe('instances', () => {
  test('what each said last is read back, with its age', async () => {
    await using place = await fleetPlace(url);
    const state = {
      errors: { KeyError: 3 },
      durations: [1, 2],
      requests: 3,
      reasons: ['slow'],
      release: 'r1',
    };
    await place.store.write(writeOf('a', 1, [], { status: 'degraded', ...state }), patient());
    await place.store.write(writeOf('a', 2, [], { status: 'critical', ...state }), patient());
    await place.store.write(writeOf('b', 1), patient());
    const instances = (await place.store.instances('school', patient())) ?? [];
    expect(instances.map((one) => one.state.life).sort()).toEqual(['a', 'b']);
    const a = instances.find((one) => one.state.life === 'a');
    expect(a?.state).toEqual({ ...writeOf('a', 2).state, ...state, status: 'critical' });
    expect(a?.ageMs).toBeLessThan(60_000);
    expect(await place.store.instances('another service', patient())).toEqual([]);
  });

  test('names of any kind are kept apart, and none of them hurts', async () => {
    await using place = await fleetPlace(url);
    const names = ['__proto__', 'x\0y', '\ud800', `"'; drop table resilient_health; --`, 'é'.repeat(5_000)];
    for (const [index, instance] of names.entries()) {
      const errors = Object.fromEntries(names.map((name) => [name, 1]));
      const hour = hourOf({ errorsByType: errors });
      await place.store.write(writeOf(`life ${index}`, 1, [hour], { instance, errors }), patient());
    }
    const instances = (await place.store.instances('school', patient())) ?? [];
    expect(new Set(instances.map(({ state }) => state.instance))).toEqual(new Set(names));
    const [hour] = await place.store.hours('school', YESTERDAY);
    expect(Object.values(hour?.errorsByType ?? {})).toEqual(new Array(names.length).fill(names.length));
  });

  test('a row that none of ours has written is passed by', async () => {
    await using place = await fleetPlace(url);
    await place.store.write(writeOf('a', 1, [hourOf()]), patient());
    const foreign = { kind: 'instance', service: 'school', seq: '1', written_at: new Date() };
    for (const data of ['', '[]', 'null', '{"life":1}', '{"life":"x","instance":"x","durations":{"a":1}}']) {
      await place.kysely
        .insertInto('resilient_health')
        .values({ ...foreign, name: data, data })
        .execute();
    }
    const instances = (await place.store.instances('school', patient())) ?? [];
    expect(instances.map(({ state }) => state.instance).sort()).toEqual(['a', 'x']);
  });
});

describe('hours', () => {
  test('twenty writers at a time over five processes’ worth of connections add up exactly', async () => {
    await using place = await fleetPlace(url);
    const pools = Array.from({ length: 4 }, () => openPool(url, place.schema, 5));
    const stores = pools.flatMap(({ kysely }) =>
      Array.from({ length: 5 }, () => createFleetStore(kysely, PATIENT)),
    );
    const later = yesterdayAt(6);
    await Promise.all(
      stores.map(async (store, index) => {
        for (let seq = 1; seq <= 15; seq += 1) {
          const errorsByType = { shared: 1, [`own ${index}`]: 2 };
          const worst = index === 7 && seq === 3 ? 'critical' : 'healthy';
          const first = hourOf({ requests: 10, failures: 1, errorsByType, worst });
          const second = hourOf({ from: later, requests: 1 });
          const hours = seq % 2 === 0 ? [first, second] : [second, first];
          await store.write(writeOf(`life ${index}`, seq, hours), patient());
        }
      }),
    );
    const [one, two] = await place.store.hours('school', YESTERDAY);
    expect(one).toMatchObject({ requests: 3_000, failures: 300, worst: 'critical' });
    expect(one?.from).toEqual(hourOf().from);
    expect(Object.keys(one?.errorsByType ?? {})).toHaveLength(21);
    expect(one?.errorsByType).toMatchObject({ shared: 300, 'own 0': 30, 'own 19': 30 });
    expect(two).toMatchObject({
      from: later,
      requests: 300,
      failures: 0,
      worst: 'healthy',
      errorsByType: {},
    });
    for (const { kysely } of pools) await kysely.destroy();
  });

  test('a write that comes again under its number is added once', async () => {
    await using place = await fleetPlace(url);
    const write = writeOf('a', 1, [hourOf({ requests: 5, errorsByType: { E: 2 } })]);
    await Promise.all([1, 2, 3].map(() => place.store.write(write, patient())));
    await place.store.write(writeOf('a', 2, [hourOf({ requests: 1 })]), patient());
    const hours = await place.store.hours('school', YESTERDAY);
    expect(hours).toEqual([hourOf({ requests: 6, errorsByType: { E: 2 } })]);
  });

  test('at most 256 types by name, and the total stays exact', async () => {
    await using place = await fleetPlace(url);
    for (let seq = 1; seq <= 6; seq += 1) {
      const invented = Array.from({ length: 100 }, () => [randomUUID(), 1]);
      const errorsByType = Object.fromEntries([...invented, ['real', 5], ['_OTHER', 3]]) as Record<
        string,
        number
      >;
      await place.store.write(writeOf('a', seq, [hourOf({ errorsByType })]), patient());
    }
    const [hour] = await place.store.hours('school', YESTERDAY);
    const counts = Object.values(hour?.errorsByType ?? {});
    expect(counts.length).toBeLessThanOrEqual(257);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(6 * 108);
    expect(hour?.errorsByType.real).toBe(30);
  });

  test('a range takes what begins in it; without one it is the last 30 days', async () => {
    await using place = await fleetPlace(url);
    const thisHour = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000);
    const months = [new Date('2020-01-01T00:00:00Z'), thisHour].map((from) => hourOf({ from, requests: 1 }));
    await place.store.write(writeOf('a', 2, months), patient()); // not the first: nothing is removed
    expect(await place.store.hours('school')).toEqual([months[1]]);
    expect(await place.store.hours('school', { from: new Date(0), to: thisHour })).toEqual([months[0]]);
  });
});

describe('what is over', () => {
  test('is removed: instances and alerts of yesterday, hours of last month, gone lives of the same name', async () => {
    await using place = await fleetPlace(url);
    const { store, kysely } = place;
    const keep = (_: unknown) => ({
      shared: { phase: 'quiet', since: 0, repeats: 0, severity: 'critical', untold: 0, holders: {} } as const,
      result: undefined,
    });
    for (const key of ['old alert', 'new alert']) await store.decide(key, keep, patient());
    await store.write(writeOf('yesterday', 2), patient());
    await store.write(writeOf('an hour ago', 2), patient());
    await store.write(writeOf('before', 2, [], { instance: 'same' }), patient());
    await store.write(writeOf('lately', 2, [], { instance: 'same' }), patient());
    const old = hourOf({ from: new Date('2020-01-01T00:00:00Z') });
    await store.write(writeOf('other', 2, [old, hourOf({ from: new Date() })]), patient());
    const age = async (pattern: string, by: string): Promise<void> => {
      await place.pool.query(
        `update resilient_health set written_at = written_at - $2::interval where name like $1`,
        [pattern, by],
      );
    };
    await age('old alert', '25 hours');
    await age('yesterday%', '25 hours');
    await age('an hour ago%', '1 hour');
    await age('%before', '31 seconds');
    await age('%lately', '5 seconds');
    await store.write(writeOf('now', 1, [], { instance: 'same' }), patient());
    const names = async (): Promise<string[]> => {
      const rows = await kysely.selectFrom('resilient_health').select(['kind', 'name']).execute();
      return rows.filter(({ kind }) => kind !== 'hour').map(({ name }) => name.split('\n').at(-1) ?? '');
    };
    await expect
      .poll(async () => (await names()).sort(), { timeout: 30_000 })
      .toEqual(['an hour ago', 'lately', 'new alert', 'now', 'other']);
    expect(await store.hours('school', { from: new Date(0) })).toHaveLength(1);
  });

  test('of instances that are gone, 100 are kept', async () => {
    await using place = await fleetPlace(url);
    for (let life = 0; life < 110; life += 1) await place.store.write(writeOf(`life ${life}`, 2), patient());
    await place.pool.query(`update resilient_health set written_at = written_at - interval '1 minute'`);
    await place.store.write(writeOf('now', 1), patient());
    await expect
      .poll(async () => (await place.store.instances('school', patient()))?.length, { timeout: 30_000 })
      .toBe(101);
  });
});

describe('the table', () => {
  test('is made by twenty at once', async () => {
    await using place = await fleetPlace(url);
    const stores = Array.from({ length: 20 }, () => createFleetStore(place.kysely, PATIENT));
    const written = await Promise.all(
      stores.map((store, index) => store.write(writeOf(`life ${index}`, 1), patient())),
    );
    expect(written).toEqual(new Array(20).fill(true));
  });

  test('is made by hand under another name, for a role that may not make it', async () => {
    await using place = await fleetPlace(url);
    await place.pool.query(fleetStoreSql({ table: 'our_health' }));
    const role = `reader_${place.schema}`;
    await place.pool.query(`create role ${role}; grant usage on schema ${place.schema} to ${role};
      grant select, insert, update, delete on our_health to ${role}`);
    const client = openPool(url, `${place.schema} -c role=${role}`);
    const store = createFleetStore(client.kysely, { ...PATIENT, table: 'our_health' });
    expect(await store.write(writeOf('a', 1), patient())).toBe(true);
    expect(await store.instances('school', patient())).toHaveLength(1);
    await client.kysely.destroy();
    await place.pool.query(`drop owned by ${role}; drop role ${role}`);
  });

  test('is made anew where it was dropped meanwhile', async () => {
    await using place = await fleetPlace(url);
    await place.store.write(writeOf('a', 2), patient()); // not the first: nothing is removed behind it
    await place.pool.query('drop table resilient_health');
    await expect(place.store.write(writeOf('a', 3), patient())).rejects.toThrow();
    expect(await place.store.write(writeOf('a', 3), patient())).toBe(true);
  });
});

describe('at most one connection', () => {
  test('while many things are asked at once', async () => {
    await using place = await fleetPlace(url);
    await using pool = openPool(url, place.schema, 10);
    const store = createFleetStore(pool.kysely, PATIENT);
    let most = 0;
    pool.pool.on('acquire', () => {
      most = Math.max(most, pool.pool.totalCount - pool.pool.idleCount);
    });
    const keep = () => ({
      shared: { phase: 'quiet', since: 0, repeats: 0, severity: 'critical', untold: 0, holders: {} } as const,
      result: 1,
    });
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => [
        store.write(writeOf('a', index + 1), patient()),
        store.instances('school', patient()),
        store.decide(`key ${index}`, keep, patient()),
        store.hours('school'),
      ]).flat(),
    );
    expect(most).toBe(1);
    expect(pool.pool.totalCount).toBe(1);
  });

  test('nothing is written or read while others wait for one', async () => {
    await using place = await fleetPlace(url);
    await using pool = openPool(url, place.schema, 1);
    const store = createFleetStore(pool.kysely, { ...PATIENT, pool: pool.pool });
    const shaped = createFleetStore(pool.kysely, {
      ...PATIENT,
      pool: { stats: () => ({ waiting: pool.pool.waitingCount }) },
    });
    const taken = await pool.pool.connect();
    const waiting = pool.pool.connect();
    for (const one of [store, shaped]) {
      expect(await one.write(writeOf('a', 1), patient())).toBe(false);
      expect(await one.instances('school', patient())).toBeUndefined();
    }
    taken.release();
    (await waiting).release();
    for (const [index, one] of [store, shaped].entries()) {
      expect(await one.write(writeOf('a', index + 1), patient())).toBe(true);
      expect(await one.instances('school', patient())).toHaveLength(1);
    }
  });

  test('a connection of the pool that breaks in use does not end the process', async () => {
    await using place = await fleetPlace(url);
    await using pool = openPool(url, place.schema, 2);
    const store = createFleetStore(pool.kysely, { ...PATIENT, pool: pool.pool });
    const client = await pool.pool.connect();
    const broken = new Promise((resolve) => {
      client.once('end', resolve);
    });
    const { rows } = await client.query('select pg_backend_pid() as pid');
    await place.pool.query('select pg_terminate_backend($1)', [rows[0].pid]);
    await broken; // nobody of us listens for its `error`
    client.release(true);
    expect(await store.write(writeOf('a', 2), patient())).toBe(true);
  });

  test('what was given up while it waited for a connection is not done later', async () => {
    await using place = await fleetPlace(url);
    await place.store.write(writeOf('a', 1), patient());
    await using pool = openPool(url, place.schema, 1);
    const store = createFleetStore(pool.kysely, PATIENT);
    const taken = await pool.pool.connect();
    const controller = new AbortController();
    const writes = [1, 2].map((seq) => store.write(writeOf('late', seq), { signal: controller.signal }));
    const ended = Promise.allSettled(writes);
    controller.abort(new Error('too late'));
    taken.release();
    expect((await ended).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect((await store.instances('school', patient()))?.map(({ state }) => state.life)).toEqual(['a']);
  });
});

test('a table that is locked: the write ends on the server, the count is written once when it is free', async () => {
  await using place = await fleetPlace(url);
  await place.store.write(writeOf('other', 2), patient());
  await using pool = openPool(url, place.schema);
  const clock = createVirtualClock({ epoch: Date.now() }); // hours of long ago are removed
  const monitor = createHealthMonitor({
    name: 'school',
    logger: memoryLogger(),
    clock,
    fleet: createFleetStore(pool.kysely, { timeoutMs: 2_000 }),
  });
  monitor.recordRequest({ status: 200, durationMs: 1 });
  const holder = await place.pool.connect();
  await holder.query('begin');
  await holder.query('lock table resilient_health in access exclusive mode');
  const waiting = async (): Promise<number> => {
    const { rows } = await place.pool.query(
      `select count(*)::int as count from pg_locks
       where not granted and relation = '${place.schema}.resilient_health'::regclass`,
    );
    return rows[0].count;
  };
  await clock.advance(500);
  // It began, and was ended by the server, while the monitor’s own limit stands still.
  await expect.poll(waiting, { timeout: 20_000, interval: 5 }).toBe(1);
  expect((await monitor.probe('ready')).checks).toEqual({});
  expect(monitor.getErrorSummary().requests).toBe(1);
  await expect.poll(waiting, { timeout: 20_000 }).toBe(0);
  await holder.query('rollback');
  holder.release();
  const served = async (): Promise<number | undefined> => {
    await clock.advance(100); // slowly: the database has a time of its own
    return (await place.store.hours('school', { from: new Date(0) }))[0]?.requests;
  };
  await expect.poll(served, { timeout: 25_000, interval: 50 }).toBe(1);
  await clock.settle(monitor.close(), { ioMs: 20 });
  expect(clock.pending).toBe(0);
});

describe('wrong options', () => {
  const kysely = new Kysely<unknown>({ dialect: new SqliteDialect({ database: new Database(':memory:') }) });

  test('SQLite is refused', () => {
    expect(() => createFleetStore(kysely, PATIENT)).toThrow('expected `kysely` to be on PostgreSQL');
  });

  test.each([
    [{ table: 'a b' }, /`table`/],
    [{ everyMs: 50 }, /`everyMs`/],
    [{ timeoutMs: 0 }, /`timeoutMs`/],
    [{ goneAfterMs: 9_999 }, /`goneAfterMs`/],
    [{ pool: {} as never }, /`pool`/],
    [{ poll: 1 } as never, /`poll`|poll/],
  ])('%j is refused', async (options, said) => {
    await using place = await fleetPlace(url);
    expect(() => createFleetStore(place.kysely, options)).toThrow(said);
  });

  test.each([undefined, null, {}, 'postgres://'])('%j is no Kysely', (db) => {
    expect(() => createFleetStore(db as never)).toThrow(/`kysely`/);
  });
});
