/** The pools by name: most connections, and how long one is waited for. */
export const POOL_PRESETS = {
  standard: { max: 15, acquireTimeoutMs: 30_000 },
} as const;

/**
 * How many connections to PostgreSQL there are, by name: `standard`, 15 at most and 30 s to get one, as an application of
 * one to six processes needs them (a server allows 97 unless told otherwise).
 */
export type PoolPreset = keyof typeof POOL_PRESETS;
