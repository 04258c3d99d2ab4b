import {
  type Clock,
  checkDuration,
  checkKnown,
  checkNumber,
  checkType,
  type Logger,
  loggerOf,
  refuse,
  systemClock,
} from '@resilient/core';
import { rulesOf } from '../shape/compiled-shape.ts';
import type { SessionShape } from '../shape/types.ts';
import { STORE_DEFAULTS } from './defaults.ts';
import type { Kysely } from './kysely.ts';
import type { OnConflict } from './on-conflict.ts';
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
  /**
   * The shape of the sessions: it tells which key is the user's id, and which keys two requests must never mix.
   * @defaultValue none
   */
  readonly shape?: SessionShape;
  /**
   * The key of a session whose value goes to the column `user_id`, for `destroyAllOf`.
   * @defaultValue the one identity key of `shape`; without a shape `'userId'`
   */
  readonly userIdKey?: string;
  /**
   * What becomes of a key that two requests changed at the same time: `'report'` keeps the value of the later one and
   * tells so, `'refuse'` fails its write with `SESSION_CONFLICT`, a function answers the value to keep. Identity and
   * authority of `shape` are always refused. @defaultValue `'report'`
   */
  readonly onConflict?: OnConflict;
  /** Expired rows are removed so often, by one process of all, in milliseconds; `Infinity` for never.
   * @defaultValue 300,000 */
  readonly pruneEveryMs?: number;
  /** @defaultValue the shared logger of `@resilient/core` */
  readonly logger?: Logger;
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
  readonly userIdKey: string;
  /** Keys that say who the user is. */
  readonly identity: readonly string[];
  /** Keys that say what the user may do. */
  readonly authority: readonly string[];
  /** Keys whose names may be told: those of the shape. */
  readonly names: ReadonlySet<string>;
  /** The defaults that healing puts in, by key. */
  readonly defaults: ReadonlyMap<string, () => unknown>;
  readonly onConflict: OnConflict;
  readonly pruneEveryMs: number;
  readonly logger: Logger;
  readonly clock: Clock;
}

const OPTIONS = [
  'table',
  'ttlMs',
  'touchEveryMs',
  'maxBytes',
  'commit',
  'shape',
  'userIdKey',
  'onConflict',
  'pruneEveryMs',
  'logger',
  'clock',
];

const plainly: SessionCommit = (db, work) => work(db);

function checkConflict(onConflict: OnConflict): OnConflict {
  if (onConflict === 'report' || onConflict === 'refuse' || typeof onConflict === 'function')
    return onConflict;
  throw refuse('onConflict', "'report', 'refuse' or a function", onConflict);
}

function keysOf({
  shape,
  userIdKey,
}: SessionStoreOptions): Pick<StoreSettings, 'userIdKey' | 'identity' | 'authority' | 'names' | 'defaults'> {
  if (userIdKey !== undefined) checkType('userIdKey', userIdKey, 'string');
  if (shape === undefined) {
    const key = userIdKey ?? STORE_DEFAULTS.userIdKey;
    return { userIdKey: key, identity: [key], authority: [], names: new Set([key]), defaults: new Map() };
  }
  const rules = rulesOf(shape);
  const identity = rules.identity.map(({ name }) => name);
  if (userIdKey === undefined && identity.length > 1) {
    throw refuse('userIdKey', `one of the identity keys (${identity.join(', ')})`, userIdKey);
  }
  return {
    userIdKey: userIdKey ?? identity[0] ?? STORE_DEFAULTS.userIdKey,
    identity,
    authority: rules.authority.map(({ name }) => name),
    names: rules.names,
    defaults: new Map(rules.preference.map(({ name, fresh }) => [name, fresh])),
  };
}

/** Checks options and fills in the defaults. */
export function settingsOf(options: SessionStoreOptions): StoreSettings {
  checkKnown('createSessionStore', options, OPTIONS);
  if (options.commit !== undefined) checkType('commit', options.commit, 'function');
  const { ttlMs, touchEveryMs, maxBytes, pruneEveryMs } = { ...STORE_DEFAULTS, ...defined(options) };
  return {
    table: checkTable(options.table ?? STORE_DEFAULTS.table),
    ttlMs: checkNumber('ttlMs', ttlMs, { exclusiveMin: true }),
    touchEveryMs: checkNumber('touchEveryMs', touchEveryMs),
    maxBytes: checkNumber('maxBytes', maxBytes, { min: 1, integer: true }),
    pruneEveryMs: checkDuration('pruneEveryMs', pruneEveryMs),
    commit: options.commit ?? plainly,
    ...keysOf(options),
    onConflict: checkConflict(options.onConflict ?? STORE_DEFAULTS.onConflict),
    logger: loggerOf(options.logger),
    clock: options.clock ?? systemClock,
  };
}

/** An option that is `undefined` counts as left out. */
function defined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}
