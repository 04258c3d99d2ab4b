/**
 * SQLAlchemy's cases for its pool, restated for ours on a virtual clock, over a real pg.Pool with a fake client class.
 *
 * | SQLAlchemy (test/engine/test_pool.py, test_reconnect.py) | here |
 * |---|---|
 * | test_timeout, test_timeout_subsecond_precision | a full pool refuses at the deadline, to the millisecond |
 * | test_timeout_race | a place that comes back at the deadline is neither lost nor given twice |
 * | test_overflow_reset_on_failed_connect | failed connects keep no place |
 * | test_hanging_connect_within_overflow | a connect that hangs holds nobody else up |
 * | test_waiters_handled, test_notify_waiters | every waiter is served when connections come back |
 * | test_no_overflow, test_max_overflow | never more than size + overflow connections |
 * | test_overflow_no_gc | overflow is closed on return |
 * | test_recycle | a connection older than recycleMs is replaced at checkout, counted from before it was opened |
 * | test_recycle_on_invalidate, test_recycle_on_soft_invalidate | a lost connection takes those of its time with it |
 * | test_error_on_pooled_reconnect_cleanup_* | a replacement that cannot be opened leaves its place free |
 * | test_recycle_pool_no_race | two that lose the server at once renew the pool once |
 * | test_no_double_checkin | a connection is given back once |
 * | test_lifo | the connection that was used last is used next |
 * | ResetOnReturnTest | a connection in a transaction is not lent again |
 * | PrePingMockTest.test_ping_not_on_first_connect, …_on_reconnect | a connection that was just opened is not asked |
 * | PrePingMockTest.test_connect_across_restart | a restart between two uses is not noticed by the caller |
 * | PrePingMockTest.test_raise_db_is_stopped | a server that is down is told as such |
 * | MockReconnectTest.test_invalidate_on_commit_trans, test_reconnect | an error of a lost connection renews the pool |
 */
import { beforeEach, expect, test } from 'vitest';
import type { Lease } from '../../src/postgres/lease.ts';
import { FOR_STATEMENT, type PostgresPool } from '../../src/postgres/pool.ts';
import { FakeServer, serverError } from './fake-server.ts';

let server: FakeServer;
beforeEach(() => {
  server = new FakeServer();
});

const take = (pool: PostgresPool, ms = 1_000): Promise<Lease> =>
  pool.acquire(server.clock.now() + ms, undefined, FOR_STATEMENT);
const failure = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error) => error);
const several = (pool: PostgresPool, n: number, ms?: number): Promise<Lease[]> =>
  Promise.all(Array.from({ length: n }, () => take(pool, ms)));
const release = (leases: Lease[]): void => {
  for (const lease of leases) lease.release();
};
const idOf = (lease: Lease): number => (lease.client as unknown as { id: number }).id;

test.each([2_000, 500])('a full pool refuses at the deadline, to the millisecond: %i ms', async (ms) => {
  const pool = server.pool({ size: 2 });
  const leases = await several(pool, 2);
  let refusedAt: number | undefined;
  const refused = failure(take(pool, ms)).finally(() => {
    refusedAt = server.clock.now();
  });
  await server.clock.advance(ms - 1);
  expect(refusedAt).toBeUndefined();
  await server.clock.advance(1);
  expect(await refused).toMatchObject({ code: 'POOL_EXHAUSTED', holders: [{ name: 'statement' }, {}] });
  expect(refusedAt).toBe(ms);
  release(leases);
});

test('a place that comes back at the deadline is neither lost nor given twice', async () => {
  const pool = server.pool({ size: 1 });
  const first = await take(pool);
  server.clock.setTimer(() => first.release(), 1_000);
  const waiting = Promise.allSettled([take(pool, 1_000), take(pool, 1_000), take(pool, 1_001)]);
  await server.clock.advance(1_001);
  const served = (await waiting).flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  expect(served).toHaveLength(1);
  release(served);
  expect(pool.stats).toMatchObject({ inUse: 0, waiting: 0, size: 1 });
  (await take(pool)).release();
});

test('failed connects keep no place', async () => {
  const pool = server.pool({ size: 1, overflow: 1 });
  const kept = await take(pool);
  server.refusal = serverError('53300');
  for (let n = 0; n < 5; n += 1) expect(await failure(take(pool))).toMatchObject({ code: '53300' });
  expect(pool.stats).toMatchObject({ inUse: 1, size: 1, overflow: 0 });
  server.start();
  release([kept, await take(pool)]);
  expect(pool.stats).toMatchObject({ inUse: 0, size: 1 });
});

test('a connect that hangs holds nobody else up', async () => {
  const pool = server.pool({ size: 1, overflow: 2 });
  const held = await take(pool);
  server.hanging = [];
  const hanging = failure(take(pool, 1_000));
  await server.clock.advance(10);
  held.release();
  (await take(pool)).release();
  await server.clock.advance(1_000);
  expect(await hanging).toMatchObject({ code: 'POOL_EXHAUSTED' });
  server.letIn();
  await server.clock.advance(0);
  expect(pool.stats).toMatchObject({ inUse: 0, size: 1 });
});

test('every waiter is served when connections come back', async () => {
  const pool = server.pool({ size: 3, overflow: 2 });
  const leases = await several(pool, 5);
  const served: number[] = [];
  const waiters = Array.from({ length: 20 }, (_, n) =>
    take(pool).then((lease) => {
      served.push(n);
      lease.release();
    }),
  );
  release(leases);
  await Promise.all(waiters);
  expect(served).toEqual(Array.from({ length: 20 }, (_, n) => n));
  expect(server.connects).toBe(5);
});

test.each([
  [1, 0],
  [3, 2],
])('never more than size + overflow connections: %i + %i', async (size, overflow) => {
  const pool = server.pool({ size, overflow });
  let peak = 0;
  await Promise.all(
    Array.from({ length: 40 }, async () => {
      const lease = await take(pool, 10_000);
      peak = Math.max(peak, server.open);
      await Promise.resolve();
      lease.release();
    }),
  );
  expect(peak).toBe(size + overflow);
  expect(pool.stats).toMatchObject({ inUse: 0, overflow: 0 });
  expect(pool.stats.size).toBeLessThanOrEqual(size);
});

test('overflow is closed on return', async () => {
  const pool = server.pool({ size: 2, overflow: 2 });
  const leases = await several(pool, 4);
  expect(pool.stats).toMatchObject({ size: 4, overflow: 2 });
  release(leases);
  expect(pool.stats).toMatchObject({ size: 2, idle: 2, overflow: 0, created: 4 });
  expect(server.open).toBe(2);
});

test('a connection older than recycleMs is replaced at checkout, counted from before it was opened', async () => {
  const pool = server.pool({ size: 1, recycleMs: 30_000, pingAfterMs: 1e9 });
  server.hanging = [];
  const slow = take(pool, 20_000);
  await server.clock.advance(10_000);
  server.letIn();
  (await slow).release();
  await server.clock.advance(20_000);
  const same = await take(pool);
  expect([idOf(same), pool.stats.recycled]).toEqual([1, 0]);
  await server.clock.advance(1);
  same.release(); // it is old now, but that is looked at when it is taken
  expect(pool.stats.idle).toBe(1);
  expect(idOf(await take(pool))).toBe(2);
  expect(pool.stats).toMatchObject({ recycled: 1, created: 2 });
});

test('a lost connection takes those of its time with it, but not those opened since', async () => {
  const pool = server.pool({ size: 3 });
  const [a, b, c] = (await several(pool, 3)) as [Lease, Lease, Lease];
  c.release();
  server.clients[0]?.die();
  a.release();
  const fresh = await take(pool); // the idle one is of the same time
  expect([idOf(fresh), pool.stats.recycled]).toEqual([4, 1]);
  fresh.release();
  b.release(); // closed on return
  expect(pool.stats).toMatchObject({ size: 1, idle: 1 });
  expect(idOf(await take(pool))).toBe(4);
});

test.each(['25P03', '25P04', '57P05'])(
  '%s ends one session and says nothing about the others',
  async (code) => {
    const pool = server.pool({ size: 2 });
    const [a, b] = (await several(pool, 2)) as [Lease, Lease];
    server.failures.push(serverError(code, { severity: 'FATAL' }));
    expect(await failure(a.query('select 1'))).toMatchObject({ code });
    release([a, b]);
    expect(pool.stats).toMatchObject({ size: 1, idle: 1 });
  },
);

test('neither does a connection that we close, nor a value that cannot be sent', async () => {
  const pool = server.pool({ size: 3 });
  const [a, b, c] = (await several(pool, 3)) as [Lease, Lease, Lease];
  a.destroy();
  server.failures.push(new TypeError('Converting circular structure to JSON'));
  await failure(b.query('insert'));
  release([b, c]);
  expect(pool.stats).toMatchObject({ size: 1, idle: 1 });
});

test('a replacement that cannot be opened leaves its place free', async () => {
  const pool = server.pool({ size: 1, recycleMs: 1_000 });
  (await take(pool)).release();
  await server.clock.advance(2_000);
  server.refusal = serverError('28P01');
  expect(await failure(take(pool))).toMatchObject({ code: '28P01' });
  expect(pool.stats).toMatchObject({ size: 0, inUse: 0 });
  server.start();
  (await take(pool)).release();
});

test('two that lose the server at once renew the pool once', async () => {
  const pool = server.pool({ size: 3 });
  const [a, b] = (await several(pool, 2)) as [Lease, Lease];
  server.clients[0]?.die();
  a.release();
  const fresh = await take(pool);
  server.clients[1]?.die();
  release([b, fresh]);
  expect(pool.stats).toMatchObject({ size: 1, idle: 1 });
});

test('a connection is given back once', async () => {
  const pool = server.pool({ size: 2 });
  const lease = await take(pool);
  lease.release();
  const other = await take(pool);
  lease.release();
  lease.destroy();
  expect(pool.stats).toMatchObject({ inUse: 1, idle: 0, size: 1 });
  other.release();
});

test('the connection that was used last is used next', async () => {
  const pool = server.pool({ size: 3 });
  const [a, b, c] = (await several(pool, 3)) as [Lease, Lease, Lease];
  release([b, c, a]);
  expect((await several(pool, 3)).map(idOf)).toEqual([1, 3, 2]);
});

test('a connection in a transaction is not lent again', async () => {
  const pool = server.pool({ size: 1 });
  const lease = await take(pool);
  await lease.query('begin');
  lease.release();
  expect(idOf(await take(pool))).toBe(2);
});

test('a connection that was just opened is not asked, nor one that was idle for 500 ms or less', async () => {
  const pool = server.pool({ size: 1 });
  (await take(pool)).release();
  await server.clock.advance(500);
  (await take(pool)).release();
  expect(server.clients[0]?.log).toEqual([]);
  await server.clock.advance(501);
  (await take(pool)).release();
  expect(server.clients[0]?.log).toEqual([';']);
  await server.clock.advance(501);
  (await pool.acquire(server.clock.now() + 1_000, undefined)).release(); // for a unit, whose BEGIN asks
  expect(server.clients[0]?.log).toEqual([';']);
});

test('a wall clock that has jumped by 8 h counts as idle time although the monotonic one stood still', async () => {
  const pool = server.pool({ size: 1, recycleMs: 1e9 });
  (await take(pool)).release();
  server.clock.jumpWall(8 * 3_600_000);
  (await take(pool)).release();
  expect(server.clients[0]?.log).toEqual([';']);
  server.clock.jumpWall(1e9);
  expect(idOf(await take(pool))).toBe(2); // and as age
});

test('a restart between two uses is not noticed by the caller', async () => {
  const pool = server.pool({ size: 3 });
  release(await several(pool, 3));
  await server.clock.advance(1_000);
  server.stop();
  server.start();
  const [one, two] = (await several(pool, 2)) as [Lease, Lease];
  expect([await one.query('select 1'), await two.query('select 1')]).toHaveLength(2);
  expect(pool.stats.pingFailures).toBeGreaterThan(0);
  expect(server.clients.slice(0, 3).every((client) => !client.open)).toBe(true);
});

test('a ping that is not answered within 5 s is a failed one', async () => {
  const pool = server.pool({ size: 2 });
  release(await several(pool, 2));
  await server.clock.advance(1_000);
  for (const client of server.clients) client.silent = true;
  const startedAt = server.clock.now();
  const lease = await server.clock.settle(take(pool, 30_000));
  expect([idOf(lease), server.clock.now() - startedAt]).toEqual([3, 5_000]);
  await server.clock.advance(1_000); // a silent one is cut
  expect(server.open).toBe(1);
});

test('a server that is down is told as such', async () => {
  const pool = server.pool({ size: 2 });
  (await take(pool)).release();
  await server.clock.advance(1_000);
  server.stop();
  expect(await failure(take(pool))).toMatchObject({ code: 'ECONNREFUSED' });
  expect(await failure(take(pool))).toMatchObject({
    code: 'SERVER_DOWN',
    message: '"school" cannot be reached: the database could not be reached (ECONNREFUSED), 0 ms ago',
    cause: { code: 'ECONNREFUSED' },
  });
  expect(pool.stats).toMatchObject({ size: 0, inUse: 0 });
});

test('an error of a lost connection renews the pool', async () => {
  const pool = server.pool({ size: 2 });
  const [a, b] = (await several(pool, 2)) as [Lease, Lease];
  b.release();
  server.stop();
  server.start();
  await a.query('begin').catch(() => undefined);
  a.release();
  const next = await take(pool);
  expect([idOf(next), await next.query('begin')]).toMatchObject([3, { command: 'BEGIN' }]);
});
