import { safeCommit } from '@resilient/db';
import { expect, test } from 'vitest';
import { counterOf, temporaryDatabase } from './temporary-database.ts';

test('in memory units are grouped, undone alone and read like in a file, on the one connection', async () => {
  await using temporary = await temporaryDatabase({ url: ':memory:' });
  const { db } = temporary;
  const results = await Promise.all(
    Array.from({ length: 200 }, (_, index) =>
      safeCommit(db.kysely, async (trx) => {
        const { value } = await trx.selectFrom('counter').select('value').executeTakeFirstOrThrow();
        await trx
          .updateTable('counter')
          .set({ value: value + 1 })
          .execute();
        if (index % 4 === 0) throw new Error('changed my mind');
        if (index % 10 === 1) await new Promise((resolve) => setTimeout(resolve, 1));
      }),
    ),
  );
  expect(results.filter(({ ok }) => ok)).toHaveLength(150);
  expect(await counterOf(db)).toBe(150);
  expect(await db.check()).toMatchObject({ status: 'ok', kind: 'sqlite' });
  expect(db.stats()).toMatchObject({ size: 1, limit: 1, waiting: 0, inUse: 0 });
});

test('two databases in memory are two, and each is gone with its close', async () => {
  await using first = await temporaryDatabase({ url: ':memory:' });
  await using second = await temporaryDatabase({ url: ':memory:' });
  await first.db.kysely.updateTable('counter').set({ value: 7 }).execute();
  expect([await counterOf(first.db), await counterOf(second.db)]).toEqual([7, 0]);
  await first.db.close();
  expect(await safeCommit(first.db.kysely, () => {})).toMatchObject({
    ok: false,
    error: { code: 'CLOSED' },
  });
  expect(await counterOf(second.db)).toBe(0);
});
