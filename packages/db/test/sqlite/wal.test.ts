import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase, safeCommit, tuneSqlite } from '@resilient/db';
import Library from 'better-sqlite3';
import { expect, test } from 'vitest';
import { recordingLogger } from './recording-logger.ts';
import { createTables, type Schema, temporaryDatabase, temporaryFile } from './temporary-database.ts';

const MIB = 1_024 * 1_024;
const walBytes = (file: string): number => statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;

test('the WAL stays near 64 MiB under a writer that never pauses, and the log of checkpoints is moved', async () => {
  const { logger, text } = recordingLogger();
  await using temporary = await temporaryDatabase({ sqlitePreset: 'fast', logger });
  const { db, file } = temporary;
  const row = 'x'.repeat(1_000_000);
  let most = 0;
  for (let id = 1; id <= 220; id += 1) {
    const saved = await safeCommit(db.kysely, (trx) =>
      trx.insertInto('log').values({ id, worker: row, step: id }).execute(),
    );
    if (!saved.ok) throw saved.error;
    most = Math.max(most, walBytes(file));
  }
  expect(most).toBeGreaterThan(4 * MIB);
  expect(most, `${(most / MIB).toFixed(1)} MiB`).toBeLessThan(80 * MIB);
  expect(text()).not.toContain('cannot run');
  expect((await db.kysely.selectFrom('log').select('id').execute()).length).toBe(220);
});

test('small writers are moved into the file every thousand pages, and the WAL does not grow on', async () => {
  await using temporary = await temporaryDatabase({ sqlitePreset: 'fast' });
  const { db, file } = temporary;
  const write = async (step: number): Promise<void> => {
    await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        safeCommit(
          db.kysely,
          (trx) =>
            trx
              .insertInto('log')
              .values({ id: step * 100 + index + 1, worker: 'x'.repeat(500), step })
              .execute(),
          { groupCommit: false },
        ),
      ),
    );
    await sleep(5);
  };
  const before = statSync(file).size;
  for (let step = 0; step < 12; step += 1) await write(step);
  // the thread that moves takes as long to start as the machine lets it
  await expect.poll(() => statSync(file).size).toBeGreaterThan(before);
  const most = walBytes(file) + 10 * MIB;
  for (let step = 12; step < 60; step += 1) await write(step);
  expect(walBytes(file), `${(walBytes(file) / MIB).toFixed(1)} MiB`).toBeLessThan(most);
});

test('one writer who never pauses writes over the same log again and again', async () => {
  await using temporary = await temporaryDatabase({ sqlitePreset: 'durable' });
  const { db, file } = temporary;
  let id = 0;
  const write = async (units: number): Promise<void> => {
    for (const last = id + units; id < last; ) {
      id += 1;
      const row = { id, worker: 'one', step: id };
      const saved = await safeCommit(db.kysely, (trx) => trx.insertInto('log').values(row).execute());
      if (!saved.ok) throw saved.error;
    }
  };
  await write(1_100);
  await sleep(500); // the thread has been started
  await write(3_000);
  // a log that only grows would have 4,100 pages: 16 MiB
  expect(walBytes(file), `${(walBytes(file) / MIB).toFixed(1)} MiB`).toBeLessThan(10 * MIB);
}, 300_000);

test('a database is closed while its log is being moved, and leaves none behind', async () => {
  await using folder = await temporaryFile();
  const db = await createDatabase<Schema>({ url: folder.url, sqlitePreset: 'fast' });
  await createTables(db);
  for (let id = 1; id <= 12; id += 1) {
    await db.kysely
      .insertInto('log')
      .values({ id, worker: 'x'.repeat(1_000_000), step: id })
      .execute();
  }
  await db.close();
  expect(walBytes(folder.file)).toBe(0);
  const again = new Library(folder.file, { readonly: true });
  expect(again.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(again.prepare('select count(*) as n from log').get()).toEqual({ n: 12 });
  again.close();
});

test('tuneSqlite tunes a connection of the caller, and refuses what cannot be tuned', async () => {
  await using folder = await temporaryFile();
  const handle = new Library(folder.file);
  tuneSqlite(handle);
  const value = (pragma: string): unknown => handle.pragma(pragma, { simple: true });
  expect([
    value('journal_mode'),
    value('synchronous'),
    value('foreign_keys'),
    value('journal_size_limit'),
  ]).toEqual(['wal', 2, 1, 64 * MIB]);
  tuneSqlite(handle, 'balanced');
  expect(value('synchronous')).toBe(1);
  handle.exec('begin');
  expect(() => tuneSqlite(handle)).toThrow('inside a transaction');
  handle.exec('rollback');
  expect(() => tuneSqlite(handle, 'quick' as 'fast')).toThrow('expected `preset` to be');
  expect(() => tuneSqlite(1 as never)).toThrow('expected `handle` to be');
  handle.close();
  const memory = new Library(':memory:');
  tuneSqlite(memory, 'fast');
  expect(memory.pragma('synchronous', { simple: true })).toBe(0);
  memory.close();
});
