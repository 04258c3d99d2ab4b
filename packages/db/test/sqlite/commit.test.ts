import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase, type SqliteHandle, safeCommit } from '@resilient/db';
import { createVirtualClock } from '@resilient/testing';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import {
  counterOf,
  createTables,
  type Schema,
  temporaryDatabase,
  temporaryFile,
} from './temporary-database.ts';

const useRollbackJournal = (handle: SqliteHandle): void => void handle.pragma('journal_mode = delete');

test('a COMMIT that finds a reader in its way (rollback journal) is repeated alone, and work runs once', async () => {
  await using temporary = await temporaryDatabase({ onConnect: useRollbackJournal });
  const { db, url } = temporary;
  const reader = await createDatabase<Schema>({ url, onConnect: useRollbackJournal });
  const reading = await reader.kysely.startTransaction().setAccessMode('read only').execute();
  await reading.selectFrom('counter').selectAll().execute();
  let runs = 0;
  const writing = safeCommit(db.kysely, async (trx) => {
    runs += 1;
    await trx.updateTable('counter').set({ value: 5 }).execute();
  });
  await expect.poll(() => runs).toBe(1);
  await sleep(100);
  expect(runs).toBe(1);
  await reading.commit().execute();
  expect(await writing).toMatchObject({ ok: true, attempts: 1 });
  expect(runs).toBe(1);
  await reader.close();
  expect(await counterOf(db)).toBe(5);
});

test('a COMMIT that the reader outlasts is a TIMEOUT, and nothing is there', async () => {
  await using temporary = await temporaryDatabase({ onConnect: useRollbackJournal });
  const { db, url } = temporary;
  const reader = await createDatabase<Schema>({ url, onConnect: useRollbackJournal });
  const reading = await reader.kysely.startTransaction().setAccessMode('read only').execute();
  const result = await safeCommit(
    db.kysely,
    (trx) => trx.updateTable('counter').set({ value: 5 }).execute(),
    { timeoutMs: 1_000 },
  );
  expect(result).toMatchObject({ ok: false, error: { code: 'TIMEOUT', outcome: 'rejected' } });
  await reading.rollback().execute();
  await reader.close();
  expect(await counterOf(db)).toBe(0);
});

/** What `full-disk.ts` tells of a unit whose COMMIT does not fit, where files may grow to a quarter of a MiB. */
async function onFullDisk(witness: boolean): Promise<unknown> {
  await using folder = await temporaryFile();
  const first = await createDatabase<Schema>({ url: folder.url, witness });
  await createTables(first);
  await first.close();
  // An ignored SIGXFSZ makes the write fail with EFBIG, which SQLite calls IOERR.
  const child = spawn(
    'sh',
    [
      '-c',
      'trap "" XFSZ; ulimit -f 512; exec "$0" "$@"',
      process.execPath,
      '--conditions=@resilient/source',
      join(import.meta.dirname, 'children', 'full-disk.ts'),
      folder.url,
      String(witness),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await once(child, 'close');
  return JSON.parse(output);
}

const onLinux = test.runIf(process.platform === 'linux');

onLinux('an error of the disk at COMMIT is OUTCOME_UNKNOWN, and is not run again', async () => {
  expect(await onFullDisk(false)).toEqual({
    code: 'OUTCOME_UNKNOWN',
    sqlState: 'SQLITE_IOERR_WRITE',
    outcome: 'unknown',
    attempts: 1,
    runs: 1,
    next: true,
    value: 2,
  });
});

onLinux(
  'with a witness it is settled on a fresh connection: nothing of it is there, nor will be',
  async () => {
    expect(await onFullDisk(true)).toEqual({
      code: 'REJECTED',
      sqlState: 'SQLITE_IOERR_WRITE',
      outcome: 'rejected',
      attempts: 1,
      runs: 1,
      next: true,
      value: 2,
    });
  },
);

test('a transaction that uses the outer handle inside is not waited for without end', async () => {
  const clock = createVirtualClock();
  const db = await createDatabase({ url: ':memory:', clock });
  const outcome = db.kysely
    .transaction()
    .execute(() => sql`select 1`.execute(db.kysely))
    .catch((error: unknown) => error);
  await clock.advance(31_000);
  expect(await outcome).toMatchObject({
    code: 'POOL_EXHAUSTED',
    message: expect.stringContaining('its holder has had it for 30000 ms'),
  });
  await db.close();
});

test('a check answers at once while a thousand callers wait, and says so', async () => {
  await using temporary = await temporaryDatabase();
  const { db } = temporary;
  const holder = await db.kysely.startTransaction().execute();
  const waiting = Array.from({ length: 1_000 }, () =>
    db.kysely.updateTable('counter').set({ value: 1 }).execute(),
  );
  await expect.poll(() => db.stats().waiting).toBe(1_000);
  const check = await db.check({ timeoutMs: 10_000 });
  expect(check).toMatchObject({
    status: 'degraded',
    pool: { waiting: 1_000, inUse: 1 },
    wal: { bytes: expect.any(Number) },
  });
  expect(check.latencyMs).toBeLessThan(5_000); // whoever waits for his turn does so for 30 s
  await holder.rollback().execute();
  expect(await Promise.all(waiting)).toHaveLength(1_000);
  expect(await db.check()).toMatchObject({ status: 'ok', pool: { waiting: 0, inUse: 0 } });
});
