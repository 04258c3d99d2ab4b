import type { Clock, Logger } from '@resilient/core';
import type { GiveWay } from './give-way.ts';
import type { SqliteHandle } from './handle.ts';
import type { LockWait } from './lock-wait.ts';
import type { Pacer } from './pacer.ts';
import type { SlowHolder } from './slow-holder.ts';
import type { StatementCache } from './statement-cache.ts';
import type { WatchedHolder } from './writer-watch.ts';

/** Whoever has a connection. */
export interface ConnectionHolder extends WatchedHolder {
  release(): void;
}

/** One open connection to a database, which callers have one after the other. */
export interface ConnectionHost {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly lock: LockWait;
  readonly pacer: Pacer;
  /** Fairness between processes; only where there is a lock to take. */
  readonly giveWay?: GiveWay | undefined;
  /** Told of pauses between statements; only where they make others wait. */
  readonly slowHolder?: SlowHolder | undefined;
  readonly handle: SqliteHandle;
  readonly statements: StatementCache;
  /** Whoever has the connection, so that it can be taken from him at the end. */
  holder: ConnectionHolder | undefined;
  /** Gives up a connection of which nobody knows what state it is in; the next holder gets another. */
  giveUp(): void;
  /** Looks at a statement that was run and is no plain query. */
  noteDefinition?(sql: string): void;
  /** Lets the next caller have it. */
  giveBack(): void;
}
