import path from 'node:path';
import type { Clock, Logger } from '@resilient/core';
import type { SqliteHandle } from './handle.ts';
import { loadLibrary } from './library.ts';
import type { LockWait } from './lock-wait.ts';
import { fileSystemOf } from './network-file-system.ts';
import { readerSteps, type SqlitePreset, tuningSteps } from './presets.ts';
import { sqliteCodeOf } from './sqlite-error.ts';

/** What is to be opened, and how. */
export interface OpenRequest {
  /** Absolute path, or `:memory:`. */
  readonly file: string;
  readonly preset: SqlitePreset;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly lock: LockWait;
  /** Opens a connection that can only read, to a file that is open already. */
  readonly readOnly?: boolean;
  readonly onConnect?: ((handle: SqliteHandle) => unknown) | undefined;
}

/** The name of a database that lives in the memory of its connection. */
export const IN_MEMORY = ':memory:';

/**
 * Opens a connection and tunes it. Another process that recovers or closes the file at this moment locks it: each step
 * is asked again until it can be done.
 *
 * @throws Error in one sentence where the file cannot be a database; TimeoutError `TIMEOUT` when it stays locked
 */
export async function openHandle(request: OpenRequest): Promise<SqliteHandle> {
  const { file, preset, lock, readOnly = false } = request;
  const inMemory = file === IN_MEMORY;
  if (!inMemory && !readOnly) await assertLocal(request);
  const connect = await loadLibrary();
  const arrivedAt = request.clock.now();
  let handle: SqliteHandle | undefined;
  try {
    const opened = await lock.run(() => connect(file, readOnly), { arrivedAt });
    handle = opened;
    const steps = readOnly ? readerSteps(preset) : tuningSteps(preset, inMemory);
    for (const step of steps) await lock.run(() => step(opened), { arrivedAt });
    await request.onConnect?.(opened);
    return opened;
  } catch (error) {
    handle?.close();
    throw explained(error, file);
  }
}

async function assertLocal({ file, logger }: OpenRequest): Promise<void> {
  const folder = path.dirname(file);
  let fitness: Awaited<ReturnType<typeof fileSystemOf>>;
  try {
    fitness = await fileSystemOf(folder);
  } catch (error) {
    throw new Error(`the folder of the SQLite database ${file} cannot be read: does it exist?`, {
      cause: error,
    });
  }
  if (fitness === 'doubtful') {
    logger.warn(
      { file },
      'the SQLite database is on a FUSE file system: make sure that no other machine writes to it',
    );
  } else if (fitness !== 'fit') {
    throw new Error(
      `the SQLite database ${file} is on a network file system (${fitness.network}), where its write-ahead log would be damaged: use a local disk, or PostgreSQL`,
    );
  }
}

function explained(error: unknown, file: string): unknown {
  const code = sqliteCodeOf(error);
  const sentence = code.startsWith('SQLITE_CANTOPEN')
    ? 'cannot be opened: is the path right, and may this process write there?'
    : code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')
      ? 'is damaged, or no SQLite database'
      : undefined;
  return sentence === undefined ? error : new Error(`the file ${file} ${sentence}`, { cause: error });
}
