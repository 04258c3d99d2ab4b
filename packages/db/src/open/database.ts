import type { EngineKind } from '../engine/engine.ts';
import type { DatabaseCheck, DatabaseStats } from '../engine/opened.ts';
import type { Kysely } from '../kysely.ts';

/** An open database; see {@link createDatabase}. */
export interface Database<Schema> extends AsyncDisposable {
  /** Typed queries, on either engine. */
  readonly kysely: Kysely<Schema>;
  readonly kind: EngineKind;
  /**
   * Asks the database whether it answers, within `timeoutMs` (5,000) milliseconds, also while every connection is taken
   * or the lock is held. Never rejects for what the database does.
   */
  check(options?: { readonly timeoutMs?: number }): Promise<DatabaseCheck>;
  /** How busy the connections are at this moment. */
  stats(): DatabaseStats;
  /**
   * Refuses new units (`CLOSED`), lets running ones end for at most `timeoutMs` (10,000) milliseconds, then closes the
   * connections. A second call answers the first one's promise.
   */
  close(options?: { readonly timeoutMs?: number }): Promise<void>;
}
