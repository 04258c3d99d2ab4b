import { createDatabase, safeCommit } from '@resilient/db';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { describe, expect, test } from 'vitest';
import { temporaryFile } from '../sqlite/temporary-database.ts';
import { add, byOurs, byStock, type Notes } from './stock.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function open() {
  const temporary = await temporaryFile();
  const database = new Database(temporary.file);
  database.pragma('journal_mode = wal');
  database.exec(`create table note (text text not null unique);
    create trigger killer before insert on note when new.text = 'killer' begin select raise(rollback, 'x'); end`);
  const stock = new Kysely<Notes>({ dialect: new SqliteDialect({ database }) });
  const ours = await createDatabase<Notes>({ url: temporary.url, sqlitePreset: 'fast' });
  const select = database.prepare<[], { text: string }>('select text from note order by text');
  return {
    stock,
    ours: ours.kysely,
    notes: () => select.all().map((row) => row.text),
    async [Symbol.asyncDispose]() {
      await ours.close();
      await stock.destroy();
      await temporary[Symbol.asyncDispose]();
    },
  };
}

describe('RAISE(ROLLBACK) that work swallows', () => {
  const unit = async (trx: Kysely<Notes>): Promise<void> => {
    await add(trx, 'before');
    await add(trx, 'killer').catch(() => undefined);
    await add(trx, 'after');
  };

  test('ours: nothing of the unit is there, and it says so', async () => {
    await using twins = await open();
    expect(await byOurs(twins.ours, unit)).toBe(false);
    expect(await byOurs(twins.stock, unit)).toBe(false); // the stock stack, by safeCommit
    expect(twins.notes()).toEqual([]);
  });

  test('twin: stock Kysely 0.29.9 applies the second half, on its own', async () => {
    await using twins = await open();
    expect(await byStock(twins.stock, unit)).toBe(false); // COMMIT finds no transaction
    expect(twins.notes()).toEqual(['after']);
  });
});

describe('the outer handle inside a transaction', () => {
  test('ours: refused at once', async () => {
    await using twins = await open();
    for (const kysely of [twins.ours, twins.stock]) {
      const failed = await safeCommit(kysely, () => add(kysely, 'outside'));
      expect(failed).toMatchObject({ ok: false, attempts: 1, error: { code: 'WORK_FAILED' } });
    }
  });

  test('twin: stock Kysely 0.29.9 waits for ever', async () => {
    await using twins = await open();
    let ended = false;
    let release = (): void => {};
    const freed = new Promise<void>((resolve) => {
      release = resolve;
    });
    const unit = twins.stock.transaction().execute(async () => {
      const outside = add(twins.stock, 'outside').then(() => {
        ended = true;
      });
      await Promise.race([outside, freed]);
    });
    await pause(500);
    expect(ended).toBe(false);
    release();
    await unit;
  });
});

test('a hook that throws when a connection is made ends the start, and leaves nothing open', async () => {
  await using temporary = await temporaryFile();
  const onConnect = (): never => {
    throw new Error('the hook failed');
  };
  await expect(createDatabase({ url: temporary.url, onConnect })).rejects.toThrow('the hook failed');
  await using db = await createDatabase<Notes>({ url: temporary.url });
  expect((await db.check()).status).toBe('ok');
});
