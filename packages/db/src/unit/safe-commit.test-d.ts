import { expectTypeOf, test } from 'vitest';
import type { Kysely, Transaction } from '../kysely.ts';
import type { CommitError } from './commit-error.ts';
import { type CommitResult, commit, safeCommit } from './safe-commit.ts';

interface Schema {
  student: { id: number; xp: number };
}

declare const db: Kysely<Schema>;

test('the value and the transaction have the types of work and schema', () => {
  const saved = safeCommit(db, async (trx, unit) => {
    expectTypeOf(trx).toEqualTypeOf<Transaction<Schema>>();
    expectTypeOf(unit.attempt).toEqualTypeOf<number>();
    expectTypeOf(unit.signal).toEqualTypeOf<AbortSignal>();
    return (await trx.selectFrom('student').select('xp').executeTakeFirstOrThrow()).xp;
  });
  expectTypeOf(saved).toEqualTypeOf<Promise<CommitResult<number>>>();
  expectTypeOf(commit(db, () => 'now')).toEqualTypeOf<Promise<string>>();
});

test('ok tells value from error', () => {
  const result = {} as CommitResult<number>;
  if (result.ok) expectTypeOf(result.value).toEqualTypeOf<number>();
  else expectTypeOf(result.error).toEqualTypeOf<CommitError>();
  // @ts-expect-error no option
  void safeCommit(db, () => 1, { witnesses: true });
  // @ts-expect-error no transaction is a target: it is no Kysely<Schema> of its own
  void safeCommit({} as Map<string, string>, () => 1);
});
