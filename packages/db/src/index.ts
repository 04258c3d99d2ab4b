/**
 * A unit of work is committed once, or not at all, and the caller is told which.
 *
 * @module
 */
export type { EngineKind } from './engine/engine.ts';
export type { DatabaseCheck, DatabaseStats } from './engine/opened.ts';
export { PoolError } from './engine/pool-error.ts';
export { createDatabase } from './open/create-database.ts';
export type { Database } from './open/database.ts';
export type { CreateDatabaseOptions, PoolPreset } from './open/options.ts';
export type { SqliteHandle, SqliteStatement } from './sqlite/handle.ts';
export type { SqlitePreset } from './sqlite/presets.ts';
