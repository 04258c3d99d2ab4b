import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { holdSqliteLock, spawnNode } from '../src/index.ts';
import { runningOf } from '../src/process/process-table.ts';
import { temporaryFolder } from './temporary-folder.ts';

const write = (file: string, timeout = 0): void => {
  const database = new Database(file, { timeout });
  try {
    database.exec('create table if not exists t (n int); insert into t values (1)');
  } finally {
    database.close();
  }
};

describe('holdSqliteLock', () => {
  it.each(['wal', 'delete'])('keeps writers out until it is released (journal: %s)', async (mode) => {
    await using folder = await temporaryFolder();
    const file = folder.file('shop.db');
    write(file);
    new Database(file).pragma(`journal_mode = ${mode}`);
    const lock = await holdSqliteLock(file);
    expect(() => write(file)).toThrow(expect.objectContaining({ code: 'SQLITE_BUSY' }));
    const reader = new Database(file, { readonly: true });
    expect(reader.prepare('select count(*) as n from t').get()).toEqual({ n: 1 });
    reader.close();
    await lock.release();
    await lock.release();
    write(file);
    expect(await runningOf([lock.pid])).toEqual([]);
  });

  it('releases by itself after the given time', async () => {
    await using folder = await temporaryFolder();
    const file = folder.file('a "b".db');
    const startedAt = performance.now();
    await using lock = await holdSqliteLock(file, 1000);
    expect(() => write(file)).toThrow('locked');
    await lock.released;
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(999);
    write(file);
  });

  it('waits for the holder before it', async () => {
    await using folder = await temporaryFolder();
    const file = folder.file('shop.db');
    await using first = await holdSqliteLock(file, 200);
    await using second = await holdSqliteLock(file);
    await first.released;
    expect(() => write(file)).toThrow('locked');
    await second.release();
  });

  it('lets the lock go when the process that asked for it is killed', async () => {
    await using folder = await temporaryFolder();
    const file = folder.file('shop.db');
    await using owner = await spawnNode(new URL('./children/lock-owner.ts', import.meta.url), {
      args: [file],
    });
    await owner.next(60_000);
    expect(() => write(file)).toThrow('locked');
    await owner.kill();
    write(file, 20_000);
  });

  it('names bad input, and says why a lock cannot be taken', async () => {
    await using folder = await temporaryFolder();
    await expect(holdSqliteLock('')).rejects.toThrow('expected `file` to be a non-empty string, got ""');
    await expect(holdSqliteLock(':memory:')).rejects.toThrow(RangeError);
    await expect(holdSqliteLock(folder.file('x.db'), -1)).rejects.toThrow('expected `ms`');
    await expect(holdSqliteLock(folder.file('no/such/folder.db'))).rejects.toThrow('could not be taken');
  });
});
