import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { checkDuration, checkKnown, publish, withoutDeadline } from '@resilient/core';
import type { OpenedEngine } from '../engine/opened.ts';
import { Kysely } from '../kysely.ts';
import { POOL_DEFAULTS } from '../pool/defaults.ts';
import { createSqliteEngine } from '../sqlite/create-sqlite-engine.ts';
import type { Database } from './database.ts';
import { type DatabaseLocation, readDatabaseUrl } from './database-url.ts';
import { OPEN_DEFAULTS } from './defaults.ts';
import { type CreateDatabaseOptions, type OpenSettings, openSettings } from './options.ts';

/**
 * Opens the database that `url` names: PostgreSQL or SQLite, behind one interface. SQLite is the default when nothing is
 * configured, never the refuge when PostgreSQL is down.
 *
 * @throws TypeError | RangeError (rejects) if an option is wrong; Error in one sentence, without credentials, if the
 * database cannot be opened, or not within `startupTimeoutMs`; TimeoutError `TIMEOUT` if a SQLite file stays locked for
 * `busyTimeoutMs`
 * @example
 * ```ts
 * import { createDatabase } from '@resilient/db';
 *
 * interface Schema {
 *   student: { id: number; xp: number };
 * }
 *
 * const db = await createDatabase<Schema>({ url: process.env.DATABASE_URL });
 * const students = await db.kysely.selectFrom('student').selectAll().execute();
 * await db.close();
 * ```
 */
export async function createDatabase<Schema>(options: CreateDatabaseOptions = {}): Promise<Database<Schema>> {
  const settings = openSettings(options);
  const location = await locate(settings);
  // What is opened here outlives the scope that it may be opened in.
  const opened = await withoutDeadline(() => openEngine(location, settings));
  const facts = { database: location.description, kind: location.kind };
  if (location.kind === 'sqlite') tellOfWorkers(location.description, settings.workers);
  if (settings.url === undefined)
    settings.logger.warn(facts, 'no database URL was given: a SQLite file is used');
  else settings.logger.info(facts, 'the database is open');
  return databaseOf<Schema>(opened);
}

/** A supervisor hears this, and warns once for all its workers: each has a queue and groups of its own. */
function tellOfWorkers(name: string, workers: number): void {
  if (workers < 2) return;
  const message = `${workers} workers have one SQLite file: the writer's queue and group commit are of each alone`;
  publish({ kind: 'warning', name, package: 'db', code: 'SQLITE_IN_WORKERS', message });
}

async function locate(settings: OpenSettings): Promise<DatabaseLocation> {
  if (settings.url !== undefined) return readDatabaseUrl(settings.url);
  if (settings.production) {
    throw new Error(
      "no database URL was given and NODE_ENV is production: set it, or say `url: 'sqlite:…'` if a file is meant",
    );
  }
  const location = readDatabaseUrl(OPEN_DEFAULTS.url);
  if (location.kind === 'sqlite') await mkdir(path.dirname(location.file), { recursive: true });
  return location;
}

async function openEngine(location: DatabaseLocation, settings: OpenSettings): Promise<OpenedEngine> {
  const { clock, logger, startupTimeoutMs, busyTimeoutMs, groupCommit, int8 } = settings;
  // whoever gives it knows which database is meant
  const onConnect = settings.onConnect as ((connection: unknown) => unknown) | undefined;
  if (location.kind === 'sqlite') {
    const { file } = location;
    return createSqliteEngine({
      file,
      preset: settings.sqlitePreset,
      busyTimeoutMs,
      groupCommit,
      witness: settings.witness,
      leakMs: settings.pool.leakMs ?? POOL_DEFAULTS.leakMs,
      int8,
      clock,
      logger,
      onConnect,
    });
  }
  // On demand: who runs on SQLite need not install `pg`.
  const { createPostgresEngine } = await import('../postgres/create-postgres-engine.ts');
  return createPostgresEngine({
    url: location.url,
    clock,
    logger,
    startupTimeoutMs,
    witness: settings.witness,
    int8,
    onConnect,
    ...settings.pool,
  });
}

function databaseOf<Schema>(opened: OpenedEngine): Database<Schema> {
  const close = (options: { readonly timeoutMs?: number } = {}): Promise<void> => {
    checkKnown('close', options, ['timeoutMs']);
    return opened.close({
      timeoutMs: checkDuration('timeoutMs', options.timeoutMs ?? OPEN_DEFAULTS.closeTimeoutMs),
    });
  };
  return {
    kysely: new Kysely<Schema>({ dialect: opened.dialect }),
    kind: opened.engine.kind,
    check: (options = {}) => {
      checkKnown('check', options, ['timeoutMs']);
      return opened.check({
        timeoutMs: checkDuration('timeoutMs', options.timeoutMs ?? OPEN_DEFAULTS.checkTimeoutMs),
      });
    },
    stats: () => opened.stats(),
    close,
    [Symbol.asyncDispose]: () => close(),
  };
}
