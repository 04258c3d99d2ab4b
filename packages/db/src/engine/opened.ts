import type { Dialect } from '../kysely.ts';
import type { Engine, EngineKind } from './engine.ts';

/** What a check of the database found. */
export interface DatabaseCheck {
  /** `degraded`: it answers, but whoever wants to write waits. */
  readonly status: 'ok' | 'degraded' | 'down';
  /** How long the check took, in milliseconds. */
  readonly latencyMs: number;
  readonly kind: EngineKind;
  /** The server's or the library's version, such as `18.4`; absent while it cannot be asked. */
  readonly version?: string;
  /** Why it is not `ok`, in our own words. */
  readonly reason?: string;
  /** How busy its connections are. */
  readonly pool?: DatabaseStats;
  /** The write-ahead log of a SQLite file. */
  readonly wal?: { readonly bytes: number };
}

/** How busy the connections of a database are. */
export interface DatabaseStats {
  /** Connections open. */
  readonly size: number;
  /** Connections open that nobody uses. */
  readonly idle: number;
  /** Connections lent, or the writer while a unit has it. */
  readonly inUse: number;
  /** Callers that wait for a connection. */
  readonly waiting: number;
  /** Most connections there may be. */
  readonly limit: number;
}

/** A database that has been reached: what `createDatabase` builds a Kysely on. */
export interface OpenedEngine {
  readonly engine: Engine;
  /** The same as `engine.dialect`: `new Kysely({ dialect })`. */
  readonly dialect: Dialect;
  /** Asks the database whether it answers, within `timeoutMs` milliseconds, also while no connection is free. Never rejects. */
  check(options: { readonly timeoutMs: number }): Promise<DatabaseCheck>;
  stats(): DatabaseStats;
  /**
   * Refuses new units (`PoolError` `CLOSED`), lets running ones end for at most `timeoutMs` milliseconds, then closes
   * every connection. A second call answers the first one's promise.
   */
  close(options: { readonly timeoutMs: number }): Promise<void>;
}
