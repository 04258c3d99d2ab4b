import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { safeCommit } from '../../src/unit/safe-commit.ts';
import { openTestDatabase, type TestDatabase } from './database.ts';

let database: TestDatabase;
const strays: unknown[] = [];
const onStray = (error: unknown): void => {
  strays.push(error);
};

beforeAll(async () => {
  database = await openTestDatabase();
  process.on('unhandledRejection', onStray);
});
beforeEach(async () => {
  strays.length = 0;
  await database.rows('truncate note');
});
afterEach(async () => {
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(strays).toEqual([]);
  expect(database.opened.stats()).toMatchObject({ inUse: 0, waiting: 0 });
});
afterAll(async () => {
  process.off('unhandledRejection', onStray);
  await database[Symbol.asyncDispose]();
});

const notes = async (): Promise<unknown> =>
  (await database.rows('select count(*)::int as n from note'))[0]?.n;

const options = () => ({ logger: database.log });

test('a branch of a rolled-back unit writes nothing: 100 units, 0 rows', async () => {
  const late: unknown[] = [];
  const unit = (n: number) =>
    safeCommit(
      database.kysely,
      async (trx) => {
        const branch = async (): Promise<void> => {
          for (let i = 0; i < 3; i += 1) {
            await trx
              .insertInto('note')
              .values({ text: `zombie ${n} ${i}` } as never)
              .execute();
          }
        };
        const ending = branch().then(
          () => 'written',
          () => 'refused',
        );
        late.push(ending);
        await Promise.all([sql`select 1/0`.execute(trx), ending]);
      },
      options(),
    );
  const results = await Promise.all(Array.from({ length: 100 }, (_, n) => unit(n)));
  expect(new Set(results.map((result) => !result.ok && result.error.sqlState))).toEqual(new Set(['22012']));
  expect(new Set(await Promise.all(late))).toEqual(new Set(['refused']));
  expect(late).toHaveLength(100);
  expect(await notes()).toBe(0);
});

test('a branch that comes back after the rollback writes nothing on the connection that was given back', async () => {
  const late: unknown[] = [];
  let comeBack: () => void = () => {};
  const over = new Promise<void>((resolve) => {
    comeBack = resolve;
  });
  const unit = (n: number) =>
    safeCommit(
      database.kysely,
      async (trx) => {
        const branch = async (): Promise<void> => {
          await over;
          await trx
            .insertInto('note')
            .values({ text: `late ${n}` } as never)
            .execute();
        };
        late.push(branch().catch((error) => String(error)));
        await sql`select 1`.execute(trx);
        throw new Error('no');
      },
      options(),
    );
  await Promise.all(Array.from({ length: 15 }, (_, n) => unit(n)));
  comeBack();
  const seen = await Promise.all(late);
  expect(new Set(seen)).toEqual(
    new Set(['UnitRuleError: the unit of work has ended: this statement came too late and was not sent']),
  );
  expect(await notes()).toBe(0);
});

test('a statement that comes after the end of its unit throws and is not sent', async () => {
  let late: () => Promise<unknown> = async () => {};
  const saved = await safeCommit(database.kysely, async (trx) => {
    late = () =>
      trx
        .insertInto('note')
        .values({ text: 'late' } as never)
        .execute();
  });
  expect(saved.ok).toBe(true);
  await expect(late()).rejects.toThrow('came too late and was not sent');
  expect(await notes()).toBe(0);
});

test('three un-awaited inserts: nothing is committed, and the error names the statement', async () => {
  const failed = await safeCommit(
    database.kysely,
    async (trx) => {
      for (const text of ['a', 'b', 'c'])
        void trx
          .insertInto('note')
          .values({ text } as never)
          .execute();
    },
    options(),
  );
  expect(failed).toMatchObject({
    ok: false,
    attempts: 1,
    error: { code: 'WORK_FAILED', outcome: 'rejected' },
  });
  expect(String((failed as { error: Error }).error.cause)).toContain('await "insert into note" and 2 more');
  expect((failed as { error: Error }).error.message).toContain('insert into note');
  expect(await notes()).toBe(0);
});

test('an un-awaited insert that would fail is observed', async () => {
  const failed = await safeCommit(
    database.kysely,
    async (trx) => {
      await trx
        .insertInto('note')
        .values({ text: 'twice' } as never)
        .execute();
      void trx
        .insertInto('note')
        .values({ text: 'twice' } as never)
        .execute();
    },
    options(),
  );
  expect(failed).toMatchObject({ ok: false, error: { code: 'WORK_FAILED' } });
});

test('an open stream at the end of work: nothing is committed', async () => {
  const failed = await safeCommit(
    database.kysely,
    async (trx) => {
      for (const text of ['a', 'b', 'c'])
        await trx
          .insertInto('note')
          .values({ text } as never)
          .execute();
      const rows = trx.selectFrom('note').selectAll().stream(1);
      await rows.next();
    },
    options(),
  );
  expect(failed).toMatchObject({ ok: false, error: { code: 'WORK_FAILED' } });
  expect((failed as { error: Error }).error.message).toContain('select from note');
  expect(await notes()).toBe(0);
});

test('a stream that is read to its end, or left by break, is no hindrance, and statements pass beside it', async () => {
  const saved = await safeCommit(database.kysely, async (trx) => {
    for (const text of ['a', 'b', 'c', 'd', 'e'])
      await trx
        .insertInto('note')
        .values({ text } as never)
        .execute();
    const seen: string[] = [];
    for await (const row of trx
      .selectFrom('note')
      .select('text')
      .where('text', '<', 'e')
      .orderBy('text')
      .stream(2)) {
      seen.push(row.text);
      await trx
        .insertInto('note')
        .values({ text: `${row.text}${row.text}` } as never)
        .execute();
    }
    for await (const row of trx.selectFrom('note').select('text').orderBy('text').stream(1)) {
      seen.push(row.text);
      break;
    }
    return seen;
  });
  expect(saved).toMatchObject({ ok: true, value: ['a', 'b', 'c', 'd', 'a'] });
  expect(await notes()).toBe(9);
});

test.each([
  'commit',
  ' /* x */ COMMIT',
  'end',
  'rollback',
  'begin',
  'abort',
  'select 1; commit',
  "prepare transaction 'x'",
])('raw %s is refused before it is sent', async (text) => {
  const failed = await safeCommit(
    database.kysely,
    async (trx) => {
      await trx
        .insertInto('note')
        .values({ text: 'half' } as never)
        .execute();
      await sql.raw(text).execute(trx);
    },
    options(),
  );
  expect(failed).toMatchObject({ ok: false, attempts: 1, error: { code: 'WORK_FAILED' } });
  expect(String((failed as { error: Error }).error.cause)).toContain('was refused inside a unit of work');
  expect(await notes()).toBe(0);
});

test('a COMMIT that was hidden from the gate is noticed: nothing more of the unit runs', async () => {
  await database
    .rows('create procedure sneak() language plpgsql as $$ begin commit; end $$')
    .catch(() => undefined);
  const failed = await safeCommit(
    database.kysely,
    async (trx) => {
      await sql.raw('call sneak()').execute(trx);
    },
    options(),
  );
  expect(failed).toMatchObject({ ok: false, error: { code: 'REJECTED', sqlState: '2D000' } });
});

test('the outer handle is refused inside a unit', async () => {
  const db = database.kysely;
  const outer = await safeCommit(db, async () => db.selectFrom('note').selectAll().execute(), options());
  expect(String((outer as { error: Error }).error.cause)).toContain(
    'use the transaction that `work` is given',
  );
  const copy = await safeCommit(
    db,
    async () => db.withSchema('public').selectFrom('note').selectAll().execute(),
    options(),
  );
  expect(copy).toMatchObject({ ok: false, error: { code: 'WORK_FAILED' } });
  const after = await safeCommit(db, async (_trx, { onCommit }) => {
    onCommit(async () => {
      await db
        .insertInto('note')
        .values({ text: 'from a hook' } as never)
        .execute();
    });
  });
  expect(after.ok).toBe(true);
  expect(await notes()).toBe(1);
});

test('onCommit runs once, in order, awaited, after the commit; its failure is logged and changes nothing', async () => {
  const order: string[] = [];
  const saved = await safeCommit(
    database.kysely,
    async (trx, { attempt, onCommit }) => {
      onCommit(async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        order.push(`first of ${attempt}, ${await notes()} committed`);
      });
      onCommit(() => {
        throw new Error('SECRET of a hook');
      });
      onCommit(() => order.push('third'));
      await trx
        .insertInto('note')
        .values({ text: 'kept' } as never)
        .execute();
      if (attempt === 1) await sql`do $$ begin raise exception using errcode = '40001'; end $$`.execute(trx);
    },
    { ...options(), random: () => 0 },
  );
  expect(saved).toMatchObject({ ok: true, attempts: 2 });
  expect(order).toEqual(['first of 2, 1 committed', 'third']);
  const line = database.log.lines.find((text) => text.includes('a hook of onCommit failed'));
  expect(line).toContain('"errorName":"Error"');
  expect(line).not.toContain('SECRET');
});
