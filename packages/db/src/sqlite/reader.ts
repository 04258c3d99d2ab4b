import type { Clock, Logger } from '@resilient/core';
import type { IntegerForm } from '../engine/integer-form.ts';
import type { ConnectionHolder, ConnectionHost } from './connection-host.ts';
import type { SqliteHandle } from './handle.ts';
import type { LockWait } from './lock-wait.ts';
import type { Pacer } from './pacer.ts';
import { StatementCache } from './statement-cache.ts';

/** What every connection of a database has a part in. */
export interface ReaderParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly lock: LockWait;
  readonly pacer: Pacer;
  /** How integers of 64 bits are given out. */
  readonly int8?: IntegerForm;
}

/** One connection that can only read: it sees what has been committed when its statement or transaction begins. */
export class Reader implements ConnectionHost {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly lock: LockWait;
  readonly pacer: Pacer;
  readonly handle: SqliteHandle;
  readonly statements: StatementCache;
  holder: ConnectionHolder | undefined;
  readonly #onFree: (reader: Reader) => void;

  constructor(parts: ReaderParts, handle: SqliteHandle, onFree: (reader: Reader) => void) {
    this.clock = parts.clock;
    this.logger = parts.logger;
    this.lock = parts.lock;
    this.pacer = parts.pacer;
    this.handle = handle;
    this.statements = new StatementCache(handle, parts.int8);
    this.#onFree = onFree;
  }

  giveUp(): void {
    try {
      this.handle.close();
    } catch {
      // it is not used again
    }
  }

  giveBack(): void {
    this.#onFree(this);
  }
}
