import { createHash } from 'node:crypto';
import { refuse, withoutDeadline } from '@resilient/core';
import { SessionCorruptError } from '../errors/session-corrupt-error.ts';
import { SessionTooLargeError } from '../errors/session-too-large-error.ts';
import type { SessionStore, StoreCallback } from '../store/types.ts';
import { type Kysely, sql } from './kysely.ts';
import { type SessionDatabase, type SessionStoreOptions, type StoreSettings, settingsOf } from './options.ts';
import { makeTable, type SessionRow } from './table.ts';

/** A store of sessions in a database, in the shape that express-session and @fastify/session expect. */
export interface KyselySessionStore extends SessionStore {
  touch(sessionId: string, session: object, callback?: StoreCallback): void;
  replace(sessionId: string, session: object, callback?: StoreCallback): void;
}

/** Only the hash is stored: who steals the table opens no session. */
const hashOf = (id: string): string => createHash('sha256').update(id).digest('hex');

/** The text without its cookie, whose `expires` changes with every request. */
function essence(text: string): string | undefined {
  try {
    const { cookie: _, ...rest } = JSON.parse(text) as Record<string, unknown>;
    return JSON.stringify(rest);
  } catch {
    return undefined;
  }
}

/** What healing may add to a row that is too large already, in bytes. */
const HEALING_BYTES = 1_024;

/** Tells whether a row was too large before (damage, a limit that was lowered): refusing it would lock its user out. */
function wasAsLarge(before: string, after: string, maxBytes: number): boolean {
  const bytes = Buffer.byteLength(before);
  return bytes > maxBytes && Buffer.byteLength(after) <= bytes + HEALING_BYTES;
}

/** A session that is not stored in this form. */
interface ChangedRow {
  readonly id: string;
  readonly data: string;
  readonly expires_at: number;
  readonly stored: SessionRow | undefined;
}

class Sessions {
  readonly #db: SessionDatabase;
  readonly #settings: StoreSettings;
  #ready: Promise<void> | undefined;

  constructor(db: SessionDatabase, settings: StoreSettings) {
    this.#db = db;
    this.#settings = settings;
  }

  async get(id: string): Promise<unknown> {
    const row = await this.#find(hashOf(id));
    if (row === undefined || this.#hasExpired(row)) return null;
    try {
      return JSON.parse(row.data) as unknown;
    } catch {
      throw new SessionCorruptError(); // the parser's own error quotes the text
    }
  }

  async set(id: string, session: object): Promise<void> {
    const { table, commit } = this.#settings;
    const row = await this.#changed(id, session);
    if (row === undefined) return;
    const { data, expires_at } = row;
    const rev = sql<number>`${sql.ref(`${table}.rev`)} + 1`;
    await commit<unknown>(this.#db, (trx: SessionDatabase) =>
      trx
        .insertInto(table)
        .values({ id: row.id, data, rev: 1, expires_at })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ data, rev, expires_at }))
        .execute(),
    );
  }

  /** Saves a session unless it is gone: one statement, so that a log-out elsewhere is not undone. */
  async replace(id: string, session: object): Promise<void> {
    const { table, commit } = this.#settings;
    const row = await this.#changed(id, session);
    if (row?.stored === undefined || this.#hasExpired(row.stored)) return;
    const { data, expires_at } = row;
    const rev = sql<number>`rev + 1`;
    await commit<unknown>(this.#db, (trx: SessionDatabase) =>
      trx.updateTable(table).set({ data, rev, expires_at }).where('id', '=', row.id).execute(),
    );
  }

  /**
   * What is to be written, beside what is stored; `undefined` if it is the same. Rolling sessions are saved with every
   * request: a row that would stay as it is is only read.
   */
  async #changed(id: string, session: object): Promise<ChangedRow | undefined> {
    const data = JSON.stringify(session);
    const key = hashOf(id);
    const expires_at = this.#expiryOf(session);
    const stored = await this.#find(key);
    const isFresh = stored !== undefined && this.#isFresh(stored, expires_at);
    if (isFresh && essence(stored.data) === essence(data)) return undefined;
    const bytes = Buffer.byteLength(data);
    const { maxBytes } = this.#settings;
    if (bytes > maxBytes && !wasAsLarge(stored?.data ?? '', data, maxBytes)) {
      throw new SessionTooLargeError(bytes, maxBytes);
    }
    return { id: key, data, expires_at, stored };
  }

  async destroy(id: string): Promise<void> {
    await this.#prepare();
    await this.#settings.commit<unknown>(this.#db, (trx: SessionDatabase) =>
      trx.deleteFrom(this.#settings.table).where('id', '=', hashOf(id)).execute(),
    );
  }

  async touch(id: string, session: object): Promise<void> {
    const key = hashOf(id);
    const expiresAt = this.#expiryOf(session);
    const stored = await this.#find(key);
    if (stored === undefined || this.#hasExpired(stored) || this.#isFresh(stored, expiresAt)) return;
    await this.#settings.commit<unknown>(this.#db, (trx: SessionDatabase) =>
      trx.updateTable(this.#settings.table).set({ expires_at: expiresAt }).where('id', '=', key).execute(),
    );
  }

  /** Makes the table once; tried again with the next call if it could not be made. */
  async #prepare(): Promise<void> {
    this.#ready ??= withoutDeadline(() => makeTable(this.#db, this.#settings.table));
    try {
      await this.#ready;
    } catch (error) {
      this.#ready = undefined;
      throw error;
    }
  }

  async #find(key: string): Promise<SessionRow | undefined> {
    await this.#prepare();
    return this.#db.selectFrom(this.#settings.table).selectAll().where('id', '=', key).executeTakeFirst();
  }

  #hasExpired(row: SessionRow): boolean {
    return Number(row.expires_at) <= this.#settings.clock.epochNow();
  }

  /** Tells whether a row lives nearly as long as it would after a write; short sessions are written more often. */
  #isFresh(row: SessionRow, expiresAt: number): boolean {
    const { clock, touchEveryMs } = this.#settings;
    const gained = expiresAt - Number(row.expires_at);
    return gained >= 0 && gained < Math.min(touchEveryMs, (expiresAt - clock.epochNow()) / 10);
  }

  #expiryOf(session: object): number {
    const { clock, ttlMs } = this.#settings;
    const expires = (session as { cookie?: { expires?: unknown } }).cookie?.expires;
    const at =
      expires instanceof Date || typeof expires === 'string' ? new Date(expires).getTime() : Number.NaN;
    return Math.round(Number.isNaN(at) ? clock.epochNow() + ttlMs : at);
  }
}

/** Hands a promise's end to a callback, outside the promise: what a host throws there is the host's. */
function answer<T>(work: Promise<T>, callback: StoreCallback<T> | undefined): void {
  work.then(
    (value) => queueMicrotask(() => callback?.(null, value)),
    (error: unknown) => queueMicrotask(() => callback?.(error)),
  );
}

/**
 * Makes a session store on a table of your database, SQLite or PostgreSQL. The table is made on first use (or by hand
 * from `sessionStoreSql`), ids are stored as their SHA-256, expired sessions are not found, and a session that did not
 * change is written at most every `touchEveryMs`.
 *
 * Errors come through the callbacks: `SESSION_CORRUPT` for a row that is not JSON, `SESSION_TOO_LARGE` for a session
 * above `maxBytes`, and what the database throws.
 *
 * @throws TypeError or RangeError naming the option, what was expected and what came
 * @example
 * ```ts
 * import { createSessionStore } from '@resilient/session/kysely';
 * import type { Kysely } from 'kysely';
 *
 * const storeFor = (db: Kysely<unknown>) => createSessionStore(db, { ttlMs: 7 * 86_400_000 });
 * ```
 */
export function createSessionStore<DB>(
  db: Kysely<DB>,
  options: SessionStoreOptions = {},
): KyselySessionStore {
  if (typeof (db as Partial<Kysely<DB>> | null | undefined)?.selectFrom !== 'function') {
    throw refuse('kysely', 'an instance of Kysely', db);
  }
  const sessions = new Sessions(db as unknown as SessionDatabase, settingsOf(options));
  return {
    get: (id, callback) => answer(sessions.get(id), callback),
    set: (id, session, callback) => answer(sessions.set(id, session), callback),
    destroy: (id, callback) => answer(sessions.destroy(id), callback),
    touch: (id, session, callback) => answer(sessions.touch(id, session), callback),
    replace: (id, session, callback) => answer(sessions.replace(id, session), callback),
  };
}
