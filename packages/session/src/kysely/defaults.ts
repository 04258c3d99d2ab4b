/** Defaults of the store on Kysely. */
export const STORE_DEFAULTS = {
  table: 'session',
  ttlMs: 86_400_000,
  touchEveryMs: 60_000,
  maxBytes: 65_536,
  userIdKey: 'userId',
  onConflict: 'report',
  pruneEveryMs: 300_000,
} as const;
