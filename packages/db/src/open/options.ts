import {
  type Clock,
  checkDuration,
  checkKnown,
  checkOneOf,
  checkType,
  type Logger,
  loggerOf,
  systemClock,
} from '@resilient/core';
import type { IntegerForm } from '../engine/integer-form.ts';
import type { PostgresEngineOptions } from '../postgres/create-postgres-engine.ts';
import type { PgSession } from '../postgres/pg-session.ts';
import type { SqliteHandle } from '../sqlite/handle.ts';
import { SQLITE_PRESETS, type SqlitePreset } from '../sqlite/presets.ts';
import { OPEN_DEFAULTS } from './defaults.ts';
import { POOL_OPTIONS, type PoolOptions, poolSettings } from './pool-options.ts';

/** Options of {@link createDatabase}; those of the engine that is not in use are checked and left unused. */
export interface CreateDatabaseOptions extends PoolOptions {
  /**
   * Where the database is: `postgres://…`, `postgresql://…`, `sqlite:path`, `file:path` or `:memory:`. Empty or left out
   * counts as none given, which is refused where `NODE_ENV` is `production`.
   * @defaultValue `'sqlite:./data/app.db'`
   */
  readonly url?: string | undefined;
  /**
   * What a COMMIT on SQLite waits for; change it where the last commits may be lost with the machine.
   * @defaultValue `'durable'`
   */
  readonly sqlitePreset?: SqlitePreset;
  /**
   * How long the lock of a SQLite file is waited for, in milliseconds, above 0; then `TIMEOUT`. The event loop is free
   * meanwhile.
   * @defaultValue `20_000`
   */
  readonly busyTimeoutMs?: number;
  /**
   * Whether units of work that wait for a SQLite file are committed together, each undone alone if it fails: one wait for
   * the disk serves them all. Switch it off if no unit may run twice at a time.
   * @defaultValue `true`
   */
  readonly groupCommit?: boolean;
  /**
   * How long a PostgreSQL that does not answer yet is waited for at the start, in milliseconds, above 0.
   * @defaultValue `30_000`
   */
  readonly startupTimeoutMs?: number;
  /**
   * Makes the table `resilient_witness` at the start, and lets every unit of work write a row there, by which a lost
   * COMMIT is settled even after a crash of the server or a fail-over, and on SQLite one that ended in an error of the
   * disk. Rows are removed after 24 hours.
   * @defaultValue `false`
   */
  readonly witness?: boolean;
  /**
   * How columns of 64 bits and counts are given out: `number`, with an error for one beyond 2^53, or `bigint` or `string`.
   * On SQLite, where all integers have 64 bits, those in columns declared `bigint` or `int8`, and in expressions.
   * @defaultValue `'number'`
   */
  readonly int8?: IntegerForm;
  /**
   * Called with every new connection before its first use, a {@link SqliteHandle} or a {@link PgSession}: for functions
   * and extensions of the one, `SET` of the other. What it throws refuses the connection, at the start the whole database.
   * Behind PgBouncer in transaction mode, where nothing can be kept for a session, it is refused.
   */
  onConnect?(connection: SqliteHandle | PgSession): unknown;
  /** @defaultValue the shared logger of `@resilient/core` */
  readonly logger?: Logger;
  /** @defaultValue the system's */
  readonly clock?: Clock;
  /**
   * Where `NODE_ENV`, `RESILIENT_REPLICAS` and `RESILIENT_WORKERS` are read.
   * @defaultValue `process.env`
   */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** The options of `createDatabase` with their defaults. */
export interface OpenSettings {
  /** `undefined` if none was given. */
  readonly url: string | undefined;
  readonly pool: Partial<PostgresEngineOptions>;
  readonly sqlitePreset: SqlitePreset;
  readonly busyTimeoutMs: number;
  readonly groupCommit: boolean;
  readonly startupTimeoutMs: number;
  readonly witness: boolean;
  readonly int8: IntegerForm;
  readonly onConnect: ((connection: never) => unknown) | undefined;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly production: boolean;
  /** How many workers a supervisor says it has: `RESILIENT_WORKERS`. */
  readonly workers: number;
}

const KNOWN = [
  'url',
  ...POOL_OPTIONS,
  'sqlitePreset',
  'busyTimeoutMs',
  'groupCommit',
  'startupTimeoutMs',
  'witness',
  'int8',
  'onConnect',
  'logger',
  'clock',
  'env',
];

const INTEGER_FORMS: readonly IntegerForm[] = ['number', 'bigint', 'string'];

/** Checks the options and fills in the defaults. */
export function openSettings(options: CreateDatabaseOptions): OpenSettings {
  checkKnown('createDatabase', options, KNOWN);
  const { url, onConnect, env = process.env } = options;
  // Not shown as it is: it may hold a password.
  if (url !== undefined && typeof url !== 'string')
    throw new TypeError(`expected \`url\` to be a string, got ${typeof url}`);
  if (onConnect !== undefined) checkType('onConnect', onConnect, 'function');
  checkType('env', env, 'object');
  return {
    url: url === undefined || url.trim() === '' ? undefined : url.trim(),
    pool: poolSettings(options, env),
    sqlitePreset: checkOneOf(
      'sqlitePreset',
      options.sqlitePreset ?? OPEN_DEFAULTS.sqlitePreset,
      namesOf(SQLITE_PRESETS),
    ),
    busyTimeoutMs: checkDuration('busyTimeoutMs', options.busyTimeoutMs ?? OPEN_DEFAULTS.busyTimeoutMs),
    groupCommit: checkType('groupCommit', options.groupCommit ?? OPEN_DEFAULTS.groupCommit, 'boolean'),
    startupTimeoutMs: checkDuration(
      'startupTimeoutMs',
      options.startupTimeoutMs ?? OPEN_DEFAULTS.startupTimeoutMs,
    ),
    witness: checkType('witness', options.witness ?? false, 'boolean'),
    int8: checkOneOf('int8', options.int8 ?? 'number', INTEGER_FORMS),
    onConnect,
    logger: loggerOf(options.logger),
    clock: options.clock ?? systemClock,
    production: env.NODE_ENV === 'production',
    workers: Number(env.RESILIENT_WORKERS ?? 1),
  };
}

function namesOf<T extends object>(presets: T): (keyof T & string)[] {
  return Object.keys(presets) as (keyof T & string)[];
}
