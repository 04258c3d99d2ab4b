import { createDatabase } from '@resilient/db';
import { holdSqliteLock } from '@resilient/testing';
import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { safeCommit } from '../../src/unit/safe-commit.ts';
import { openTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { temporaryFile } from '../sqlite/temporary-database.ts';
import type { Notes } from './subject.ts';

process.env.RESILIENT_LOG_LEVEL ??= 'silent';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const add = (trx: Kysely<Notes>, text: string): Promise<unknown> =>
  trx.insertInto('note').values({ text }).execute();

type Phase =
  | 'before it begins'
  | 'waiting for a connection'
  | 'a statement'
  | 'between statements'
  | 'after COMMIT';

/** How the phases are brought about on one engine. */
interface Bench {
  readonly kysely: Kysely<Notes>;
  notes(): Promise<string[]>;
  /** Takes what a unit waits for at its beginning; answers what gives it back. */
  occupy(): Promise<() => Promise<unknown>>;
  /** A statement that runs for long; absent where it cannot be stopped. */
  readonly slow?: (trx: Kysely<Notes>) => Promise<unknown>;
  /** Connections lent. */
  lent(): number;
}

function cases(bench: () => Bench): void {
  /** Aborts in the given phase; answers how the unit ended and how long it took from the abort. */
  async function aborted(phase: Phase) {
    const { kysely, occupy, slow } = bench();
    const controller = new AbortController();
    const { signal } = controller;
    let abortedAt = 0;
    const abort = (): void => {
      abortedAt = Date.now();
      controller.abort(new Error('the tab was closed'));
    };
    if (phase === 'before it begins') abort();
    const release = phase === 'waiting for a connection' ? await occupy() : undefined;
    if (release || phase === 'a statement') setTimeout(abort, 150);
    let seen: AbortSignal | undefined;
    const result = await safeCommit(
      kysely,
      async (trx, unit) => {
        seen = unit.signal;
        if (phase === 'after COMMIT') unit.onCommit(abort);
        await add(trx, 'first');
        if (phase === 'a statement') await slow?.(trx);
        if (phase === 'between statements') {
          setTimeout(abort, 20);
          await pause(200);
          await add(trx, 'second');
        }
      },
      { signal },
    );
    const tookMs = Date.now() - abortedAt;
    await release?.();
    await pause(250);
    return { result, tookMs, workSaw: seen?.aborted, notes: await bench().notes() };
  }

  test.each(['before it begins', 'waiting for a connection'] as const)(
    'aborted %s: work is not called',
    async (phase) => {
      const { result, tookMs, workSaw, notes } = await aborted(phase);
      expect(result).toMatchObject({
        ok: false,
        attempts: 0,
        error: { code: 'ABORTED', outcome: 'not-sent' },
      });
      expect(workSaw).toBeUndefined();
      expect(tookMs).toBeLessThan(2_000);
      expect(notes).toEqual([]);
      await expect.poll(() => bench().lent()).toBe(0);
    },
  );

  test('aborted during a statement: it is stopped', async () => {
    if (!bench().slow) return; // SQLite cannot interrupt one
    const { result, tookMs, workSaw, notes } = await aborted('a statement');
    expect(result).toMatchObject({ ok: false, attempts: 1, error: { code: 'ABORTED', outcome: 'rejected' } });
    expect(workSaw).toBe(true);
    expect(tookMs).toBeLessThan(3_000);
    expect(notes).toEqual([]);
    await expect.poll(() => bench().lent()).toBe(0);
  });

  test('aborted between statements: the later one is not sent', async () => {
    const { result, tookMs, workSaw, notes } = await aborted('between statements');
    expect(result).toMatchObject({ ok: false, attempts: 1, error: { code: 'ABORTED', outcome: 'rejected' } });
    expect(workSaw).toBe(true);
    expect(tookMs).toBeLessThan(2_000);
    expect(notes).toEqual([]);
    await expect.poll(() => bench().lent()).toBe(0);
  });

  test('aborted once COMMIT was answered: it is committed, and said to be', async () => {
    const { result, notes } = await aborted('after COMMIT');
    expect(result).toMatchObject({ ok: true, attempts: 1 });
    expect(notes).toEqual(['first']);
    await expect.poll(() => bench().lent()).toBe(0);
  });
}

describe('signal on PostgreSQL', () => {
  let database: TestDatabase;
  let kysely: Kysely<Notes>;
  beforeAll(async () => {
    database = await openTestDatabase({ max: 1 });
    kysely = database.kysely as unknown as Kysely<Notes>;
  });
  beforeEach(async () => {
    await database.rows('truncate note');
  });
  afterAll(() => database[Symbol.asyncDispose]());

  const notes = async (): Promise<string[]> =>
    (await database.rows('select text from note order by text')).map((row) => String(row.text));

  cases(() => ({
    kysely,
    notes,
    occupy: async () => {
      const held = await kysely.startTransaction().execute();
      return () => held.rollback().execute();
    },
    slow: (trx) => sql`select pg_sleep(20)`.execute(trx),
    lent: () => database.opened.stats().inUse,
  }));

  test('aborted while COMMIT is under way: its answer counts', async () => {
    // the trigger makes COMMIT wait for a lock that we hold
    await database.rows(`
      create function slow_commit() returns trigger language plpgsql as $$ begin perform pg_advisory_xact_lock(7); return null; end $$`);
    await database.rows(
      'create constraint trigger slow after insert on note deferrable initially deferred for each row execute function slow_commit()',
    );
    await database.rows('select pg_advisory_lock(7)');
    const controller = new AbortController();
    const unit = safeCommit(kysely, (trx) => add(trx, 'first'), { signal: controller.signal });
    const committing =
      "select count(*)::int as n from pg_stat_activity where datname = current_database() and query = 'commit' and state = 'active'";
    await expect.poll(() => database.rows(committing)).toEqual([{ n: 1 }]);
    controller.abort();
    await pause(50);
    await database.rows('select pg_advisory_unlock(7)');
    const result = await unit;
    expect(result.ok).toBe((await notes()).length === 1);
    await database.rows('drop trigger slow on note');
    expect(result).toMatchObject({ ok: true });
  });
});

describe('signal on SQLite', () => {
  let parts: Bench;
  let close: () => Promise<void>;
  beforeAll(async () => {
    const temporary = await temporaryFile();
    const db = await createDatabase<Notes>({ url: temporary.url, sqlitePreset: 'fast' });
    const { kysely } = db;
    await sql`create table note (text text not null unique)`.execute(kysely);
    parts = {
      kysely,
      notes: async () => (await kysely.selectFrom('note').selectAll().execute()).map((row) => row.text),
      occupy: async () => {
        const lock = await holdSqliteLock(temporary.file);
        return () => lock.release();
      },
      lent: () => db.stats().inUse,
    };
    close = async () => {
      await db.close();
      await temporary[Symbol.asyncDispose]();
    };
  });
  beforeEach(async () => {
    await sql`delete from note`.execute(parts.kysely);
  });
  afterAll(() => close());

  cases(() => parts);
});
