import { AsyncLocalStorage } from 'node:async_hooks';
import { currentDeadline, withDeadline } from '@resilient/core';
import { createVirtualClock, type VirtualClock } from '@resilient/testing';
import { beforeEach, expect, test } from 'vitest';
import { serverError } from '../../test/unit/fake-engine.ts';
import { FakePgPool } from '../../test/unit/fake-pg-pool.ts';
import type { Lease } from './lease.ts';
import { PostgresPool } from './pool.ts';
import { ServerKnowledge } from './server-knowledge.ts';
import { leaseForUnit } from './unit-lease.ts';

let clock: VirtualClock;
let fake: FakePgPool;
let pool: PostgresPool;

beforeEach(() => {
  clock = createVirtualClock();
  fake = new FakePgPool();
  pool = new PostgresPool(fake, { clock, name: 'school', max: 2 });
});

const acquire = (ms = 1_000, signal?: AbortSignal): Promise<Lease> => pool.acquire(clock.now() + ms, signal);
const forUnit = (ms = 1_000): Promise<Lease> =>
  leaseForUnit({
    ...{ pool, clock, knowledge: new ServerKnowledge() },
    ...{ deadline: clock.now() + ms, signal: new AbortController().signal },
  });

test('lends connections up to its limit, then first come, first served', async () => {
  const [a, b] = [await acquire(), await acquire()];
  const order: string[] = [];
  const waiting = ['c', 'd', 'e'].map((name) =>
    acquire().then((lease) => {
      order.push(name);
      lease.release();
    }),
  );
  expect(pool.stats).toMatchObject({ size: 2, idle: 0, inUse: 2, waiting: 3, limit: 2 });
  a.release();
  await Promise.all(waiting);
  b.release();
  expect(order).toEqual(['c', 'd', 'e']);
  expect(pool.stats).toMatchObject({ size: 2, idle: 2, inUse: 0, waiting: 0, limit: 2 });
  expect(clock.pending).toBe(0);
});

test('a waiter gives up at its deadline or abort, and takes no place with it', async () => {
  const leases = [await acquire(), await acquire()];
  const controller = new AbortController();
  const late = acquire(100).catch((error) => error);
  const aborted = acquire(1_000, controller.signal).catch((error) => error);
  const last = acquire(1_000);
  controller.abort(new Error('enough'));
  expect(await aborted).toEqual(new Error('enough'));
  await clock.advance(100);
  expect(await late).toMatchObject({
    code: 'POOL_EXHAUSTED',
    message:
      'no connection to "school" was free within 100 ms: 2 of 2 in use, 1 more waiting; held by safeCommit for 100 ms, safeCommit for 100 ms',
  });
  for (const lease of leases) lease.release();
  (await last).release();
  expect(pool.stats).toMatchObject({ idle: 2, inUse: 0, waiting: 0 });
  expect(clock.pending).toBe(0);
});

test('a connection that comes too late goes to the next caller', async () => {
  let open: () => void = () => {};
  fake.gate = new Promise((resolve) => {
    open = resolve;
  });
  const late = Promise.all([acquire(50), acquire(50)]).catch((error) => error);
  const next = acquire(500);
  await clock.advance(50);
  expect(await late).toMatchObject({
    code: 'POOL_EXHAUSTED',
    message: expect.stringContaining('could be opened'),
  });
  open();
  const lease = await next;
  expect(fake.clients).toHaveLength(2);
  lease.release();
  expect(pool.stats).toMatchObject({ size: 2, idle: 2, inUse: 0, waiting: 0 });
});

test('a connection is opened in no context of its first caller: neither a deadline nor a store', async () => {
  const store = new AsyncLocalStorage<string>();
  let seen: unknown[] = [];
  fake.onConnect = () => {
    seen = [store.getStore(), currentDeadline()];
  };
  const lease = await store.run('request 1', () => withDeadline(50, () => acquire(), { clock }));
  lease.release();
  expect(seen).toEqual([undefined, undefined]);
});

test('a connection that died while idle is skipped, the others of its time are closed unasked', async () => {
  const dead = [await acquire(), await acquire()];
  for (const lease of dead) lease.release();
  for (const client of fake.clients) client.dead = true;
  const lease = await forUnit();
  expect(fake.destroyed).toEqual([2, 1]);
  expect(fake.clients.map((client) => client.log.length > 0)).toEqual([false, true, true]);
  lease.release();
});

test('where every connection dies as soon as it is opened, one probe asks until the time is up', async () => {
  fake.on('connect', (client) => {
    client.dead = true;
  });
  const refused = forUnit(10_000).catch((error) => error);
  await clock.advance(10_000);
  expect(await refused).toMatchObject({ code: 'POOL_EXHAUSTED' });
  expect(fake.clients.length).toBeLessThan(6);
});

test('a server that has no room is asked again until it has, and costs a unit no attempt', async () => {
  let full = true;
  fake.onConnect = () => {
    if (full) throw serverError('53300', { severity: 'FATAL' });
  };
  const unit = forUnit(10_000);
  await clock.advance(2_000);
  full = false;
  await clock.advance(1_000);
  expect((await unit).broken).toBe(false);
  full = true;
  const late = forUnit(1_500).catch((error) => error);
  await clock.advance(1_500);
  expect(await late).toMatchObject({ code: 'POOL_EXHAUSTED' });
});

test('a lease is given back only if it is idle and sound, and only once', async () => {
  const open = await acquire();
  await open.query('begin');
  open.release();
  open.release();
  open.destroy();
  expect(fake.destroyed).toEqual([1]);
  const broken = await acquire();
  fake.clients[1]?.emit('error', new Error('read ECONNRESET'));
  expect([broken.broken, String(broken.failure)]).toEqual([true, 'Error: read ECONNRESET']);
  await expect(broken.query('select 1')).rejects.toThrow('read ECONNRESET');
  broken.release();
  expect(fake.destroyed).toEqual([1, 2]);
  const good = await acquire();
  good.release();
  expect(fake.idle).toHaveLength(1);
});

test('close refuses new callers, waits for leases until its time is up, then closes', async () => {
  const lease = await acquire();
  const closed = pool.close(300);
  expect(pool.close(1)).toBe(closed);
  await expect(acquire()).rejects.toMatchObject({ code: 'CLOSED' });
  await clock.advance(299);
  expect(fake.ended).toBe(0);
  await clock.advance(1);
  await closed;
  expect(fake.ended).toBe(1);
  expect(lease.broken).toBe(true);
});
