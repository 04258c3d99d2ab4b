import { type CommitEvent, onResilienceEvent, withDeadline } from '@resilient/core';
import { createTcpProxy, type TcpProxy } from '@resilient/testing';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Transaction } from '../../src/kysely.ts';
import { safeCommit } from '../../src/unit/safe-commit.ts';
import { openTestDatabase, type Schema, type TestDatabase } from './database.ts';

let proxy: TcpProxy;
let database: TestDatabase;
const strays: unknown[] = [];
const onStray = (error: unknown): void => {
  strays.push(error);
};

beforeAll(async () => {
  database = await openTestDatabase({
    through: async (url) => {
      proxy = await createTcpProxy({ upstream: { host: url.hostname, port: Number(url.port) } });
      return new URL(proxy.url(url.href));
    },
  });
  process.on('uncaughtException', onStray);
  process.on('unhandledRejection', onStray);
});
beforeEach(async () => {
  await database.rows('truncate note');
});
afterEach(() => expect(strays).toEqual([]));
afterAll(async () => {
  process.off('uncaughtException', onStray);
  process.off('unhandledRejection', onStray);
  await database[Symbol.asyncDispose]();
  await proxy.close();
});

const notes = async (): Promise<unknown> =>
  (await database.rows('select count(*)::int as n from note'))[0]?.n;

const options = () => ({ logger: database.log, name: 'save note' });

const insert =
  (text: string) =>
  (trx: Transaction<Schema>): Promise<unknown> =>
    sql`insert into note (text) values (${text})`.execute(trx);

test('a COMMIT whose answer is lost is found to have happened: ok, run once, its hooks called', async () => {
  const events: CommitEvent[] = [];
  const stop = onResilienceEvent((event) => event.kind === 'commit' && events.push(event));
  let runs = 0;
  let hooks = 0;
  const cut = proxy.cutAfter(/commit/i, { when: 'answer' });
  const saved = await safeCommit(
    database.kysely,
    async (trx, { onCommit }) => {
      runs += 1;
      onCommit(() => {
        hooks += 1;
      });
      await insert('once')(trx);
      return 'value';
    },
    options(),
  );
  stop();
  expect(cut.fired).toBe(1);
  expect(saved).toEqual({ ok: true, value: 'value', attempts: 1 });
  expect([runs, hooks, await notes()]).toEqual([1, 1, 1]);
  expect(events).toMatchObject([{ name: 'save note', result: 'committed', attempts: 1 }]);
});

test('a COMMIT that never arrived is found not to have happened: run again, applied once', async () => {
  const cut = proxy.cutAfter(/commit/i, { when: 'before' });
  const saved = await safeCommit(database.kysely, insert('again'), options());
  expect(cut.fired).toBe(1);
  expect(saved).toMatchObject({ ok: true, attempts: 2 });
  expect(await notes()).toBe(1);
});

test('a server that cannot be asked within settleMs leaves OUTCOME_UNKNOWN, with the number of the transaction', async () => {
  let cut = 0;
  const unit = safeCommit(
    database.kysely,
    async (trx) => {
      await insert('nobody knows')(trx);
      const { rows } = await sql<{ xid: string }>`select pg_current_xact_id()::text as xid`.execute(trx);
      proxy.cutAfter(/commit/i, { when: 'answer' }).firstCut.then(async () => {
        cut += 1;
        await proxy.refuse();
      });
      return rows[0]?.xid;
    },
    { ...options(), settleMs: 400 },
  );
  const failed = await unit;
  await proxy.refuse(false);
  expect(cut).toBe(1);
  expect(failed).toMatchObject({
    ok: false,
    attempts: 1,
    error: { code: 'OUTCOME_UNKNOWN', outcome: 'unknown', stopReason: 'unknown-outcome' },
  });
  if (failed.ok) throw new Error('it is ok');
  expect(failed.error.message).toContain('may or may not have been committed');
  const status = await database.rows(`select pg_xact_status('${failed.error.xid}'::xid8) as status`);
  expect(status).toEqual([{ status: 'committed' }]);
  expect(JSON.parse(JSON.stringify(failed.error)).xid).toBe(failed.error.xid);
  expect(database.log.lines.at(-1)).toContain(`"xid":"${failed.error.xid}"`);
});

test('a COMMIT held back on the way is refused by ending its session, and the unit is run again', async () => {
  let first = true;
  const saved = await safeCommit(
    database.kysely,
    async (trx) => {
      await insert('late')(trx);
      if (!first) return;
      first = false;
      // COMMIT will arrive 2 s later, when nobody waits for it any more
      for (const connection of proxy.connections()) connection.delay(2_000);
    },
    { ...options(), settleMs: 2_000 },
  );
  await new Promise((resolve) => setTimeout(resolve, 2_200));
  expect(saved).toMatchObject({ ok: true, attempts: 2 });
  expect(await notes()).toBe(1);
});

test('a read-only unit with a lost COMMIT is run again: it had nothing to commit', async () => {
  proxy.cutAfter(/commit/i, { when: 'answer' });
  const saved = await safeCommit(database.kysely, (trx) => trx.selectFrom('note').selectAll().execute(), {
    readOnly: true,
  });
  expect(saved).toEqual({ ok: true, value: [], attempts: 2 });
});

test('a connection cut before COMMIT is run again and applied once', async () => {
  proxy.cutAfter('never-mind', { when: 'answer' });
  const saved = await safeCommit(database.kysely, async (trx, { attempt }) => {
    await trx
      .insertInto('note')
      .values({ text: 'once' } as never)
      .execute();
    if (attempt === 1) await sql`select 'never-mind'`.execute(trx);
  });
  expect(saved).toMatchObject({ ok: true, attempts: 2 });
  expect(await notes()).toBe(1);
});

test('a session that is ended while COMMIT runs says 57P01, which proves nothing: it is asked, and run again', async () => {
  await database.rows(`
    create or replace function slow_check() returns trigger language plpgsql as $$ begin perform pg_sleep(2); return null; end $$;
    drop trigger if exists slow on note;
    create constraint trigger slow after insert on note deferrable initially deferred for each row execute function slow_check();
  `);
  const unit = safeCommit(database.kysely, insert('slow'), options());
  // Of this database alone: others of the run are at COMMIT as well.
  const end =
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query = 'commit' and state = 'active'";
  await expect.poll(() => database.rows(end), { interval: 20 }).toHaveLength(1);
  const saved = await unit;
  await database.rows('drop trigger slow on note');
  expect(saved).toMatchObject({ ok: true, attempts: 2 });
  expect(await notes()).toBe(1);
});

test('the naive loop that is replaced: 20 units, half of their answers lost, every one applied once', async () => {
  proxy.cutAfter(/commit/i, { when: 'answer', times: 10 });
  const results = [];
  for (let n = 0; n < 20; n += 1)
    results.push(await safeCommit(database.kysely, insert(`unit ${n}`), options()));
  expect(results.every((result) => result.ok && result.attempts === 1)).toBe(true);
  expect(await notes()).toBe(20);
});

test('a full pool is no hindrance: the question has a connection of its own', async () => {
  await using small = await openTestDatabase({
    max: 1,
    through: async (url) => new URL(proxy.url(url.href)),
  });
  proxy.cutAfter(/commit/i, { when: 'answer', times: 3 });
  const results = await Promise.all(
    ['a', 'b', 'c', 'd'].map((text) => safeCommit(small.kysely, insert(text), options())),
  );
  expect(results.map((result) => result.ok)).toEqual([true, true, true, true]);
  expect(await small.rows('select count(*)::int as n from note')).toEqual([{ n: 4 }]);
});

test('a scope that ends while COMMIT is settled says unknown, and the answer still comes as an event', async () => {
  const events: CommitEvent[] = [];
  const stop = onResilienceEvent((event) => event.kind === 'commit' && events.push(event));
  proxy.cutAfter(/commit/i, { when: 'answer' }).firstCut.then(() => proxy.refuse());
  const scoped = withDeadline(1_500, () => safeCommit(database.kysely, insert('late answer'), options()));
  await expect(scoped).rejects.toMatchObject({ code: 'DEADLINE', outcome: 'unknown' });
  await proxy.refuse(false);
  await expect.poll(() => events).toMatchObject([{ result: 'committed', attempts: 1 }]);
  stop();
  expect(await notes()).toBe(1);
});
