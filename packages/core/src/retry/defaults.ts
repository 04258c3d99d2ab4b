/** Defaults of `retry`, `autoRetry` and of the backoff between attempts, in milliseconds where a name says so. */
export const retryDefaults: {
  readonly maxRetries: number;
  readonly initialMs: number;
  readonly factor: number;
  readonly maxMs: number;
  readonly jitter: 'full';
  readonly unknownErrors: 'retry';
} = Object.freeze({
  maxRetries: 3,
  initialMs: 100,
  factor: 2,
  maxMs: 20_000,
  jitter: 'full',
  unknownErrors: 'retry',
});

/**
 * The token bucket that became AWS's default in 2026: 500 tokens, 14 for a retry, 5 after throttling.
 * `minPerSecond` is ours: a process of little traffic is not cut off for good.
 */
export const budgetDefaults: {
  readonly capacity: number;
  readonly retryCost: number;
  readonly throttleCost: number;
  readonly minPerSecond: number;
} = Object.freeze({
  capacity: 500,
  retryCost: 14,
  throttleCost: 5,
  minPerSecond: 1,
});
