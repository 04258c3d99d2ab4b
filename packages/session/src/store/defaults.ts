/** Defaults of the store wrapper. */
export const STORE_DEFAULTS = {
  onStoreDown: 'fail',
  storeTimeoutMs: 2_000,
  writeTimeoutMs: 10_000,
  /** How long an id that was destroyed here is not written again. */
  rememberDestroyedMs: 300_000,
  /** How many ids are remembered, of those destroyed and of those that were seen. */
  rememberedIds: 10_000,
  /** How often a store that is down is asked whether it is back, in milliseconds, for hosts that do not ask themselves. */
  probeEveryMs: 1_000,
} as const;
