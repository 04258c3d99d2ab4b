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
  /** Connections open beyond those that are kept; PostgreSQL alone, as all that follows. */
  readonly overflow?: number;
  /** Connections opened so far. */
  readonly created?: number;
  /** Connections replaced because they were too old, or of a time before the server was lost. */
  readonly recycled?: number;
  /** Connections that proved dead when they were asked before use. */
  readonly pingFailures?: number;
  /** Statements that took longer than `slowQueryMs`. */
  readonly slowStatements?: number;
  /** For how long the connection that is out longest has been out, in milliseconds; 0 if none is. */
  readonly oldestLeaseMs?: number;
  /** The wait for a connection, in milliseconds, that half of the callers did not exceed. */
  readonly acquireP50Ms?: number;
  /** The same for 95 of 100. */
  readonly acquireP95Ms?: number;
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
