import { createTcpProxy, type TcpProxy } from '@resilient/testing';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { safeCommit } from '../../src/unit/safe-commit.ts';
import { countTrips } from './count-trips.ts';
import { openTestDatabase, type TestDatabase } from './database.ts';

let proxy: TcpProxy;
let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase({
    through: async (url) => {
      proxy = await createTcpProxy({ upstream: { host: url.hostname, port: Number(url.port) } });
      return new URL(proxy.url(url.href));
    },
  });
});
beforeEach(async () => {
  await database.rows('truncate note');
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await proxy.close();
});

const options = () => ({ logger: database.log });
const notes = async (): Promise<unknown> =>
  (await database.rows('select count(*)::int as n from note'))[0]?.n;

test('a unit without a statement sends nothing and is ok', async () => {
  await safeCommit(database.kysely, (trx) => sql`select 1`.execute(trx));
  const before = proxy.counters.bytesUp;
  expect(await safeCommit(database.kysely, async () => 'nothing')).toEqual({
    ok: true,
    value: 'nothing',
    attempts: 1,
  });
  expect(proxy.counters.bytesUp).toBe(before);
});

test('BEGIN, the first statement and the number of the transaction make one trip, COMMIT another', async () => {
  await using counter = await countTrips(Number(new URL(database.url).port));
  await using counted = await openTestDatabase({
    max: 1,
    through: async (url) => {
      url.port = String(counter.port);
      return url;
    },
  });
  const insert = (text: string) =>
    safeCommit(counted.kysely, (trx) => sql`insert into note (text) values (${text})`.execute(trx));
  await insert('opens the connection');
  const before = counter.trips;
  expect(await insert('a')).toMatchObject({ ok: true, value: { numAffectedRows: 1n, rows: [] } });
  expect(counter.trips - before).toBe(2);
  // It counts: each of these waits for the one before.
  await safeCommit(counted.kysely, async (trx) => {
    for (let n = 0; n < 3; n += 1) await sql`select 1`.execute(trx);
  });
  expect(counter.trips - before).toBe(2 + 4);
});

test('values arrive as they do in any other place', async () => {
  const values = await safeCommit(database.kysely, async (trx) => {
    const one = sql`select ${[1, 2]}::int[] as list, ${JSON.stringify({ a: 1 })}::jsonb as json,
      ${new Date(0)}::timestamptz as at, ${null}::text as none, 7::bigint as big, ${Buffer.from('x')}::bytea as bytes`;
    const first = await one.execute(trx);
    return [first.rows, (await one.execute(trx)).rows];
  });
  if (!values.ok) throw values.error;
  expect(values.value[0]).toEqual(values.value[1]);
  expect(values.value[0]).toEqual([
    { list: [1, 2], json: { a: 1 }, at: new Date(0), none: null, big: 7, bytes: Buffer.from('x') },
  ]);
});

test.each([
  ['two statements in one text', 'insert into note (text) values (1); insert into note (text) values (2)', 2],
  ['two selects in one text', 'select 1; select 2', 0],
  ['a comment with COPY in it', '/* /* */ copy */ insert into note (text) values (1)', 1],
  ['LOCK TABLE', 'lock table note in exclusive mode', 0],
  ['an empty text', '', 0],
  ['a statement in brackets', '(select 1)', 0],
])('%s in first place works', async (_, text, rows) => {
  const saved = await safeCommit(database.kysely, (trx) => sql.raw(text).execute(trx), options());
  expect(saved).toMatchObject({ ok: true, attempts: 1 });
  expect(await notes()).toBe(rows);
});

test('SET TRANSACTION in first place sets the level of the unit', async () => {
  const level = await safeCommit(database.kysely, async (trx) => {
    await sql`set transaction isolation level serializable`.execute(trx);
    return (await sql<{ l: string }>`select current_setting('transaction_isolation') as l`.execute(trx))
      .rows[0]?.l;
  });
  expect(level).toMatchObject({ ok: true, value: 'serializable' });
});

test('LOCK TABLE in first place comes before the snapshot of a repeatable read', async () => {
  await database.rows('begin; lock table note in exclusive mode');
  const count = safeCommit(
    database.kysely,
    async (trx) => {
      await sql`lock table note in share mode`.execute(trx);
      return (await sql<{ n: number }>`select count(*)::int as n from note`.execute(trx)).rows[0]?.n;
    },
    { isolation: 'repeatable read' },
  );
  await new Promise((resolve) => setTimeout(resolve, 150));
  await database.rows("insert into note (text) values ('while it waited'); commit");
  expect(await count).toMatchObject({ ok: true, value: 1 });
});

test('a stream in first place has a BEGIN of its own', async () => {
  const alone = await safeCommit(database.kysely, async (trx) => {
    const rows: number[] = [];
    for await (const { id } of trx.selectFrom('student').select('id').orderBy('id').stream(1)) rows.push(id);
    await sql`insert into note (text) values ('after')`.execute(trx);
    return rows;
  });
  expect(alone).toMatchObject({ ok: true, value: [1, 2] });
  expect(await notes()).toBe(1);
});

test('COPY in first place is refused by the server, and the next unit works', async () => {
  const failed = await safeCommit(
    database.kysely,
    (trx) => sql`copy note from stdin`.execute(trx),
    options(),
  );
  expect(failed).toMatchObject({ ok: false });
  expect(await safeCommit(database.kysely, (trx) => sql`select 1`.execute(trx))).toMatchObject({ ok: true });
});

test('a first statement that fails leaves nothing open: what follows throws, and nothing is committed', async () => {
  let later: unknown;
  const failed = await safeCommit(
    database.kysely,
    async (trx) => {
      await sql`select 1/0`.execute(trx).catch(() => {});
      await sql`insert into note (text) values ('zombie')`.execute(trx).catch((error) => {
        later = error;
      });
    },
    options(),
  );
  expect(failed).toMatchObject({ ok: false, error: { code: 'REJECTED', sqlState: '22012' } });
  expect(later).toMatchObject({ code: '25P02' });
  expect(await notes()).toBe(0);
});

test('a first value that cannot be sent fails once, and leaves nothing', async () => {
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  const failed = await safeCommit(
    database.kysely,
    (trx) => sql`insert into note (text) values (${circular})`.execute(trx),
    options(),
  );
  expect(failed).toMatchObject({ ok: false, attempts: 1 });
  expect(await notes()).toBe(0);
  expect(await safeCommit(database.kysely, (trx) => sql`select 1`.execute(trx))).toMatchObject({ ok: true });
});

test('an integer beyond 2^53 in the first answer leaves the unit open', async () => {
  const saved = await safeCommit(database.kysely, async (trx) => {
    const failed = await sql`select 9007199254740993::bigint as n`
      .execute(trx)
      .catch((error: Error) => error.name);
    await sql`insert into note (text) values ('kept')`.execute(trx);
    return failed;
  });
  expect(saved).toMatchObject({ ok: true, value: 'UnsafeIntegerError' });
  expect(await notes()).toBe(1);
});

test('readOnly opens READ ONLY and gives the transaction no number', async () => {
  const seen = await safeCommit(
    database.kysely,
    async (trx) => {
      const { rows } = await sql`select 1`.execute(trx);
      const facts = await sql`select pg_current_xact_id_if_assigned()::text as xid,
        current_setting('transaction_read_only') as read_only`.execute(trx);
      return [rows.length, ...facts.rows];
    },
    { readOnly: true },
  );
  expect(seen).toMatchObject({ ok: true, value: [1, { xid: null, read_only: 'on' }] });
});

test('the server is told when to give up by itself, for this transaction alone', async () => {
  const timeout = sql<{
    ms: number;
  }>`select (extract(epoch from current_setting('transaction_timeout')::interval) * 1000)::int as ms`;
  const inside = await safeCommit(
    database.kysely,
    async (trx) => {
      await sql`select 1`.execute(trx);
      return (await timeout.execute(trx)).rows[0]?.ms;
    },
    { timeoutMs: 5_000 },
  );
  if (!inside.ok) throw inside.error;
  expect(inside.value).toBeGreaterThan(5_000);
  expect(inside.value).toBeLessThan(20_000);
  expect((await timeout.execute(database.kysely)).rows).toEqual([{ ms: 0 }]);
});

test('an idle connection that is found dead at the first statement: work runs once and notices nothing', async () => {
  await safeCommit(database.kysely, (trx) => sql`select 1`.execute(trx));
  let runs = 0;
  const cut = proxy.cutAfter('find me', { when: 'before' });
  const saved = await safeCommit(database.kysely, async (trx) => {
    runs += 1;
    await sql`insert into note (text) values (${'find me'})`.execute(trx);
    await sql`insert into note (text) values (${'and me'})`.execute(trx);
  });
  expect(saved).toMatchObject({ ok: true, attempts: 1 });
  expect([cut.fired, runs, await notes()]).toEqual([1, 1, 2]);
});

test('a role that may not ask for numbers of transactions works, without them', async () => {
  await using poor = await openTestDatabase({
    through: async (url) => {
      const admin = new pg.Client(url.href);
      await admin.connect();
      await admin.query(`revoke execute on function pg_current_xact_id() from public;
        create role poor login password 'poor'; grant all on all tables in schema public to poor`);
      await admin.end();
      url.username = 'poor';
      url.password = 'poor';
      return url;
    },
  });
  const saved = await safeCommit(poor.kysely, async (trx) => {
    await sql`insert into note (text) values ('poor')`.execute(trx);
    return (await sql<{ u: string }>`select current_user as u`.execute(trx)).rows[0]?.u;
  });
  expect(saved).toMatchObject({ ok: true, value: 'poor' });
  await poor.rows('drop owned by poor; drop role poor');
});

const KEPT = "select statement from pg_prepared_statements where name like 'resilient%' order by name";

test('what first trips are made of is prepared once on each connection', async () => {
  await using single = await openTestDatabase({ max: 1 });
  for (let n = 0; n < 3; n += 1) await safeCommit(single.kysely, (trx) => sql`select 1`.execute(trx));
  await safeCommit(single.kysely, (trx) => sql`select 1`.execute(trx), { isolation: 'serializable' });
  const { rows } = await sql.raw<{ statement: string }>(KEPT).execute(single.kysely);
  expect(rows.map(({ statement }) => statement)).toEqual([
    'begin',
    expect.stringMatching(/^select pg_current_xact_id\(\), set_config/),
    'begin isolation level serializable',
  ]);
});

test('a connection that is told to forget them is replaced, and work notices nothing', async () => {
  await using single = await openTestDatabase({ max: 1 });
  const unit = (text: string) =>
    safeCommit(single.kysely, (trx) => sql`insert into note (text) values (${text})`.execute(trx));
  expect(await unit('a')).toMatchObject({ ok: true });
  await sql`deallocate all`.execute(single.kysely);
  expect(await unit('b')).toMatchObject({ ok: true, attempts: 1 });
  expect(await single.rows('select text from note order by text')).toEqual([{ text: 'a' }, { text: 'b' }]);
});

test.each(['statement', 'tail'] as const)(
  'a first trip that fails at its %s on a new connection spoils none of the later ones',
  async (stage) => {
    await using single = await openTestDatabase({ max: 1, ...(stage === 'tail' ? { witness: true } : {}) });
    await single.rows('create table if not exists hidden (id int)');
    if (stage === 'tail') await single.rows('alter table resilient_witness rename to elsewhere');
    const failed = await safeCommit(
      single.kysely,
      (trx) => sql.raw(stage === 'tail' ? 'select 1' : 'select 1/0').execute(trx),
      {
        logger: single.log,
      },
    );
    expect(failed).toMatchObject({ ok: false, attempts: 1 });
    if (stage === 'tail') await single.rows('alter table elsewhere rename to resilient_witness');
    for (let n = 0; n < 3; n += 1) {
      const saved = await safeCommit(single.kysely, (trx) =>
        sql`insert into hidden values (${n})`.execute(trx),
      );
      expect(saved).toMatchObject({ ok: true, attempts: 1 });
    }
    expect(await single.rows('select count(*)::int as n from hidden')).toEqual([{ n: 3 }]);
  },
);
