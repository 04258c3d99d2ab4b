import type { PostgresEngineOptions } from '../postgres/create-postgres-engine.ts';

const MINUTE_MS = 60_000;

/**
 * The pools by name. 30 s to get a connection, and a ping before a connection that was idle, hold for all of them.
 *
 * - `starter` — 5 connections, 10 more under load, replaced after 30 min: SQLAlchemy's `pool_size=5, max_overflow=10`,
 *   its defaults, with the recycling that its users add. Choose it on a small host (512 MB) or a small database plan.
 * - `standard` — 10, 5 more under load, replaced after 60 min: 15 at most, as six processes need them on a server that
 *   allows 97 (`max_connections` 100, less 3 for administrators). Choose it unless another one fits better.
 * - `elastic` — from 2, which are always open, to 20; idle ones are closed after 30 s: the `min: 2, max: 20` of pools
 *   such as tarn's. Choose it where load comes in bursts and connections cost in between.
 * - `single` — the sizes of `starter`, for one process that serves about four requests at a time and has the server to
 *   itself.
 * - `auto` — 80 % of what the server allows, divided by `replicas`, from 2 to 20: the rest is for migrations, backups
 *   and administrators. Choose it where the number of processes is known and the server's size is not.
 */
export const POOL_PRESETS: Readonly<Record<PoolPreset, Partial<PostgresEngineOptions>>> = {
  starter: { size: 5, overflow: 10, recycleMs: 30 * MINUTE_MS },
  standard: { size: 10, overflow: 5, recycleMs: 60 * MINUTE_MS },
  elastic: { size: 20, overflow: 0, min: 2, idleMs: 30_000, recycleMs: 30 * MINUTE_MS },
  single: { size: 5, overflow: 10, recycleMs: 30 * MINUTE_MS },
  auto: { share: { of: 0.8, min: 2, max: 20 }, recycleMs: 30 * MINUTE_MS },
};

/**
 * How many connections to PostgreSQL there are, by name.
 *
 * | preset | connections | choose it |
 * |---|---|---|
 * | `starter` | 5, 10 more under load | on a small host or database plan |
 * | `standard` | 10, 5 more under load | unless another one fits better |
 * | `elastic` | 2 to 20, 2 always open | for bursts |
 * | `single` | 5, 10 more under load | for one process that has the server to itself |
 * | `auto` | 2 to 20: 80 % of what the server allows, divided by `replicas` | where the number of processes is known |
 */
export type PoolPreset = 'starter' | 'standard' | 'elastic' | 'single' | 'auto';
