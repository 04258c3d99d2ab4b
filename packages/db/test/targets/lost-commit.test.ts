import { protectPool, safeCommit, witnessSql } from '@resilient/db';
import { createTcpProxy, startPostgres, type TcpProxy, type TestPostgres } from '@resilient/testing';
import { type Dialect, Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { type Notes, onKysely, onPool, type Subject } from './subject.ts';
import { UnknownDialect } from './unknown-dialect.ts';

/** A target whose server is behind a proxy. */
type Cut = Pick<Subject, 'safeCommit'> & { end(): Promise<void> };

const stock = (url: string, dialectOn: (pool: pg.Pool) => Dialect): Cut => {
  const pool = protectPool(new pg.Pool({ connectionString: url, max: 4 }));
  const kysely = new Kysely<Notes>({ dialect: dialectOn(pool), log: () => {} });
  return { ...onKysely(kysely), end: () => kysely.destroy() };
};

const TARGETS = {
  'pg.Pool': (url: string): Cut => {
    const pool = new pg.Pool({ connectionString: url, max: 4 });
    return { ...onPool(pool), end: () => pool.end() };
  },
  'stock Kysely with PostgresDialect': (url: string): Cut =>
    stock(url, (pool) => new PostgresDialect({ pool })),
  'another dialect of Kysely': (url: string): Cut => stock(url, (pool) => new UnknownDialect({ pool })),
};

/** A COMMIT that did not happen is run again only where errors are understood. */
const again = () => ({ transient: true, kind: 'disconnect', outcome: 'rejected' }) as const;

/** Of its own: it is made to forget its name, and the numbers of its transactions are looked at. */
let server: TestPostgres;
let proxy: TcpProxy;
let database: TestDatabase;
let target: Cut;

beforeAll(async () => {
  server = await startPostgres({ settings: { autovacuum: 'off' } });
  database = await openTestDatabase({
    on: server.url,
    through: async (url) => {
      proxy = await createTcpProxy({ upstream: { host: url.hostname, port: Number(url.port) } });
      return new URL(proxy.url(url.href));
    },
  });
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await proxy.close();
  await server.close();
});

const notes = async (): Promise<string[]> =>
  (await database.rows('select text from note order by text')).map((row) => String(row.text));

describe.each(Object.entries(TARGETS))('%s', (name, open) => {
  const numbered = name !== 'another dialect of Kysely';

  beforeEach(async () => {
    await database.rows('truncate note; drop table if exists resilient_witness');
    target = open(database.url);
  });
  afterEach(() => target.end());

  test('a COMMIT whose answer is lost is settled by its number, where it has one', async () => {
    const cut = proxy.cutAfter(/commit/i, { when: 'answer' });
    const saved = await target.safeCommit((hand) => hand.add('once'));
    expect(cut.fired).toBe(1);
    if (numbered) expect(saved).toMatchObject({ ok: true, attempts: 1 });
    else expect(saved).toMatchObject({ ok: false, attempts: 1, error: { code: 'OUTCOME_UNKNOWN' } });
    expect(await notes()).toEqual(['once']);
  });

  test('a COMMIT that never arrived is run again where that is known', async () => {
    const cut = proxy.cutAfter(/commit/i, { when: 'before' });
    const saved = await target.safeCommit((hand) => hand.add('again'));
    expect(cut.fired).toBe(1);
    if (numbered) expect(saved).toMatchObject({ ok: true, attempts: 2 });
    else expect(saved).toMatchObject({ ok: false, attempts: 1, error: { code: 'OUTCOME_UNKNOWN' } });
    expect(await notes()).toEqual(numbered ? ['again'] : []);
  });

  test('with a witness both are settled, also where the server has no numbers to tell or has lost its name', async () => {
    await database.rows(witnessSql('postgres'));
    const forget = (): Promise<unknown> => database.rows("select pg_stat_reset_shared('checkpointer')");
    const lost = proxy.cutAfter(/commit/i, { when: 'answer' });
    void lost.firstCut.then(forget);
    expect(await target.safeCommit((hand) => hand.add('happened'), { witness: true })).toMatchObject({
      ok: true,
      attempts: 1,
    });
    const never = proxy.cutAfter(/commit/i, { when: 'before' });
    const options = { witness: true, classify: again, random: () => 0 };
    expect(await target.safeCommit((hand) => hand.add('did not'), options)).toMatchObject({
      ok: true,
      attempts: 2,
    });
    expect([lost.fired, never.fired]).toEqual([1, 1]);
    expect(await notes()).toEqual(['did not', 'happened']);
    const [row] = await database.rows('select count(*)::int as n from resilient_witness where not refused');
    expect(row).toEqual({ n: 2 });
  });

  test('a witness without its table is refused in words, and nothing is committed', async () => {
    const failed = await target.safeCommit((hand) => hand.add('x'), { witness: true });
    expect(failed).toMatchObject({ ok: false, attempts: 1 });
    if (failed.ok) throw new Error('it is ok');
    expect(failed.error.message).toContain('the table resilient_witness is missing');
    expect(await notes()).toEqual([]);
    expect(await target.safeCommit((hand) => hand.add('y'))).toMatchObject({ ok: true });
  });

  test('a unit that only reads leaves no witness', async () => {
    await database.rows(witnessSql('postgres'));
    const read = await target.safeCommit((hand) => hand.run('select 1'), { witness: true, readOnly: true });
    expect(read).toMatchObject({ ok: true });
    expect(await database.rows('select * from resilient_witness')).toEqual([]);
  });
});

describe('stock Kysely with PostgresDialect', () => {
  beforeEach(async () => {
    await database.rows('truncate note');
  });

  test('SET TRANSACTION and LOCK TABLE work in first place, and a unit that writes nothing gets no number', async () => {
    const pool = protectPool(new pg.Pool({ connectionString: database.url, max: 1 }));
    const kysely = new Kysely<Notes>({ dialect: new PostgresDialect({ pool }) });
    const level = await safeCommit(kysely, async (trx) => {
      await sql`set transaction isolation level serializable`.execute(trx);
      const { rows } = await sql<{
        level: string;
      }>`select current_setting('transaction_isolation') as level`.execute(trx);
      return rows[0]?.level;
    });
    expect(level).toMatchObject({ ok: true, value: 'serializable' });
    const next = async (): Promise<unknown> =>
      (await database.rows('select pg_snapshot_xmax(pg_current_snapshot())::text as x'))[0]?.x;
    const before = await next();
    expect((await safeCommit(kysely, (trx) => trx.selectFrom('note').selectAll().execute())).ok).toBe(true);
    expect(await next()).toBe(before);
    const cut = proxy.cutAfter(/commit/i, { when: 'answer' });
    const read = await safeCommit(kysely, (trx) => trx.selectFrom('note').selectAll().execute());
    expect([cut.fired, read]).toMatchObject([1, { ok: true, attempts: 2 }]); // there was nothing to commit
    await kysely.destroy();
  });

  test('no COMMIT is written when the question before it comes back too late', async () => {
    const pool = protectPool(new pg.Pool({ connectionString: database.url, max: 2 }));
    const kysely = new Kysely<Notes>({ dialect: new PostgresDialect({ pool }) });
    await safeCommit(kysely, (trx) => trx.selectFrom('note').selectAll().execute());
    const failed = await safeCommit(
      kysely,
      async (trx) => {
        await trx.insertInto('note').values({ text: 'late' }).execute();
        for (const connection of proxy.connections()) connection.delay(400);
      },
      { timeoutMs: 300 },
    );
    expect(failed).toMatchObject({ ok: false, error: { code: 'TIMEOUT', outcome: 'rejected' } });
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(await notes()).toEqual([]);
    for (const connection of proxy.connections()) connection.cut();
    await kysely.destroy();
  });
});
