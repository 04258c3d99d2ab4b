import { fork } from 'node:child_process';

/** Holds the write lock of a SQLite file from another process, for `ms` milliseconds. */
export function holdLock(file: string, ms: number): void {
  const holder = fork(new URL('./lock-holder.ts', import.meta.url), [file, String(ms)], { stdio: 'ignore' });
  holder.unref();
}
