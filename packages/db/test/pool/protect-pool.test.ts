import { protectPool } from '@resilient/db';
import pg from 'pg';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';

const strays: unknown[] = [];
const onStray = (error: unknown): void => {
  strays.push(error);
};
beforeEach(() => {
  process.on('uncaughtException', onStray);
});
afterEach(() => {
  process.off('uncaughtException', onStray);
  strays.length = 0;
});

/** Kills a lent client that is idle in a transaction; it was opened before `prepare` is called. */
async function killLent(prepare: (pool: pg.Pool) => void): Promise<number> {
  const pool = new pg.Pool({ connectionString: inject('postgresUrl') });
  const admin = new pg.Client(inject('postgresUrl'));
  await admin.connect();
  await pool.query('select 1');
  prepare(pool);
  const client = await pool.connect();
  await client.query('begin');
  const { rows } = await client.query('select pg_backend_pid() as pid');
  let ended = false;
  client.once('end', () => (ended = true));
  await admin.query('select pg_terminate_backend($1, 30000)', [rows[0].pid]);
  // The error of one that nobody listens to breaks off what would tell of its end.
  await expect.poll(() => ended || strays.length > 0).toBe(true);
  await expect(client.query('select 1')).rejects.toThrow();
  client.release(true);
  await pool.query('select 1');
  await pool.end();
  await admin.end();
  return strays.length;
}

test('a lent client that dies ends the process where its pool is not protected', async () => {
  expect(await killLent((pool) => pool.on('error', () => {}))).toBeGreaterThan(0);
});

test('and not where it is, also if it was opened before', async () => {
  expect(await killLent((pool) => expect(protectPool(pool)).toBe(pool))).toBe(0);
});

test('a second call adds nothing, and what is no pool is refused', () => {
  const pool = new pg.Pool();
  const listeners = (): number => protectPool(pool).listenerCount('acquire');
  expect([listeners(), listeners()]).toEqual([1, 1]);
  expect(() => protectPool({} as never)).toThrow(
    new TypeError('expected `pool` to be a pg.Pool, got an object'),
  );
  expect(() => protectPool(null as never)).toThrow(TypeError);
});
