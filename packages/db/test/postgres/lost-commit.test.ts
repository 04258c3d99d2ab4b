import { type CommitEvent, onResilienceEvent } from '@resilient/core';
import { createTcpProxy, type TcpProxy } from '@resilient/testing';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { safeCommit } from '../../src/unit/safe-commit.ts';
import { openTestDatabase, type TestDatabase } from './database.ts';

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

test('a COMMIT whose answer is lost is OUTCOME_UNKNOWN, never run again, and applied once', async () => {
  const events: CommitEvent[] = [];
  const stop = onResilienceEvent((event) => event.kind === 'commit' && events.push(event));
  let runs = 0;
  let hooks = 0;
  const cut = proxy.cutAfter(/commit/i, { when: 'answer' });
  const failed = await safeCommit(
    database.kysely,
    async (trx, { onCommit }) => {
      runs += 1;
      onCommit(() => {
        hooks += 1;
      });
      await trx
        .insertInto('note')
        .values({ text: 'once' } as never)
        .execute();
    },
    options(),
  );
  stop();
  expect(cut.fired).toBe(1);
  expect(failed).toMatchObject({
    ok: false,
    attempts: 1,
    error: { code: 'OUTCOME_UNKNOWN', outcome: 'unknown', stopReason: 'unknown-outcome' },
  });
  expect((failed as { error: Error }).error.message).toContain('may or may not have been committed');
  expect([runs, hooks]).toEqual([1, 0]);
  expect(await notes()).toBe(1);
  expect(events).toMatchObject([
    { name: 'save note', result: 'unknown', code: 'OUTCOME_UNKNOWN', attempts: 1 },
  ]);
});

test('a COMMIT that never arrived is OUTCOME_UNKNOWN as well', async () => {
  const cut = proxy.cutAfter(/commit/i, { when: 'before' });
  const failed = await safeCommit(
    database.kysely,
    (trx) =>
      trx
        .insertInto('note')
        .values({ text: 'lost' } as never)
        .execute(),
    options(),
  );
  expect(cut.fired).toBe(1);
  expect(failed).toMatchObject({ ok: false, attempts: 1, error: { code: 'OUTCOME_UNKNOWN' } });
  expect(await notes()).toBe(0);
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

test('a session that is ended while COMMIT runs is OUTCOME_UNKNOWN although the server says 57P01', async () => {
  await database.rows(`
    create or replace function slow_check() returns trigger language plpgsql as $$ begin perform pg_sleep(1); return null; end $$;
    drop trigger if exists slow on note;
    create constraint trigger slow after insert on note deferrable initially deferred for each row execute function slow_check();
  `);
  const unit = safeCommit(
    database.kysely,
    (trx) =>
      trx
        .insertInto('note')
        .values({ text: 'slow' } as never)
        .execute(),
    options(),
  );
  await new Promise((resolve) => setTimeout(resolve, 300));
  await database.rows(
    "select pg_terminate_backend(pid) from pg_stat_activity where query = 'commit' and state = 'active'",
  );
  const failed = await unit;
  await database.rows('drop trigger slow on note');
  expect(failed).toMatchObject({
    ok: false,
    attempts: 1,
    error: { code: 'OUTCOME_UNKNOWN', sqlState: '57P01' },
  });
  expect(await notes()).toBe(0);
});

test('the naive loop that is replaced: 20 units, half of their answers lost, none applied twice', async () => {
  proxy.cutAfter(/commit/i, { when: 'answer', times: 10 });
  const results = [];
  for (let n = 0; n < 20; n += 1) {
    results.push(
      await safeCommit(
        database.kysely,
        (trx) =>
          trx
            .insertInto('note')
            .values({ text: `unit ${n}` } as never)
            .execute(),
        options(),
      ),
    );
  }
  expect(results.filter((result) => !result.ok && result.error.code === 'OUTCOME_UNKNOWN')).toHaveLength(10);
  expect(results.filter((result) => result.ok)).toHaveLength(10);
  expect(await notes()).toBe(20);
});
