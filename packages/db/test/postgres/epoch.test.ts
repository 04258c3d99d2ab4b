import { startPostgres, type TestPostgres } from '@resilient/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { safeCommit } from '../../src/unit/safe-commit.ts';
import { advanceEpoch } from './faults/advance-epoch.ts';
import { type OwnDatabase, openOwnDatabase } from './faults/own-database.ts';

let server: TestPostgres;
let database: OwnDatabase;

beforeAll(async () => {
  server = await startPostgres();
  await advanceEpoch(server);
  database = await openOwnDatabase({ on: server.url });
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await server.close();
});

const done = (id: string) => database.direct('select count(*)::int as n from done where id = $1', [id]);

test('numbers of transactions beyond 2^32 are those of the units', async () => {
  const saved = await safeCommit(database.kysely, async (trx) => {
    const { rows } = await sql<{ xid: string }>`select pg_current_xact_id()::text as xid`.execute(trx);
    return BigInt(rows[0]?.xid ?? 0);
  });
  expect(saved.ok && saved.value > 2n ** 32n && saved.value < 2n ** 33n).toBe(true);
});

test('a lost COMMIT is settled by such a number, both ways', async () => {
  for (const [when, attempts] of [
    ['answer', 1],
    ['before', 2],
  ] as const) {
    const cut = database.proxy.cutAfter(/commit/i, { when });
    const saved = await safeCommit(
      database.kysely,
      (trx) => sql`insert into done values (${when})`.execute(trx),
      { logger: database.log },
    );
    expect([cut.fired, saved]).toMatchObject([1, { ok: true, attempts }]);
    expect(await done(when)).toEqual([{ n: 1 }]);
  }
});

test('a session that still runs is ended by such a number, though the server shows its lower half alone', async () => {
  let first = true;
  const saved = await safeCommit(
    database.kysely,
    async (trx) => {
      await sql`insert into done values ('held back')`.execute(trx);
      if (!first) return;
      first = false;
      // COMMIT will arrive when nobody waits for it any more
      for (const connection of database.proxy.connections()) connection.delay(4_000);
    },
    { settleMs: 3_000, logger: database.log },
  );
  expect(saved).toMatchObject({ ok: true, attempts: 2 });
  await new Promise((resolve) => setTimeout(resolve, 4_200));
  expect(await done('held back')).toEqual([{ n: 1 }]);
});
