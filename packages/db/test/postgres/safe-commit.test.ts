import { AsyncLocalStorage } from 'node:async_hooks';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { commit, safeCommit } from '../../src/unit/safe-commit.ts';
import { openTestDatabase, type TestDatabase } from './database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await openTestDatabase();
});
beforeEach(async () => {
  await database.rows('truncate note; update student set xp = 0');
});
afterAll(() => database[Symbol.asyncDispose]());

const counts = async (): Promise<unknown> =>
  (
    await database.rows(
      'select (select count(*)::int from note) as notes, (select xp::int from student where id = 1) as xp',
    )
  )[0];

test('a pool of 15 serves 100 concurrent units, each with its own AsyncLocalStorage value', async () => {
  const storage = new AsyncLocalStorage<number>();
  const seen = new Set<number | undefined>();
  const units = Array.from({ length: 100 }, (_, n) =>
    storage.run(n, () =>
      safeCommit(database.kysely, async (trx) => {
        const s = await trx
          .selectFrom('student')
          .select('xp')
          .where('id', '=', 1)
          .forUpdate()
          .executeTakeFirstOrThrow();
        await trx
          .updateTable('student')
          .set({ xp: s.xp + 1 })
          .where('id', '=', 1)
          .execute();
        seen.add(storage.getStore());
        return storage.getStore();
      }),
    ),
  );
  const results = await Promise.all(units);
  expect(results.map((result) => (result.ok ? result.value : result.error.code))).toEqual(
    units.map((_, n) => n),
  );
  expect(seen.size).toBe(100);
  expect(await counts()).toEqual({ notes: 0, xp: 100 });
  expect(database.opened.stats()).toMatchObject({ inUse: 0, waiting: 0 });
  expect(database.opened.stats().size).toBeLessThanOrEqual(15);
});

test('a failing work rolls back, and its error is the cause of WORK_FAILED', async () => {
  const boom = new TypeError('boom');
  const failed = await safeCommit(
    database.kysely,
    async (trx) => {
      await trx
        .insertInto('note')
        .values({ text: 'a' } as never)
        .execute();
      throw boom;
    },
    { logger: database.log },
  );
  expect(failed).toMatchObject({
    ok: false,
    attempts: 1,
    error: { code: 'WORK_FAILED', outcome: 'rejected', cause: boom },
  });
  expect(await counts()).toEqual({ notes: 0, xp: 0 });
  await expect(
    commit(database.kysely, () => {
      throw boom;
    }),
  ).rejects.toMatchObject({ code: 'WORK_FAILED' });
});
