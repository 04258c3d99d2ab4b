/** How a pool behaves; all durations in milliseconds, `Infinity` for never. */
export interface PoolSettings {
  /** Connections that are kept open once they have been opened. */
  readonly size: number;
  /** Connections above `size`, which are closed on return when `size` are idle already. */
  readonly overflow: number;
  /** Connections that are opened without being asked for, and again when one is lost. */
  readonly min: number;
  /** Idle connections above `min` are closed after this; 0 for never. */
  readonly idleMs: number;
  /** How long a caller waits for a connection. */
  readonly acquireTimeoutMs: number;
  /** Callers that may wait; one more is refused at once. */
  readonly maxWaiting: number;
  /** A connection older than this, a few % less for each, is replaced when it is next taken. */
  readonly recycleMs: number;
  /** A connection that was idle for longer is asked whether it lives before it is lent for a single statement. */
  readonly pingAfterMs: number;
  /** How long that answer may take. */
  readonly pingTimeoutMs: number;
  /** A connection that is out for longer is reported, with who has it. */
  readonly leakMs: number;
  /** A statement that takes longer is logged and counted. */
  readonly slowQueryMs: number;
  /** `true` to remember where each connection was taken. */
  readonly stacks: boolean;
}

/** What a pool does unless a preset or an option says otherwise. */
export const POOL_DEFAULTS: PoolSettings = {
  size: 10,
  overflow: 5,
  min: 0,
  idleMs: 0,
  /** SQLAlchemy's `pool_timeout` and HikariCP's `connectionTimeout`. */
  acquireTimeoutMs: 30_000,
  /** As the queue before SQLite's writer. */
  maxWaiting: 10_000,
  /** HikariCP's `maxLifetime`. */
  recycleMs: 1_800_000,
  /** HikariCP's `aliveBypassWindowMs`. */
  pingAfterMs: 500,
  /** HikariCP's `validationTimeout`. */
  pingTimeoutMs: 5_000,
  /** Twice the longest that a statement may take. */
  leakMs: 60_000,
  slowQueryMs: 500,
  stacks: false,
};

/** Of the age at which connections are replaced, the share that chance takes away: HikariCP's 2.5 %. */
export const RECYCLE_JITTER = 0.025;
