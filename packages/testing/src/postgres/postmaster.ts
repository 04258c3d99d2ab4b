import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { killTree } from '../process/process-table.ts';
import { realNow, realSleep, realTimer } from '../real-time.ts';
import type { Account } from './account.ts';
import type { DataFolder } from './data-folder.ts';

/** How long a start may take, in milliseconds: recovery of a crashed cluster included. */
const START_TIMEOUT_MS = 60_000;
/** How long a fast stop may take before it becomes an immediate one, in milliseconds. */
const STOP_TIMEOUT_MS = 10_000;

/** The server process of a cluster. */
export interface Postmaster {
  readonly pid: number;
  readonly running: boolean;
  /** SIGINT: sessions are ended, data is written; after 10 s SIGQUIT. */
  stop(): Promise<void>;
  /** SIGQUIT: sessions are cut, nothing is written. */
  stopAtOnce(): Promise<void>;
  /** SIGKILL to the server and its children. */
  crash(): Promise<void>;
}

/** The last lines of the server's log. */
export const tailOf = async (logFile: string): Promise<string> =>
  (await readFile(logFile, 'utf8').catch(() => '')).split('\n').slice(-15).join('\n');

/** Line 8 of postmaster.pid, as pg_ctl reads it. */
const isReady = async (folder: DataFolder, pid: number): Promise<boolean> => {
  const lines = (await readFile(join(folder.dataDir, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  return lines[0]?.trim() === String(pid) && lines[7]?.trim() === 'ready';
};

/** Without a turn of the event loop in it: a server that ends at once must find its caller listening. */
const spawnServer = (folder: DataFolder, account: Account, args: string[]): ChildProcess => {
  const log = openSync(folder.logFile, 'a', 0o600);
  try {
    // A log file instead of a pipe: the server outlives a test process that was killed by some seconds.
    const options = { cwd: folder.root, env: { LC_ALL: 'C' }, detached: true } as const;
    return spawn(folder.postgres, args, { ...account, ...options, stdio: ['ignore', log, log] });
  } finally {
    closeSync(log);
  }
};

/** Starts the server on the data folder; resolves when it takes connections. `onSpawn` gets the process id at once. */
export const startPostmaster = async (
  folder: DataFolder,
  account: Account,
  settings: Readonly<Record<string, string>>,
  onSpawn: (pid: number) => void,
): Promise<Postmaster> => {
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawnServer(folder, account, ['-D', folder.dataDir, ...flags]);
  let running = true;
  let failure: Error | undefined;
  const exited = new Promise<void>((resolve) => {
    const end = (): void => {
      running = false;
      resolve();
    };
    child.once('exit', end).once('error', (error) => {
      failure = error;
      end();
    });
  });
  const pid = child.pid ?? 0;
  onSpawn(pid);

  /** Sends the signal and waits for the end, keeping this process alive only meanwhile. */
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (!running) return;
    child.ref();
    child.kill(signal);
    const cancel = realTimer(() => child.kill('SIGQUIT'), STOP_TIMEOUT_MS);
    await exited;
    cancel();
  };

  const giveUpAt = realNow() + START_TIMEOUT_MS;
  while (running && !(await isReady(folder, pid))) {
    if (realNow() > giveUpAt) child.kill('SIGKILL');
    await realSleep(10);
  }
  if (!running) {
    throw new Error(`PostgreSQL did not start: ${failure?.message ?? ''}\n${await tailOf(folder.logFile)}`);
  }
  child.unref();
  return {
    pid,
    get running() {
      return running;
    },
    stop: () => end('SIGINT'),
    stopAtOnce: () => end('SIGQUIT'),
    async crash() {
      if (!running) return;
      child.ref();
      await killTree(pid);
      await exited;
    },
  };
};
