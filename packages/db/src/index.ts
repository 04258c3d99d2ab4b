/**
 * A unit of work is committed once, or not at all, and the caller is told which.
 *
 * @module
 */
export { classifyPostgres } from './classify/postgres.ts';
export { classifySqlite } from './classify/sqlite.ts';
export type { EngineKind } from './engine/engine.ts';
export type { IntegerForm } from './engine/integer-form.ts';
export type { DatabaseCheck, DatabaseStats } from './engine/opened.ts';
export {
  PoolError,
  type PoolErrorCode,
  type PoolErrorOptions,
  type PoolHolder,
} from './engine/pool-error.ts';
export { createDatabase } from './open/create-database.ts';
export type { Database } from './open/database.ts';
export type { CreateDatabaseOptions } from './open/options.ts';
export type { PoolOptions } from './open/pool-options.ts';
export type { PoolPreset } from './open/pool-presets.ts';
export type { PgSession } from './postgres/pg-session.ts';
export { type ProtectableClient, type ProtectablePool, protectPool } from './postgres/protect-pool.ts';
export { witnessSql } from './settle/witness.ts';
export type { SqliteHandle, SqliteStatement } from './sqlite/handle.ts';
export type { SqlitePreset } from './sqlite/presets.ts';
export { type TunableHandle, tuneSqlite } from './sqlite/tune-sqlite.ts';
export type { PgPoolTarget, PgUnit, PgUnitResult } from './targets/pg-pool.ts';
export type { SqliteTarget } from './targets/sqlite-target.ts';
export type { Work } from './unit/attempt.ts';
export { CommitError, type CommitErrorCode, type CommitFacts } from './unit/commit-error.ts';
export { outsideUnit } from './unit/current-unit.ts';
export type { CommitOptions, UnitIsolation } from './unit/options.ts';
export { type CommitResult, commit, safeCommit } from './unit/safe-commit.ts';
export type { UnitContext } from './unit/unit-context.ts';
