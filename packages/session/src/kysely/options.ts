import { type Clock, checkKnown, checkNumber, checkType, systemClock } from '@resilient/core';
import type { Kysely } from './kysely.ts';
import { checkTable, type SessionRow } from './table.ts';

/** A database that holds the table of sessions, beside whatever else. */
export type SessionDatabase = Kysely<Record<string, SessionRow>>;

/**
 * How writes are run: `commit` of `@resilient/db`, or any function that runs `work` in a transaction and answers what
 * it answers.
 */
// biome-ignore lint/suspicious/noExplicitAny: any database, and any transaction on it
export type SessionCommit = <T>(db: any, work: (trx: any) => Promise<T>) => Promise<T>;

/** What {@link createSessionStore} takes. */
export interface SessionStoreOptions {
  /** Name of the table: letters, digits, underscores. @defaultValue `'session'` */
  readonly table?: string;
  /** How long a session lives whose cookie does not say, in milliseconds. @defaultValue 86,400,000: one day */
  readonly ttlMs?: number;
  /** A session that is used but not changed is written at most so often, in milliseconds. @defaultValue 60,000 */
  readonly touchEveryMs?: number;
  /** Largest session kept, in bytes of JSON; larger ones are refused. @defaultValue 65,536 */
  readonly maxBytes?: number;
  /** Runs each write. @defaultValue plain statements */
  readonly commit?: SessionCommit;
  /** @defaultValue the system's */
  readonly clock?: Clock;
}

/** Checked, with defaults. */
export interface StoreSettings {
  readonly table: string;
  readonly ttlMs: number;
  readonly touchEveryMs: number;
  readonly maxBytes: number;
  readonly commit: SessionCommit;
  readonly clock: Clock;
}

const OPTIONS = ['table', 'ttlMs', 'touchEveryMs', 'maxBytes', 'commit', 'clock'];

const plainly: SessionCommit = (db, work) => work(db);

/** Checks options and fills in the defaults. */
export function settingsOf(options: SessionStoreOptions): StoreSettings {
  checkKnown('createSessionStore', options, OPTIONS);
  if (options.commit !== undefined) checkType('commit', options.commit, 'function');
  return {
    table: checkTable(options.table ?? 'session'),
    ttlMs: checkNumber('ttlMs', options.ttlMs ?? 86_400_000, { exclusiveMin: true }),
    touchEveryMs: checkNumber('touchEveryMs', options.touchEveryMs ?? 60_000),
    maxBytes: checkNumber('maxBytes', options.maxBytes ?? 65_536, { min: 1, integer: true }),
    commit: options.commit ?? plainly,
    clock: options.clock ?? systemClock,
  };
}
