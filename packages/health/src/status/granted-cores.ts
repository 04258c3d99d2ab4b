import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** Reads a small file; `undefined` where there is none. */
export type ReadText = (path: string) => string | undefined;

const readText: ReadText = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

const ROOT = '/sys/fs/cgroup';

/** Cores that a quota and its period grant; `Infinity` for `max`, -1 and what cannot be read. */
function coresOf(quota: string | undefined, period: string | undefined): number {
  const cores = Number(quota) / Number(period);
  return Number.isFinite(cores) && cores > 0 ? cores : Number.POSITIVE_INFINITY;
}

/** The folders of a control group, itself first: a limit of any of its parents holds as well. */
function upwards(group: string): string[] {
  const parts = group.split('/').filter((part) => part !== '');
  return Array.from(
    { length: parts.length + 1 },
    (_, up) => `/${parts.slice(0, parts.length - up).join('/')}`,
  );
}

/** The path of a group in /proc/self/cgroup: version 2 has one line `0::/path`, version 1 one for each controller. */
function groupOf(lines: string, controller: string | undefined): string {
  for (const line of lines.split('\n')) {
    const [id = '', controllers = '', path = ''] = line.split(':');
    if (
      controller === undefined
        ? id === '0' && controllers === ''
        : controllers.split(',').includes(controller)
    ) {
      return path;
    }
  }
  return '/';
}

/**
 * The cores this process may use: the tightest quota of its control groups (version 2, else 1), at most the cores there
 * are. A quota may be less than one core. `availableParallelism` knows no quota before libuv 1.49, and rounds after it.
 */
export function grantedCores(
  read: ReadText = readText,
  parallelism: number = availableParallelism(),
): number {
  const lines = read('/proc/self/cgroup') ?? '';
  let cores = parallelism;
  for (const folder of upwards(groupOf(lines, undefined))) {
    const [quota, period] = (read(`${ROOT}${folder === '/' ? '' : folder}/cpu.max`) ?? '')
      .trim()
      .split(/\s+/);
    cores = Math.min(cores, coresOf(quota, period));
  }
  for (const folder of upwards(groupOf(lines, 'cpu'))) {
    const base = `${ROOT}/cpu${folder === '/' ? '' : folder}`;
    cores = Math.min(cores, coresOf(read(`${base}/cpu.cfs_quota_us`), read(`${base}/cpu.cfs_period_us`)));
  }
  return cores;
}
