import { type Clock, systemClock, TimeoutError, type Verdict } from '@resilient/core';
import { classifySqlite } from '../classify/sqlite.ts';
import type { Engine, OpenTransaction } from '../engine/engine.ts';
import type { SqliteTarget } from './sqlite-target.ts';

const LOCK_HELD: Verdict = { transient: false, kind: 'timeout', outcome: 'not-sent' };

/** Units on a bare handle: begun, worked and committed in one go, since all who hold it share its transaction. */
export class HandleEngine implements Engine {
  readonly kind = 'sqlite' as const;
  readonly clock: Clock = systemClock;
  readonly handle: SqliteTarget;

  constructor(handle: SqliteTarget) {
    this.handle = handle;
  }

  verdictOf(error: unknown): Verdict | undefined {
    return error instanceof TimeoutError ? LOCK_HELD : classifySqlite(error, this.clock.epochNow());
  }

  /** Units on a handle are begun by `runOnHandle`. */
  begin(): Promise<OpenTransaction> {
    return Promise.reject(new TypeError('a unit on a handle of better-sqlite3 is synchronous'));
  }
}

const engines = new WeakMap<SqliteTarget, HandleEngine>();

/** The engine of a handle, made at its first use. */
export function handleEngine(handle: SqliteTarget): HandleEngine {
  const known = engines.get(handle) ?? new HandleEngine(handle);
  engines.set(handle, known);
  return known;
}
