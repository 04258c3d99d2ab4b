/** What a check may answer; `db.check()` uses the same words. */
export interface CheckResult {
  readonly status: 'ok' | 'degraded' | 'down';
  /** How long it took, in milliseconds. @defaultValue what was measured */
  readonly latencyMs?: number;
  /** Shown in the report alone, never in a public body. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The word of a check in `/health`: `timeout` for one that hangs, `unknown` for one without a fresh result. */
export type CheckWord = CheckResult['status'] | 'timeout' | 'unknown';
