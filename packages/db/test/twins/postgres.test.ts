import { safeCommit } from '@resilient/db';
import { type Kysely, sql } from 'kysely';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { add, byOurs, byStock, type Notes, openTwins } from './stock.ts';

const strays: unknown[] = [];
const onStray = (error: unknown): void => {
  strays.push(error);
};
beforeEach(() => {
  strays.length = 0;
  process.on('unhandledRejection', onStray);
});
afterEach(() => {
  process.off('unhandledRejection', onStray);
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('zombie statement: a branch that goes on while its unit is rolled back', () => {
  const zombie =
    (n: number) =>
    async (trx: Kysely<Notes>): Promise<void> => {
      const branch = async (): Promise<void> => {
        for (let i = 0; i < 3; i += 1) await add(trx, `zombie ${n} ${i}`).catch(() => undefined);
      };
      await Promise.all([sql`select 1/0`.execute(trx), branch()]);
    };

  test('ours: 100 units, no row', async () => {
    await using twins = await openTwins();
    const units = Array.from({ length: 100 }, (_, n) => byOurs(twins.ours, zombie(n)));
    expect(await Promise.all(units)).not.toContain(true);
    await pause(50);
    expect(await twins.notes()).toEqual([]);
  });

  test('twin: stock Kysely 0.29.9 leaves rows of units that it rolled back', async () => {
    await using twins = await openTwins();
    const units = Array.from({ length: 100 }, (_, n) => byStock(twins.stock, zombie(n)));
    expect(await Promise.all(units)).not.toContain(true);
    await pause(50);
    expect((await twins.notes()).length).toBeGreaterThan(0);
  });
});

describe('un-awaited statements: three inserts, none of them awaited', () => {
  const forgetful = async (trx: Kysely<Notes>): Promise<void> => {
    for (const text of ['a', 'b', 'c']) void add(trx, text).catch(() => undefined);
  };

  test('ours: nothing is committed, and it says so', async () => {
    await using twins = await openTwins();
    expect(await byOurs(twins.ours, forgetful)).toBe(false);
    await pause(20);
    expect(await twins.notes()).toEqual([]);
    expect(strays).toEqual([]);
  });

  test('twin: stock Kysely 0.29.9 reports success and commits a part', async () => {
    await using twins = await openTwins();
    expect(await byStock(twins.stock, forgetful)).toBe(true);
    await pause(50);
    const kept = await twins.notes();
    expect(kept.length).toBeLessThan(3);
  });
});

describe('the outer handle inside a transaction, with every connection taken', () => {
  test('ours: refused at once', async () => {
    await using twins = await openTwins();
    const failed = await safeCommit(twins.ours, async (trx) => {
      await add(trx, 'inside');
      await add(twins.ours, 'outside');
    });
    expect(failed).toMatchObject({ ok: false, attempts: 1, error: { code: 'WORK_FAILED' } });
    expect(await twins.notes()).toEqual([]);
  });

  test('ours on the stock stack: the same', async () => {
    await using twins = await openTwins({ max: 1 });
    const failed = await safeCommit(twins.stock, async (trx) => {
      await add(trx, 'inside');
      await add(twins.stock, 'outside');
    });
    expect(failed).toMatchObject({ ok: false, attempts: 1, error: { code: 'WORK_FAILED' } });
  });

  test('twin: stock Kysely 0.29.9 on a pool of one waits for ever', async () => {
    await using twins = await openTwins({ max: 1 });
    let ended = false;
    let release = (): void => {};
    const freed = new Promise<'freed'>((resolve) => {
      release = () => resolve('freed');
    });
    const unit = twins.stock.transaction().execute(async (trx) => {
      await add(trx, 'inside');
      const outside = add(twins.stock, 'outside').then(() => {
        ended = true;
      });
      // what hangs is let go at the end of the test, not by the stack
      await Promise.race([outside, freed]);
    });
    await pause(500);
    expect(ended).toBe(false);
    release();
    await unit;
  });
});

describe('a hook of the pool that throws when a connection is made', () => {
  test('ours on a pg.Pool: its place is free again', async () => {
    await using twins = await openTwins();
    const onConnect = async (): Promise<void> => {
      throw new Error('the hook failed');
    };
    const pool = new pg.Pool({ connectionString: twins.database.url, max: 1, onConnect } as pg.PoolConfig);
    for (let n = 0; n < 3; n += 1) {
      const failed = await safeCommit(pool, (unit) => unit.query('select 1'), { timeoutMs: 2_000 });
      expect(failed).toMatchObject({ ok: false, error: { cause: { message: 'the hook failed' } } });
    }
    expect(pool.totalCount).toBe(0);
    await pool.end();
  });

  test('twin: stock Kysely 0.29.9 never gives the client back', async () => {
    let failing = true;
    const onCreateConnection = async (): Promise<void> => {
      if (failing) throw new Error('the hook failed');
    };
    await using twins = await openTwins({ max: 2, onCreateConnection });
    const leaked: pg.PoolClient[] = [];
    twins.pool.on('acquire', (client) => leaked.push(client));
    for (let n = 0; n < 2; n += 1) await expect(add(twins.stock, 'x')).rejects.toThrow('the hook failed');
    expect(twins.pool.totalCount - twins.pool.idleCount).toBe(2); // of 2
    const third = add(twins.stock, 'third').then(() => 'served');
    expect(await Promise.race([third, pause(300).then(() => 'waits')])).toBe('waits');
    failing = false;
    for (const client of leaked.splice(0)) client.release(); // by hand: the stack has forgotten them
    expect(await third).toBe('served');
  });
});
