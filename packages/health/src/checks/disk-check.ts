import { statfs } from 'node:fs/promises';
import { refuse } from '@resilient/core';
import { percent, type Reading } from '../status/reading.ts';
import { type CheckOptions, defineCheck, type HealthCheck } from './define-check.ts';
import { withGauge } from './gauge.ts';

/** What a file system says of itself: blocks and inodes, those free, and those free for us. */
export interface DiskFigures {
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
}

/** What can be said of {@link diskCheck}. */
export interface DiskCheckOptions extends Partial<Omit<CheckOptions, 'run'>> {
  /** Where the figures come from. @defaultValue `statfs` of `node:fs/promises` */
  readonly read?: (folder: string) => Promise<DiskFigures>;
}

/** The share used as `df` counts it, or of the inodes if that is worse; what root keeps for itself is not ours. */
function usedShare({ blocks, bfree, bavail, files, ffree }: DiskFigures): number {
  const used = blocks - bfree;
  const ofBlocks = used + bavail > 0 ? used / (used + bavail) : 0;
  return Math.max(ofBlocks, files > 0 ? (files - ffree) / files : 0);
}

/**
 * A check of the file systems of folders, named `disk`: above 80 % the application is degraded, above 95 % critical
 * (`thresholds.disk`). Give the folders of data and backups. Not required, and in no probe.
 *
 * @throws TypeError for what are no folders; else as {@link defineCheck}
 * @example
 * ```ts
 * import { createHealthMonitor, diskCheck } from '@resilient/health';
 *
 * const monitor = createHealthMonitor({ checks: [diskCheck(['./data', './backups'])] });
 * ```
 */
export function diskCheck(folders: string | readonly string[], options: DiskCheckOptions = {}): HealthCheck {
  const all = typeof folders === 'string' ? [folders] : folders;
  if (
    !Array.isArray(all) ||
    all.length === 0 ||
    all.some((folder) => typeof folder !== 'string' || folder === '')
  ) {
    throw refuse('folders', 'a folder or an array of folders', folders);
  }
  const { read = statfs, ...rest } = options;
  if (typeof read !== 'function') throw refuse('read', 'a function', read);
  const shares = (): Promise<number[]> =>
    Promise.all(all.map(async (folder) => usedShare(await read(folder))));
  const check = defineCheck({
    name: 'disk',
    required: false,
    probes: [],
    ...rest,
    run: async () => ({ status: 'ok', details: { used: (await shares()).map(percent) } }),
  });
  return withGauge(check, {
    metric: 'disk',
    read: async (): Promise<Reading> => {
      const value = Math.max(...(await shares()));
      return { value, said: `the disk is ${percent(value)} full` };
    },
  });
}
