import { checkKnown, checkType, refuse } from '@resilient/core';
import type { SessionStore, StoreCallback } from '../store/types.ts';
import type { Kysely } from './kysely.ts';
import { type SessionDatabase, type SessionStoreOptions, settingsOf } from './options.ts';
import { Sessions } from './sessions.ts';
import { userIdText } from './user-id.ts';

/** A store of sessions in a database, in the shape that express-session and @fastify/session expect, and more. */
export interface KyselySessionStore extends SessionStore {
  touch(sessionId: string, session: object, callback?: StoreCallback): void;
  replace(sessionId: string, session: object, callback?: StoreCallback): void;
  /**
   * Logs a user out everywhere, but for the session with the id `except`; answers the number of sessions. Requests that
   * are under way do not bring them back. Throws a TypeError for what is no user's id.
   */
  destroyAllOf(userId: string | number, options?: { readonly except?: string | undefined }): Promise<number>;
  /** Answers what is stored, unread, 16 KiB at most: for `quarantine`. A row holds live credentials: never log it. */
  readRaw(sessionId: string): Promise<Uint8Array | undefined>;
  /**
   * Removes expired rows, unless another process does so or has done so lately; answers their number. It is called
   * after writes, at most every `pruneEveryMs`; by hand only where that is `Infinity`.
   */
  prune(): Promise<number>;
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
 * from `sessionStoreSql`), ids are stored as their SHA-256, expired sessions are not found and removed in the
 * background, and a session that did not change is written at most every `touchEveryMs`.
 *
 * Two requests that change one session at the same time are brought together key by key: each write compares the
 * revision that was read. What was destroyed meanwhile stays destroyed.
 *
 * Errors come through the callbacks: `SESSION_CORRUPT` for a row that is not JSON, `SESSION_TOO_LARGE` for a session
 * above `maxBytes`, `SESSION_CONFLICT` for a change of identity or authority that another request has made differently,
 * and what the database throws.
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
    destroyAllOf: async (userId, { except, ...rest } = {}) => {
      checkKnown('destroyAllOf', rest, []);
      const text = userIdText(userId);
      if (text === null) throw refuse('userId', 'a text of 1 to 255 characters, or a number', userId);
      if (except !== undefined) checkType('except', except, 'string');
      return sessions.destroyAllOf(text, except);
    },
    readRaw: (id) => sessions.readRaw(id),
    prune: () => sessions.prune(),
  };
}
