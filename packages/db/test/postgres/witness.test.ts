import { systemClock } from '@resilient/core';
import { createTcpProxy, startPostgres, type TcpProxy, type TestPostgres } from '@resilient/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDatabase } from '../../src/open/create-database.ts';
import { witnessSql } from '../../src/settle/witness.ts';
import { safeCommit } from '../../src/unit/safe-commit.ts';
import { keepLog, openTestDatabase, type TestDatabase } from './database.ts';

/** Of its own: what these tests make it forget would change the name of the server for every file of the run. */
let server: TestPostgres;
let proxy: TcpProxy;
let database: TestDatabase;
let skewMs = 0;
const clock = { ...systemClock, epochNow: () => systemClock.epochNow() + skewMs };

beforeAll(async () => {
  server = await startPostgres();
  database = await openTestDatabase({
    on: server.url,
    witness: true,
    clock,
    through: async (url) => {
      proxy = await createTcpProxy({ upstream: { host: url.hostname, port: Number(url.port) } });
      return new URL(proxy.url(url.href));
    },
  });
});
beforeEach(async () => {
  skewMs = 0;
  await database.rows('truncate note; truncate resilient_witness');
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await proxy.close();
  await server.close();
});

const options = () => ({ logger: database.log });
const insert = (text: string, target = database) =>
  safeCommit(target.kysely, (trx) => sql`insert into note (text) values (${text})`.execute(trx), options());
const notes = async (): Promise<unknown> =>
  (await database.rows('select count(*)::int as n from note'))[0]?.n;
const witnesses = () => database.rows('select refused from resilient_witness');

test('a unit leaves one row, a unit that reads none', async () => {
  expect(await insert('a')).toMatchObject({ ok: true });
  expect(await witnesses()).toEqual([{ refused: false }]);
  await safeCommit(database.kysely, (trx) => sql`select 1`.execute(trx), { readOnly: true });
  await safeCommit(database.kysely, (trx) => sql`select 1`.execute(trx), { witness: false });
  expect(await witnesses()).toHaveLength(1);
});

test('a unit that fails leaves no row', async () => {
  await insert('a');
  expect(await insert('a')).toMatchObject({ ok: false, error: { code: 'CONSTRAINT' } });
  expect(await witnesses()).toHaveLength(1);
});

test('where transactions have no number, the witness settles both ways', async () => {
  await using blind = await openTestDatabase({
    on: server.url,
    witness: true,
    through: async (url) => {
      const { default: pg } = await import('pg');
      const admin = new pg.Client(url.href);
      await admin.connect();
      await admin.query(`revoke execute on function pg_current_xact_id() from public;
        create role blind login password 'blind'; grant all on all tables in schema public to blind;
        grant create, usage on schema public to blind`);
      await admin.end();
      url.username = 'blind';
      url.password = 'blind';
      return new URL(proxy.url(url.href));
    },
  });
  const answered = proxy.cutAfter(/commit/i, { when: 'answer' });
  expect(await insert('happened', blind)).toMatchObject({ ok: true, attempts: 1 });
  const before = proxy.cutAfter(/commit/i, { when: 'before' });
  expect(await insert('did not', blind)).toMatchObject({ ok: true, attempts: 2 });
  expect([answered.fired, before.fired]).toEqual([1, 1]);
  expect(await blind.rows('select text from note order by id')).toEqual([
    { text: 'happened' },
    { text: 'did not' },
  ]);
  // the refused attempt is marked, so that it can never come to be
  expect(await blind.rows('select count(*)::int as n from resilient_witness where refused')).toEqual([
    { n: 1 },
  ]);

  const lateFirst = { first: true };
  const late = await safeCommit(
    blind.kysely,
    async (trx) => {
      await sql`insert into note (text) values ('held back')`.execute(trx);
      if (!lateFirst.first) return;
      lateFirst.first = false;
      for (const connection of proxy.connections()) connection.delay(2_000);
    },
    { ...options(), settleMs: 3_000 },
  );
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect(late).toMatchObject({ ok: true });
  expect(await blind.rows("select count(*)::int as n from note where text = 'held back'")).toEqual([
    { n: 1 },
  ]);
  await blind.rows('drop owned by blind; drop role blind');
});

test('a row that may have been pruned says nothing: OUTCOME_UNKNOWN', async () => {
  const cut = proxy.cutAfter(/commit/i, { when: 'before' });
  cut.firstCut.then(() => {
    skewMs = 25 * 3_600_000; // the machine slept for a day
    return database.rows("select pg_stat_reset_shared('checkpointer'); delete from resilient_witness");
  });
  const result = await insert('slept');
  // the transaction's number still proves it
  expect(result).toMatchObject({ ok: true, attempts: 2 });
  skewMs = 0;
  const second = proxy.cutAfter(/commit/i, { when: 'answer' });
  const forgotten = second.firstCut.then(async () => {
    await proxy.refuse(); // nobody asks before all is forgotten
    skewMs = 25 * 3_600_000;
    await database.rows("select pg_stat_reset_shared('checkpointer'); delete from resilient_witness");
    await proxy.refuse(false);
  });
  const lost = await insert('slept again');
  await forgotten;
  expect(second.fired).toBe(1);
  expect(lost).toMatchObject({ ok: false, attempts: 1, error: { code: 'OUTCOME_UNKNOWN' } });
  expect(await notes()).toBe(2);
});

test('a COMMIT held back on the way is settled with a witness as well: applied once', async () => {
  let first = true;
  const saved = await safeCommit(
    database.kysely,
    async (trx) => {
      await sql`insert into note (text) values ('held back')`.execute(trx);
      if (!first) return;
      first = false;
      for (const connection of proxy.connections()) connection.delay(2_000);
    },
    { ...options(), settleMs: 2_000 },
  );
  await new Promise((resolve) => setTimeout(resolve, 2_200));
  expect(saved).toMatchObject({ ok: true, attempts: 2 });
  expect(await notes()).toBe(1);
  const kept = await database.rows('select count(*)::int as n from resilient_witness where not refused');
  expect(kept).toEqual([{ n: 1 }]);
});

test('rows older than a day are removed, beside the units', async () => {
  await using fresh = await openTestDatabase({ witness: true });
  await fresh.rows(
    "insert into resilient_witness (id, written_at) values (gen_random_uuid(), now() - interval '25 hours'), (gen_random_uuid(), now() - interval '23 hours')",
  );
  await insert('a', fresh);
  await expect
    .poll(() => fresh.rows('select count(*)::int as n from resilient_witness'), { timeout: 5_000 })
    .toEqual([{ n: 2 }]);
});

test('without the table the first use says so', async () => {
  await using bare = await openTestDatabase();
  const failed = await safeCommit(bare.kysely, (trx) => sql`select 1`.execute(trx), {
    witness: true,
    logger: bare.log,
  });
  expect(failed).toMatchObject({ ok: false, attempts: 1 });
  if (failed.ok) throw new Error('it is ok');
  expect(failed.error.message).toContain('the table resilient_witness is missing');
  await bare.rows(witnessSql('postgres'));
  expect(await safeCommit(bare.kysely, (trx) => sql`select 1`.execute(trx), { witness: true })).toMatchObject(
    { ok: true },
  );
});

test('createDatabase makes the table, also ten times at once', async () => {
  await using postgres = await startPostgres();
  const logger = keepLog();
  const opened = await Promise.all(
    Array.from({ length: 10 }, () => createDatabase({ url: postgres.url, witness: true, logger })),
  );
  const [first] = opened;
  if (!first) throw new Error('none was opened');
  expect(await safeCommit(first.kysely, (trx) => sql`select 1`.execute(trx))).toMatchObject({ ok: true });
  const { rows } = await sql`select count(*) as n from resilient_witness`.execute(first.kysely);
  expect(rows).toEqual([{ n: 1 }]);
  await Promise.all(opened.map((one) => one.close()));
});

test('witnessSql refuses an engine that it does not know', () => {
  expect(() => witnessSql('mysql' as never)).toThrow(
    "expected `kind` to be 'postgres' or 'sqlite', got mysql",
  );
});
