/**
 * Sessions in a table of your own database, SQLite or PostgreSQL, through Kysely.
 *
 * @module
 */
export { createSessionStore, type KyselySessionStore } from './create-session-store.ts';
export type { OnConflict, SessionConflict } from './on-conflict.ts';
export type { SessionCommit, SessionStoreOptions } from './options.ts';
export { sessionStoreSql } from './table.ts';
