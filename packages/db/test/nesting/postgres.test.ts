import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { safeCommit } from '../../src/unit/safe-commit.ts';
import { openTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { type NestingSubject, type Notes, nestingCases } from './nested-units.ts';

process.env.RESILIENT_LOG_LEVEL ??= 'silent';

let database: TestDatabase;
let kysely: Kysely<Notes>;

beforeAll(async () => {
  database = await openTestDatabase();
  kysely = database.kysely as unknown as Kysely<Notes>;
});
beforeEach(async () => {
  expect(database.opened.stats()).toMatchObject({ inUse: 0 });
  await database.rows('truncate note');
});
afterAll(() => database[Symbol.asyncDispose]());

const subject = (): NestingSubject => ({
  kysely,
  schema: 'public',
  notes: async () =>
    (await database.rows('select text from note order by text')).map((row) => String(row.text)),
  conflict: (trx) => sql`do $$ begin raise exception using errcode = '40001'; end $$`.execute(trx),
  end: (trx) => sql`select pg_terminate_backend(pg_backend_pid())`.execute(trx),
});

nestingCases(subject);

test('a statement of a nested unit that runs when its time is up is stopped, which ends the outer unit', async () => {
  const startedAt = Date.now();
  const failed = await safeCommit(kysely, async () => {
    await safeCommit(kysely, (inner) => sql`select pg_sleep(20)`.execute(inner), { timeoutMs: 700 }).catch(
      () => {},
    );
  });
  expect(failed).toMatchObject({ ok: false, error: { code: 'TIMEOUT' } });
  expect(Date.now() - startedAt).toBeLessThan(10_000);
  expect(database.opened.stats()).toMatchObject({ inUse: 0 });
});
