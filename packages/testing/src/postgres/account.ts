import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

/** The system account that runs PostgreSQL; empty where that is the account of this process. */
export interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

const idOf = async (flag: '-u' | '-g', name: string): Promise<number> =>
  Number((await promisify(execFile)('id', [flag, name])).stdout);

/**
 * PostgreSQL refuses to run as root: there it runs as `postgres`, or as `nobody`, who is on every system. No account
 * is created.
 */
export const findAccount = async (): Promise<Account> => {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    try {
      return { uid: await idOf('-u', name), gid: await idOf('-g', name) };
    } catch {
      // The next one.
    }
  }
  throw new Error(
    'PostgreSQL does not run as root, and there is no account `postgres` or `nobody` to run it as',
  );
};

/** Whether `account` may enter `folder` and everything above it: a checkout in root's home is closed to it. */
export const canEnter = async (account: Account, folder: string): Promise<boolean> => {
  if (account.uid === undefined) return true;
  for (let path = folder; ; path = dirname(path)) {
    const { mode, uid, gid } = await stat(path);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (dirname(path) === path) return true;
  }
};
