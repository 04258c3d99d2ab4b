import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase, safeCommit, tuneSqlite } from '@resilient/db';
import { spawnNode } from '@resilient/testing';
import Library from 'better-sqlite3';
import { expect, test } from 'vitest';
import { type Schema, temporaryDatabase } from './temporary-database.ts';
import { traceFs } from './trace-fs.ts';

/** Asks from another process for the write lock, without waiting. */
async function lockFromElsewhere(file: string): Promise<string> {
  const library = createRequire(import.meta.url).resolve('better-sqlite3');
  await using child = await spawnNode(
    {
      source: `
import { createRequire } from 'node:module';
const [, library, file] = process.argv;
const Database = createRequire(library)(library);
const handle = new Database(file, { timeout: 0 });
try {
  handle.exec('begin immediate');
  process.send('got it');
} catch (error) {
  process.send(error.code);
}`,
    },
    { args: [library, file] },
  );
  return await child.next<string>(30_000);
}

/** All that is done to a live database beside units. */
async function useInEveryWay(
  url: string,
  file: string,
  db: Awaited<ReturnType<typeof temporaryDatabase>>['db'],
) {
  await db.check();
  db.stats();
  await db.kysely.selectFrom('counter').selectAll().execute();
  const second = await createDatabase<Schema>({ url, witness: true });
  await second.check();
  await second.kysely.selectFrom('counter').selectAll().execute();
  await second.close();
  const own = new Library(file, { timeout: 0 });
  tuneSqlite(own);
  own.close();
}

test('no file of a live database is opened by fs: closing it would drop the locks of this process', async () => {
  await using temporary = await temporaryDatabase({ witness: true });
  const { db, file, url } = temporary;
  using trace = traceFs();
  for (let id = 1; id <= 12; id += 1) {
    // Enough for a checkpoint.
    await safeCommit(db.kysely, (trx) =>
      trx
        .insertInto('log')
        .values({ id, worker: 'x'.repeat(1_000_000), step: id })
        .execute(),
    );
  }
  await useInEveryWay(url, file, db);
  await sleep(100);
  expect(trace.opened.filter((path) => path.includes(file))).toEqual([]);
  // The trace hears both kinds of imports.
  readFileSync(import.meta.filename);
  await readFile(import.meta.filename);
  expect(trace.opened.filter((path) => path === import.meta.filename).length).toBeGreaterThan(1);
});

test('while a unit holds the write lock, nothing that is done beside it lets another process have it', async () => {
  await using temporary = await temporaryDatabase();
  const { db, file, url } = temporary;
  const written = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const unit = safeCommit(db.kysely, async (trx) => {
    await trx.updateTable('counter').set({ value: 1 }).execute();
    written.resolve();
    await goOn.promise;
  });
  await written.promise;
  await db.check();
  const second = await createDatabase<Schema>({ url });
  await second.check();
  await second.kysely.selectFrom('counter').selectAll().execute();
  await second.close();
  expect(await lockFromElsewhere(file)).toBe('SQLITE_BUSY');
  goOn.resolve();
  expect(await unit).toMatchObject({ ok: true });
  expect(await lockFromElsewhere(file)).toBe('got it');
});

test.runIf(process.platform === 'linux')(
  'what these tests keep away: a single read of its -shm by fs drops the lock',
  async () => {
    await using temporary = await temporaryDatabase();
    const { db, file } = temporary;
    const holder = await db.kysely.startTransaction().execute();
    await holder.updateTable('counter').set({ value: 1 }).execute();
    expect(await lockFromElsewhere(file)).toBe('SQLITE_BUSY');
    readFileSync(`${file}-shm`);
    expect(await lockFromElsewhere(file)).toBe('got it');
    await holder.rollback().execute();
  },
);
