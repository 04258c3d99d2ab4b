import { createVirtualClock, type VirtualClock } from '@resilient/testing';
import { beforeEach, expect, test } from 'vitest';
import { serverError } from '../../test/unit/fake-engine.ts';
import { FakePgPool } from '../../test/unit/fake-pg-pool.ts';
import type { PgResult } from './pg.ts';
import { PostgresPool } from './pool.ts';
import { PostgresTransaction } from './transaction.ts';

let clock: VirtualClock;
let fake: FakePgPool;

beforeEach(() => {
  clock = createVirtualClock();
  fake = new FakePgPool();
});

/** A transaction whose client answers COMMIT as told, and everything else as usual. */
async function openWith(answer: () => Promise<PgResult>): Promise<PostgresTransaction> {
  const pool = new PostgresPool(fake, { clock, name: 'school', max: 1 });
  const lease = await pool.acquire(clock.now() + 1_000, undefined);
  await lease.query('begin');
  const client = fake.clients[0];
  if (!client) throw new Error('no client');
  const usual = client.query.bind(client);
  client.query = async (text) => {
    const result = await usual(text);
    return text === 'commit' ? answer() : result;
  };
  return new PostgresTransaction(lease, clock);
}

const failing = (code: string) => async (): Promise<never> => {
  throw serverError(code);
};

test('an answered COMMIT gives the connection back', async () => {
  const transaction = await openWith(async () => ({ command: 'COMMIT', rowCount: null, rows: [] }));
  expect(await transaction.commit()).toEqual({ result: 'committed' });
  expect([fake.idle.length, fake.destroyed]).toEqual([1, []]);
});

test('a COMMIT answered by ROLLBACK is none', async () => {
  const transaction = await openWith(async () => ({ command: 'ROLLBACK', rowCount: null, rows: [] }));
  expect(await transaction.commit()).toMatchObject({ result: 'rolled-back' });
  expect(fake.destroyed).toEqual([]);
});

test('an error of COMMIT is a rollback if the connection then answers', async () => {
  const transaction = await openWith(failing('23503'));
  expect(await transaction.commit()).toMatchObject({ result: 'rolled-back', error: { code: '23503' } });
  expect(fake.clients[0]?.log).toEqual(['begin', 'commit', 'rollback']);
  expect(fake.idle).toHaveLength(1);
});

test.each(['40003', '08007', 'XXA00', '57P01'])('%s at COMMIT leaves the outcome open', async (code) => {
  const transaction = await openWith(failing(code));
  expect(await transaction.commit()).toMatchObject({ result: 'unknown', error: { code } });
  expect(fake.destroyed).toEqual([1]);
});

test('an error of COMMIT on a connection that then answers nothing leaves the outcome open', async () => {
  const transaction = await openWith(async () => {
    const client = fake.clients[0];
    if (client) client.dead = true;
    throw serverError('40001');
  });
  expect(await transaction.commit()).toMatchObject({ result: 'unknown', error: { code: '40001' } });
});

test('a COMMIT that is never answered is given up after 10 s, and its connection closed', async () => {
  const transaction = await openWith(() => new Promise(() => {}));
  const answer = transaction.commit();
  await clock.advance(9_999);
  expect(fake.destroyed).toEqual([]);
  await clock.advance(1);
  expect(await answer).toMatchObject({ result: 'unknown' });
  expect(fake.destroyed).toEqual([1]);
  expect(clock.pending).toBe(0);
});

test('a connection that is known to be dead is sent no COMMIT: nothing can have happened', async () => {
  const transaction = await openWith(failing('XX000'));
  fake.clients[0]?.emit('error', new Error('read ECONNRESET'));
  expect(await transaction.commit()).toMatchObject({
    result: 'rolled-back',
    error: { message: 'read ECONNRESET' },
  });
  expect(fake.clients[0]?.log).toEqual(['begin']);
});
