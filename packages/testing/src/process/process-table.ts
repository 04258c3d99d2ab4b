import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { realNow, realSleep } from '../real-time.ts';

interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** Dead, and only waiting to be collected by its parent. */
  readonly zombie: boolean;
}

/** `pid (name) state parent …`, where the name may hold spaces and brackets. */
const parseStat = (stat: string): ProcessEntry => {
  const [state = '', parent = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { pid: Number.parseInt(stat, 10), parent: Number(parent), zombie: state === 'Z' || state === 'X' };
};

const readLinux = async (): Promise<ProcessEntry[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')));
  return stats.filter((stat) => stat !== '').map(parseStat);
};

const readPs = async (): Promise<ProcessEntry[]> => {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,state=']);
  return stdout
    .trim()
    .split('\n')
    .map((line) => {
      const [pid, parent, state = ''] = line.trim().split(/\s+/);
      return { pid: Number(pid), parent: Number(parent), zombie: state.startsWith('Z') };
    });
};

// Slim containers have no `ps`: /proc where there is one.
const readProcesses = (): Promise<ProcessEntry[]> => (process.platform === 'linux' ? readLinux() : readPs());

/** Process ids of the direct children of `pid`. */
export const childrenOf = async (pid: number): Promise<number[]> =>
  (await readProcesses()).filter((entry) => entry.parent === pid && !entry.zombie).map((entry) => entry.pid);

/** Which of `pids` still run; a zombie does not. */
export const runningOf = async (pids: readonly number[]): Promise<number[]> => {
  const wanted = new Set(pids);
  return (await readProcesses())
    .filter(({ pid, zombie }) => wanted.has(pid) && !zombie)
    .map(({ pid }) => pid);
};

/** Sends `signal` to a process that may be gone already. */
export const sendSignal = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};

/** Waits until none of `pids` runs, for at most `timeoutMs`; rejects with the ones that stay. */
export const waitUntilGone = async (pids: readonly number[], timeoutMs: number): Promise<void> => {
  const giveUpAt = realNow() + timeoutMs;
  for (let left = await runningOf(pids); left.length > 0; left = await runningOf(left)) {
    if (realNow() > giveUpAt) throw new Error(`processes ${left.join(', ')} still run after ${timeoutMs} ms`);
    await realSleep(5);
  }
};

/** SIGKILL for a process and its children, none of which can start another meanwhile; resolves when all are gone. */
export const killTree = async (pid: number): Promise<void> => {
  sendSignal(pid, 'SIGSTOP');
  const children = await childrenOf(pid);
  sendSignal(pid, 'SIGKILL');
  for (const child of children) sendSignal(child, 'SIGKILL');
  await waitUntilGone([pid, ...children], 10_000);
};
