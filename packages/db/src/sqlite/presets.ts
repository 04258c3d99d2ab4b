import type { SqliteHandle } from './handle.ts';

/** The tunings by name: what a COMMIT waits for, https://www.sqlite.org/pragma.html#pragma_synchronous. */
export const SQLITE_PRESETS = {
  durable: { synchronous: 'full' },
  balanced: { synchronous: 'normal' },
  fast: { synchronous: 'off' },
} as const;

/**
 * How SQLite is tuned, by name: `durable`, an acknowledged commit survives a power cut; `balanced`, it survives a crash
 * of the process but the last ones may be lost with the machine; `fast`, for tests alone. All use the WAL, check foreign
 * keys, keep 16 MiB of pages in memory and cut the WAL back to 64 MiB after a checkpoint.
 */
export type SqlitePreset = keyof typeof SQLITE_PRESETS;

const CACHE_KIB = 16 * 1_024;
const JOURNAL_LIMIT_BYTES = 64 * 1_024 * 1_024;

/** One thing that is done to a connection when it is opened; it may find the file locked, and is repeated then. */
export type TuningStep = (handle: Pick<SqliteHandle, 'pragma'>) => void;

/**
 * The pragmas of a preset in their order. `synchronous` is always said: the connection that first turns the WAL on keeps
 * FULL, later ones would get NORMAL. `fullfsync` is for macOS, whose `fsync` does not wait for the disk, and changes
 * nothing elsewhere.
 */
export function tuningSteps(preset: SqlitePreset, inMemory: boolean): TuningStep[] {
  const { synchronous } = SQLITE_PRESETS[preset];
  const pragmas = [
    `journal_size_limit = ${JOURNAL_LIMIT_BYTES}`,
    ...(synchronous === 'full' ? ['fullfsync = on'] : []),
    ...checkpointPragmas(preset),
  ];
  return [...(inMemory ? [] : [useWal]), ...readerSteps(preset), ...pragmas.map(pragmaStep)];
}

/** The pragmas of a connection that makes checkpoints: the file is as safe as the log. */
export function checkpointPragmas(preset: SqlitePreset): string[] {
  const { synchronous } = SQLITE_PRESETS[preset];
  return [`synchronous = ${synchronous}`, ...(synchronous === 'full' ? ['checkpoint_fullfsync = on'] : [])];
}

/** The pragmas of a connection that only reads: those that change nothing in the file. */
export function readerSteps(preset: SqlitePreset): TuningStep[] {
  const { synchronous } = SQLITE_PRESETS[preset];
  return [`synchronous = ${synchronous}`, 'foreign_keys = on', `cache_size = -${CACHE_KIB}`].map(pragmaStep);
}

const pragmaStep =
  (pragma: string): TuningStep =>
  (handle) =>
    void handle.pragma(pragma);

function useWal(handle: Pick<SqliteHandle, 'pragma'>): void {
  const mode = handle.pragma('journal_mode = wal', { simple: true });
  if (mode === 'wal') return;
  throw new Error(
    `the database cannot use a write-ahead log (its journal mode stays ${String(mode)}): is its folder writable?`,
  );
}
