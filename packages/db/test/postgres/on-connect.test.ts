import { createDatabase, type PgSession, safeCommit } from '@resilient/db';
import { createTcpProxy } from '@resilient/testing';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { keepLog, openTestDatabase } from './database.ts';

const pathOf = sql<{ search_path: string }>`show search_path`;

test('onConnect is given each connection before its first use', async () => {
  await using own = await openTestDatabase();
  let met = 0;
  const onConnect = async (session: PgSession): Promise<void> => {
    met += 1;
    const mine = met;
    await session.query('set search_path = pg_catalog');
    const { rows } = await session.query<{ n: number }>('select $1::int + 1 as n', [mine]);
    expect(rows).toEqual([{ n: mine + 1 }]);
  };
  const db = await createDatabase({ url: own.url, onConnect });
  expect(met).toBe(1); // the start opens one
  const seen = await Promise.all(
    Array.from({ length: 4 }, () =>
      safeCommit(db.kysely, async (trx) => {
        await sql`select pg_sleep(0.05)`.execute(trx);
        return (await pathOf.execute(trx)).rows[0]?.search_path;
      }),
    ),
  );
  expect(seen.map((result) => result.ok && result.value)).toEqual(Array(4).fill('pg_catalog'));
  // One that was begun for a caller who got another may still be on its way.
  await expect.poll(() => met - Number(db.stats().created)).toBe(0);
  await db.close();
});

test('what it throws at the start refuses the database, and leaves no connection', async () => {
  await using own = await openTestDatabase();
  const refusing = createDatabase({
    url: own.url,
    onConnect: () => {
      throw new Error('no extension');
    },
  });
  await expect(refusing).rejects.toThrow('no extension');
  const left =
    "select count(*)::int as n from pg_stat_activity where application_name = 'postgres' and datname = current_database()";
  await own.opened.close({ timeoutMs: 100 });
  await expect.poll(() => own.rows(left)).toEqual([{ n: 0 }]);
});

test('what it throws later is told to the caller, and its place is free again', async () => {
  await using own = await openTestDatabase();
  await using proxy = await createTcpProxy({ upstream: Number(new URL(own.url).port) });
  let failing = false;
  const onConnect = async (session: PgSession): Promise<unknown> =>
    session.query(failing ? 'select nothing from nowhere' : 'select 1');
  const db = await createDatabase({ url: proxy.url(own.url), onConnect, logger: keepLog() });
  failing = true;
  proxy.cut();
  for (let n = 0; n < 20; n += 1) {
    const failed = await safeCommit(db.kysely, (trx) => pathOf.execute(trx), { logger: keepLog() });
    expect(failed).toMatchObject({ ok: false, error: { code: 'REJECTED', sqlState: '42P01' } });
  }
  failing = false;
  expect(await safeCommit(db.kysely, (trx) => pathOf.execute(trx))).toMatchObject({ ok: true, attempts: 1 });
  expect(db.stats()).toMatchObject({ inUse: 0, waiting: 0, size: 1 });
  await db.close();
});
