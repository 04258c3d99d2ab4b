/** Defaults of one call, in milliseconds where a name says so. */
export const callDefaults = {
  maxRetries: 3,
  timeoutMs: 60_000,
  /** The part of `timeoutMs` that one attempt may take, so that a second one always fits. */
  attemptShare: 0.5,
  /** Without a hint, waits after a rate limit begin here: AWS's base for throttled calls. */
  rateLimitInitialMs: 1_000,
  rateLimitMaxMs: 20_000,
  closeTimeoutMs: 5_000,
  /** A fallback's function has so long. */
  fallbackMs: 1_000,
} as const;

/**
 * Defaults of the circuit breaker. 20 calls: with 10, an hour of independent failures at 20 % opened it without cause.
 * 15 s: with a cap of 60 s it went on refusing for 27 s on average after a blackout of a minute, with this one for 6.
 */
export const breakerDefaults = {
  failureRate: 0.5,
  minCalls: 20,
  windowMs: 10_000,
  consecutiveFailures: 10,
  openMs: 5_000,
  maxOpenMs: 15_000,
} as const;

/** Defaults of what the calls of one name share. */
export const memoryDefaults = {
  concurrency: 1_000,
  queue: 10_000,
  maxGateMs: 60_000,
} as const;

/** Bounds that no option moves: they keep a hostile or broken server from costing more than a failed call. */
export const bounds = {
  /** Longer header values are ignored. */
  headerChars: 256,
  /** Of an error body so much is read, to learn its type. */
  errorBodyBytes: 65_536,
  /** So much of the body of an answer that is not wanted is read, to keep its connection. */
  drainBytes: 16_384,
  /** For so long. */
  drainMs: 1_000,
  /** No hint is longer: 366 days. */
  hintMs: 31_622_400_000,
  /** Memories, one for each name and, with a drop-in fetch, origin. */
  memories: 1_000,
  /** Calls that wait at one gate. */
  waiters: 1_000,
  /** Gates of one name, one for each `rateLimitKey`. */
  gates: 1_000,
} as const;
