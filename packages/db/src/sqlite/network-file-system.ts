import { statfsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';

/** Numbers of Linux's `statfs(2)`: file systems that other machines write to as well. */
const NETWORK: Readonly<Record<number, string>> = {
  26985: 'NFS',
  20859: 'SMB',
  4283649346: 'CIFS',
  4266872130: 'SMB2',
  16914839: '9p',
};
const FUSE = 1_702_057_286;

/** What a file system is to a write-ahead log: fit, doubtful (FUSE may be anything), or a network's, by name. */
export type FileSystemFitness = 'fit' | 'doubtful' | { readonly network: string };

/** Judges a type of file system, as `statfs` tells it. */
export function fitnessOf(type: number): FileSystemFitness {
  const unsigned = type >>> 0;
  const network = NETWORK[unsigned];
  if (network !== undefined) return { network };
  return unsigned === FUSE ? 'doubtful' : 'fit';
}

/**
 * Judges the file system of a folder. Only Linux tells; elsewhere every folder counts as fit. The WAL needs memory that
 * all processes share, which no network gives: https://www.sqlite.org/wal.html, "All processes … on the same host".
 */
export async function fileSystemOf(folder: string): Promise<FileSystemFitness> {
  if (process.platform !== 'linux') return 'fit';
  return fitnessOf((await statfs(folder)).type);
}

/** The same at once, for a connection that is open already. */
export function fileSystemNow(folder: string): FileSystemFitness {
  return process.platform === 'linux' ? fitnessOf(statfsSync(folder).type) : 'fit';
}
