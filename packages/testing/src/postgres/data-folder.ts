import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Account, canEnter } from './account.ts';
import type { Binaries } from './binaries.ts';

/** A temporary folder with all that belongs to one cluster. */
export interface DataFolder {
  /** Holds everything; removed at the end. */
  readonly root: string;
  readonly dataDir: string;
  readonly logFile: string;
  readonly password: string;
  /** Path of the server program. */
  readonly postgres: string;
}

/** The path of a private temporary folder that `account` can reach; it is not made, so that it can be watched before. */
export const chooseRoot = async (account: Account): Promise<string> => {
  for (const place of [tmpdir(), '/var/tmp']) {
    if (await canEnter(account, place).catch(() => false))
      return join(place, `resilient-postgres-${randomBytes(6).toString('hex')}`);
  }
  throw new Error(`user ${account.uid} can enter neither ${tmpdir()} nor /var/tmp`);
};

/** Makes the folder that was chosen. */
export const makeRoot = async (root: string, account: Account): Promise<void> => {
  await mkdir(root, { mode: 0o700 });
  if (account.uid !== undefined && account.gid !== undefined) await chown(root, account.uid, account.gid);
};

/**
 * Creates the cluster in `root` with `initdb`: UTF-8, the C locale, user `postgres`, a random password. `onSpawn` gets
 * the process id of `initdb` at once.
 */
export const initDataFolder = async (
  root: string,
  binaries: Binaries,
  account: Account,
  onSpawn: (pid: number) => void = () => {},
): Promise<DataFolder> => {
  let programs = binaries.folder;
  if (!(await canEnter(account, programs))) {
    await cp(dirname(programs), join(root, 'native'), { recursive: true, verbatimSymlinks: true });
    programs = join(root, 'native', 'bin');
  }
  const password = randomBytes(12).toString('hex');
  const passwordFile = join(root, 'password');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (account.uid !== undefined && account.gid !== undefined)
    await chown(passwordFile, account.uid, account.gid);
  const dataDir = join(root, 'data');
  const flags = ['--username=postgres', '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-sync'];
  const args = [`--pgdata=${dataDir}`, `--pwfile=${passwordFile}`, '--no-instructions', ...flags];
  try {
    const options = { ...account, cwd: root, env: { LC_ALL: 'C' } };
    const running = promisify(execFile)(join(programs, 'initdb'), args, options);
    onSpawn(running.child.pid ?? 0);
    await running;
  } catch (error) {
    throw new Error(
      `initdb of PostgreSQL ${binaries.major} failed: ${(error as { stderr?: string }).stderr ?? ''}`,
      {
        cause: error,
      },
    );
  }
  await rm(passwordFile);
  return {
    root,
    dataDir,
    logFile: join(root, 'postgres.log'),
    password,
    postgres: join(programs, 'postgres'),
  };
};
