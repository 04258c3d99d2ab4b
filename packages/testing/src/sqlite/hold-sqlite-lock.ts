import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { checkNumber } from '@resilient/core';
import { checkText, outOfRange } from '../options/refusals.ts';
import { type NodeProcess, spawnNode } from '../process/spawn-node.ts';

/** The write lock of a SQLite file, held by another process; see {@link holdSqliteLock}. */
export interface SqliteLock extends AsyncDisposable {
  /** The process that holds it. */
  readonly pid: number;
  /** Resolves when the lock is free, whoever freed it. */
  readonly released: Promise<void>;
  /** Frees the lock; resolves when it is free. Nothing happens when it is free already. */
  release(): Promise<void>;
  /** `release()`. */
  close(): Promise<void>;
}

/** A module of its own text: the same from sources and from the built package. */
const HOLDER = `
import { createRequire } from 'node:module';
const [, library, file, ms] = process.argv;
const Database = createRequire(library)(library);
try {
  const database = new Database(file, { timeout: 30000 });
  database.exec('begin immediate');
  const release = () => {
    database.exec('rollback');
    database.close();
    process.exit();
  };
  if (ms !== 'Infinity') setTimeout(release, Number(ms));
  process.once('message', release);
  process.send('held');
} catch (error) {
  process.send({ failed: String(error) }, () => process.exit(1));
}
`;

const findLibrary = (): string => {
  try {
    return createRequire(import.meta.url).resolve('better-sqlite3');
  } catch (error) {
    throw new Error('the package `better-sqlite3` is needed for this: install it as a dev dependency', {
      cause: error,
    });
  }
};

const waitUntilHeld = async (holder: NodeProcess, file: string): Promise<void> => {
  const answer = await holder.next<'held' | { failed: string }>(60_000);
  if (answer !== 'held') throw new Error(`the lock of ${file} could not be taken: ${answer.failed}`);
};

/**
 * Lets another process hold the write lock of a SQLite file (`BEGIN IMMEDIATE`), as a second worker or a backup does.
 * Resolves once it is held; a lock held by others is waited for, for up to 30 s. A file that is not there is created.
 *
 * @param file - path of the database file
 * @param ms - how long the lock is held, in real milliseconds; until `release()` when left out
 * @throws TypeError or RangeError for a wrong argument; Error when the lock cannot be taken.
 *
 * @example
 * ```ts
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { holdSqliteLock } from '@resilient/testing';
 *
 * await using lock = await holdSqliteLock(join(tmpdir(), 'shop.db'), 3000);
 * // … what writes now waits, or fails with SQLITE_BUSY …
 * await lock.release();
 * ```
 */
export const holdSqliteLock = async (file: string, ms: number = Infinity): Promise<SqliteLock> => {
  if (checkText('file', file) === ':memory:') throw outOfRange('file', 'a file that can be shared', file);
  // Above it, a timer of Node fires at once.
  if (ms !== Infinity) checkNumber('ms', ms, { min: 0, max: 2_147_483_647 });
  const holder = await spawnNode({ source: HOLDER }, { args: [findLibrary(), resolve(file), String(ms)] });
  try {
    await waitUntilHeld(holder, file);
  } catch (error) {
    await holder.close();
    throw error;
  }
  const released = holder.exited.then(() => {});
  const release = (): Promise<void> => {
    holder.send('release');
    return released;
  };
  return { pid: holder.pid, released, release, close: release, [Symbol.asyncDispose]: release };
};
