import type BetterSqlite3 from 'better-sqlite3';
import type pg from 'pg';
import { expectTypeOf, test } from 'vitest';
import { protectPool } from '../postgres/protect-pool.ts';
import { type CommitResult, commit, safeCommit } from '../unit/safe-commit.ts';
import type { PgUnit } from './pg-pool.ts';

declare const pool: pg.Pool;
declare const handle: BetterSqlite3.Database;

test('a pool of pg gives query alone', () => {
  const saved = safeCommit(pool, async (unit, { attempt }) => {
    expectTypeOf(unit).toEqualTypeOf<PgUnit>();
    const { rows, rowCount } = await unit.query<{ n: number }>('select 1 as n');
    return (rows[0]?.n ?? 0) + rowCount + attempt;
  });
  expectTypeOf(saved).toEqualTypeOf<Promise<CommitResult<number>>>();
  expectTypeOf(protectPool(pool)).toEqualTypeOf<pg.Pool>();
});

test('a Database of better-sqlite3 gives itself, and takes no promise', () => {
  const saved = safeCommit(handle, (db) => {
    expectTypeOf(db).toEqualTypeOf<BetterSqlite3.Database>();
    return db.prepare('select 1').all().length;
  });
  expectTypeOf(saved).toEqualTypeOf<Promise<CommitResult<number>>>();
  // @ts-expect-error work must be synchronous
  void commit(handle, async () => 1);
});

test('nothing else is a target', () => {
  // @ts-expect-error neither a Kysely, nor a pool, nor a handle
  void safeCommit({ query: () => {} }, () => 1);
});
