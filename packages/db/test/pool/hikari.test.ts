/**
 * HikariCP's behaviours, restated for our pool on a virtual clock, over a real pg.Pool with a fake client class.
 *
 * | HikariCP | here |
 * |---|---|
 * | TestConnectionTimeoutRetry | a server that comes back within the caller's time is used |
 * | TestSaturatedPool830 (50 callers, 1 s) | 50 callers on a saturated pool: each ends within its second |
 * | TestConnections.testMaxLifetime, its 2.5 % of variance | connections grow old one by one |
 * | TestConnections.testEviction | see "a lost connection takes those of its time with it" in sqlalchemy.test.ts |
 * | TestConnections.testDoubleClose | see "a connection is given back once" in sqlalchemy.test.ts |
 * | TestConnections.testInitializationFailure | see test/postgres/startup.test.ts |
 * | slow acquisition | a connection that comes after its caller has gone is kept for the next |
 * | RampUpDown | load opens connections up to the limit, and calm closes what is above size |
 * | ShutdownTest | close lets leases end, refuses waiters, and closes all |
 * | MiscTest.testLeakDetection | a connection that is out for too long is reported with its holder, and again when it is back |
 * | HouseKeeperCleanup | nothing is left after close: no timer, no connection |
 * | "Handling Database Down" | while the server is down one probe asks, after 1, 2, 4 s and then every 5 s |
 */
import { onResilienceEvent } from '@resilient/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Lease } from '../../src/postgres/lease.ts';
import { FOR_STATEMENT, type PostgresPool } from '../../src/postgres/pool.ts';
import { FakeServer } from './fake-server.ts';

let server: FakeServer;
let states: string[];
let stop: () => void;
beforeEach(() => {
  server = new FakeServer();
  states = [];
  stop = onResilienceEvent((event) => {
    if (event.kind === 'pool' && !event.replay) states.push(event.state);
  });
});
afterEach(() => stop());

const take = (pool: PostgresPool, ms = 1_000): Promise<Lease> =>
  pool.acquire(server.clock.now() + ms, undefined, FOR_STATEMENT);
const forUnit = (pool: PostgresPool, ms: number): Promise<Lease> =>
  pool.acquire(server.clock.now() + ms, undefined);
const failure = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error) => error);
const idOf = (lease: Lease): number => (lease.client as unknown as { id: number }).id;

test('a server that comes back within the caller’s time is used, and it was no failure', async () => {
  const pool = server.pool({ size: 2 });
  server.stop();
  const units = Promise.all([forUnit(pool, 30_000), forUnit(pool, 30_000)]);
  await server.clock.advance(3_000);
  server.start();
  const leases = await server.clock.settle(units);
  expect(server.clock.now()).toBe(7_000); // asked at 1, 3 and 7 s
  expect(leases.map((lease) => lease.broken)).toEqual([false, false]);
  expect(states).toEqual(['down', 'ok']);
});

test('a unit whose time runs out while the server is down is told why', async () => {
  const pool = server.pool({ size: 2 });
  server.stop();
  const refused = failure(forUnit(pool, 2_500));
  await server.clock.advance(2_500);
  expect(await refused).toMatchObject({
    code: 'POOL_EXHAUSTED',
    message:
      'no connection to "school" could be opened within 2500 ms: the database could not be reached (ECONNREFUSED), 1500 ms ago: 0 of 2 in use, 0 more waiting',
    cause: { code: 'ECONNREFUSED' },
  });
});

test('while the server is down one probe asks for all, after 1, 2, 4 s and then every 5 s', async () => {
  const pool = server.pool({ size: 5 });
  server.stop();
  const units = Array.from({ length: 20 }, () => failure(forUnit(pool, 60_000)));
  await server.clock.advance(0);
  const herd = server.connects; // those that had begun before anybody knew
  const asked: number[] = [];
  for (let seen = server.connects; server.clock.now() < 30_000; ) {
    await server.clock.advance(100);
    if (server.connects > seen) asked.push(server.clock.now());
    seen = server.connects;
  }
  expect(herd).toBe(5);
  expect(asked).toEqual([1_000, 3_000, 7_000, 12_000, 17_000, 22_000, 27_000]);
  const startedAt = server.clock.now();
  expect(await failure(take(pool, 30_000))).toMatchObject({ code: 'SERVER_DOWN' });
  expect(server.clock.now()).toBe(startedAt); // at once
  server.start();
  await server.clock.advance(5_000);
  await Promise.all(
    units.map(async (unit) => {
      const lease = (await unit) as Lease;
      lease.release();
    }),
  );
  expect(pool.stats).toMatchObject({ inUse: 0, waiting: 0 });
});

test('chance makes the probe’s waits shorter, never longer', async () => {
  const pool = server.pool({ size: 1, random: () => 0.999 });
  server.stop();
  await failure(take(pool));
  await server.clock.advance(801);
  expect(server.connects).toBe(2);
  server.start();
  await server.clock.advance(1_601);
  expect(pool.downReason).toBeUndefined();
});

test('50 callers on a saturated pool: each ends within its second', async () => {
  const pool = server.pool({ size: 5 });
  const held = await Promise.all(Array.from({ length: 5 }, () => take(pool)));
  const ends: number[] = [];
  const callers = Array.from({ length: 50 }, () =>
    failure(take(pool, 1_000)).then((error) => {
      ends.push(server.clock.now());
      return (error as { code: string }).code;
    }),
  );
  await server.clock.advance(1_000);
  expect(new Set(await Promise.all(callers))).toEqual(new Set(['POOL_EXHAUSTED']));
  expect(Math.max(...ends)).toBe(1_000);
  for (const lease of held) lease.release();
  (await take(pool)).release();
  expect(states).toEqual(['exhausted', 'ok']);
});

test('more callers than may wait are refused at once', async () => {
  const pool = server.pool({ size: 1, maxWaiting: 2 });
  const held = await take(pool);
  const waiting = [take(pool), take(pool)];
  expect(await failure(take(pool))).toMatchObject({
    code: 'POOL_EXHAUSTED',
    message:
      'no connection to "school" is free, and no more callers may wait: 1 of 1 in use, 2 more waiting; held by statement for 0 ms',
  });
  held.release();
  for (const one of waiting) (await one).release();
});

test('connections grow old one by one: chance takes up to 2.5 % of their age', async () => {
  const draws = [0, 0.5, 0.999];
  const random = (): number => draws.shift() ?? 0;
  const pool = server.pool({ size: 3, recycleMs: 100_000, pingAfterMs: 1e9, random });
  const renew = async (): Promise<number> => {
    const leases = await Promise.all(Array.from({ length: 3 }, () => take(pool)));
    for (const lease of leases) lease.release();
    return pool.stats.recycled;
  };
  await renew();
  const recycled: number[] = [];
  await server.clock.advance(97_503);
  const first = await renew();
  for (let n = 0; n < 3; n += 1) {
    await server.clock.advance(1_250);
    recycled.push(await renew());
  }
  expect([first, ...recycled]).toEqual([1, 2, 3, 3]);
});

test('a connection that comes after its caller has gone is kept for the next', async () => {
  const pool = server.pool({ size: 2 });
  server.hanging = [];
  const late = failure(take(pool, 100));
  await server.clock.advance(100);
  expect(await late).toMatchObject({ code: 'POOL_EXHAUSTED' });
  server.letIn();
  await server.clock.advance(0);
  expect(idOf(await take(pool))).toBe(1);
  expect(server.connects).toBe(1);
});

test('load opens connections up to the limit, and calm closes what is above size', async () => {
  const pool = server.pool({ size: 2, overflow: 4 });
  const sizes: number[] = [];
  const leases: Lease[] = [];
  for (let n = 0; n < 6; n += 1) {
    leases.push(await take(pool));
    sizes.push(pool.stats.size);
  }
  for (const lease of leases) {
    lease.release();
    sizes.push(pool.stats.size);
  }
  expect(sizes).toEqual([1, 2, 3, 4, 5, 6, 6, 6, 5, 4, 3, 2]);
});

test('`min` connections are opened without being asked for, and again when one is lost', async () => {
  const pool = server.pool({ size: 5, min: 2 });
  pool.warm();
  await server.clock.advance(0);
  expect(pool.stats).toMatchObject({ size: 2, idle: 2, created: 2, inUse: 0 });
  server.clients[0]?.die(new Error('Connection terminated unexpectedly'));
  await server.clock.advance(0);
  expect(pool.stats).toMatchObject({ size: 2, idle: 2 });
  expect(server.connects).toBeGreaterThan(2);
});

test('a connection that is out for too long is reported with its holder, and again when it is back', async () => {
  const pool = server.pool({ size: 2, leakMs: 5_000, stacks: true });
  const forgotten = await take(pool);
  const short = await take(pool);
  await server.clock.advance(4_000);
  short.release();
  await server.clock.advance(1_000);
  expect(server.log.lines).toHaveLength(1);
  expect(server.log.lines[0]).toMatch(/^warn .*"holder":"statement".*hikari\.test\.ts.*5000 ms: was it ever/);
  expect(pool.stats.oldestLeaseMs).toBe(5_000);
  await server.clock.advance(2_000);
  forgotten.release();
  expect(server.log.lines[1]).toMatch(/^info .*"heldMs":7000.*was given back/);
  expect(states).toEqual(['leak', 'ok']);
  expect(server.clock.pending).toBe(0);
});

test('a slow statement is logged without its parameters, with the wait for its connection, and counted', async () => {
  const pool = server.pool({ size: 1 });
  const held = await take(pool);
  const waiting = take(pool);
  await server.clock.advance(200);
  held.release();
  const lease = await waiting;
  server.answerMs = 501;
  const slow = lease.query('select * from student where name = $1', ['Ada']);
  await server.clock.advance(501);
  await slow;
  server.answerMs = 500;
  const quick = lease.query('select 1');
  await server.clock.advance(500);
  await quick;
  expect(server.log.lines).toEqual([
    'warn [{"pool":"school","statement":"select * from student where name = $1","durationMs":501,"waitedMs":200},"a statement was slow"]',
  ]);
  expect(pool.stats.slowStatements).toBe(1);
});

test('stats tell the wait for a connection at 50 and 95 of 100', async () => {
  const pool = server.pool({ size: 1 });
  expect(pool.stats).toMatchObject({ acquireP50Ms: 0, acquireP95Ms: 0, oldestLeaseMs: 0 });
  for (let n = 0; n < 10; n += 1) {
    const held = await take(pool);
    const waiting = take(pool);
    await server.clock.advance(n >= 8 ? 100 : 10);
    held.release();
    (await waiting).release();
  }
  const { acquireP50Ms, acquireP95Ms } = pool.stats;
  expect(acquireP50Ms).toBeLessThanOrEqual(10.1);
  expect(Math.round(acquireP95Ms)).toBe(100);
});

test('close lets leases end, refuses waiters, and leaves no timer and no connection', async () => {
  const pool = server.pool({ size: 1, overflow: 1 });
  const [a, b] = [await take(pool), await take(pool)];
  const waiter = failure(take(pool));
  const closed = pool.close(1_000);
  await server.clock.advance(500);
  a.release();
  expect(await waiter).toMatchObject({ code: 'CLOSED' });
  expect(await failure(take(pool))).toMatchObject({ code: 'CLOSED' });
  await server.clock.advance(500);
  await closed;
  expect(b.broken).toBe(true);
  expect([server.open, server.clock.pending]).toEqual([0, 0]);
});

test('close ends the wait for a server that is down', async () => {
  const pool = server.pool({ size: 1 });
  server.stop();
  const unit = failure(forUnit(pool, 60_000));
  await server.clock.advance(100);
  await pool.close(1_000);
  expect(await unit).toMatchObject({ code: 'CLOSED' });
  expect(server.clock.pending).toBe(0);
});
