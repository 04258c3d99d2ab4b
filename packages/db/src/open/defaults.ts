/** The defaults of `createDatabase`. */
export const OPEN_DEFAULTS = {
  /** Where the rows are when nothing is configured; refused in production. */
  url: 'sqlite:./data/app.db',
  preset: 'standard',
  sqlitePreset: 'durable',
  /** 20 s: longer than any healthy writer holds the lock. */
  busyTimeoutMs: 20_000,
  groupCommit: true,
  /** Containers start in any order. */
  startupTimeoutMs: 30_000,
  checkTimeoutMs: 5_000,
  closeTimeoutMs: 10_000,
} as const;
