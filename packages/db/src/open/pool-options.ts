import { checkNumber, checkOneOf } from '@resilient/core';
import type { PostgresEngineOptions } from '../postgres/create-postgres-engine.ts';
import { OPEN_DEFAULTS } from './defaults.ts';
import { POOL_PRESETS, type PoolPreset } from './pool-presets.ts';

/**
 * Options of {@link createDatabase} for the connections to PostgreSQL; on SQLite all but `leakMs` are checked and left
 * unused.
 */
export interface PoolOptions {
  /**
   * How many connections there are.
   * @defaultValue `'standard'`
   */
  readonly preset?: PoolPreset;
  /**
   * Processes that share the server, an integer of at least 1: `auto` divides by it, and the start warns if all of them
   * together may open more connections than the server allows.
   * @defaultValue the variable `RESILIENT_REPLICAS`, else `1`
   */
  readonly replicas?: number;
  /**
   * Whether connections lead to PgBouncer, or another pooler, in transaction mode: then settings are made in each
   * transaction, and nothing is kept for a session. `'auto'` finds out at the start.
   * @defaultValue `'auto'`
   */
  readonly pgbouncer?: 'auto' | boolean;
  /**
   * The server ends a statement that takes longer, in milliseconds above 0; `Infinity` for its own setting.
   * @defaultValue `30_000`
   */
  readonly statementTimeoutMs?: number;
  /**
   * The server ends a statement that waits longer for a lock, in milliseconds above 0; `Infinity` for its own setting.
   * @defaultValue `10_000`
   */
  readonly lockTimeoutMs?: number;
  /**
   * The server ends a transaction in which nothing happens for longer, in milliseconds above 0; `Infinity` for its own
   * setting.
   * @defaultValue `60_000`
   */
  readonly idleInTransactionTimeoutMs?: number;
  /**
   * A connection that is not given back for longer is reported with who has it, in milliseconds above 0. On SQLite that
   * is the writer.
   * @defaultValue `60_000`
   */
  readonly leakMs?: number;
  /**
   * A statement that takes longer is logged without its parameters, and counted, in milliseconds above 0.
   * @defaultValue `500`
   */
  readonly slowQueryMs?: number;
}

/** The names of {@link PoolOptions}. */
export const POOL_OPTIONS: readonly (keyof PoolOptions)[] = [
  'preset',
  'replicas',
  'pgbouncer',
  'statementTimeoutMs',
  'lockTimeoutMs',
  'idleInTransactionTimeoutMs',
  'leakMs',
  'slowQueryMs',
];

/** The longest that the server's settings can hold. */
const SERVER_MAX_MS = 2 ** 31 - 1;

/** Checks them, and answers what the engine is to be opened with. */
export function poolSettings(
  options: PoolOptions,
  env: Readonly<Record<string, string | undefined>>,
): Partial<PostgresEngineOptions> {
  const preset = checkOneOf(
    'preset',
    options.preset ?? OPEN_DEFAULTS.preset,
    Object.keys(POOL_PRESETS) as PoolPreset[],
  );
  const limits = Object.fromEntries(
    (['statementTimeoutMs', 'lockTimeoutMs', 'idleInTransactionTimeoutMs', 'leakMs', 'slowQueryMs'] as const)
      .filter((name) => options[name] !== undefined)
      .map((name) => [
        name,
        checkNumber(name, options[name], { exclusiveMin: true, infinity: true, max: SERVER_MAX_MS }),
      ]),
  );
  return {
    ...POOL_PRESETS[preset],
    ...limits,
    replicas: replicasOf(options.replicas, env.RESILIENT_REPLICAS),
    pgbouncer: checkOneOf('pgbouncer', options.pgbouncer ?? 'auto', ['auto', true, false]),
    stacks: env.NODE_ENV !== 'production',
  };
}

function replicasOf(option: number | undefined, variable: string | undefined): number {
  if (option !== undefined) return checkNumber('replicas', option, { min: 1, integer: true });
  if (variable === undefined || variable.trim() === '') return 1;
  return checkNumber('RESILIENT_REPLICAS', Number(variable), { min: 1, integer: true });
}
