/** Defaults of `safeCommit`, in milliseconds where a name says so. */
export const commitDefaults: Readonly<{
  maxRetries: number;
  timeoutMs: number;
  settleMs: number;
  name: string;
}> = Object.freeze({
  maxRetries: 3,
  timeoutMs: 30_000,
  settleMs: 10_000,
  name: 'unit of work',
});

/** In a `withDeadline` scope no COMMIT is written with less than this left: its answer would come too late. */
export const COMMIT_RESERVE_MS = 100;
