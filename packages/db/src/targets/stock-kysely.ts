import type { Engine } from '../engine/engine.ts';
import { type DialectAdapter, type Kysely, PostgresAdapter, SqliteAdapter } from '../kysely.ts';
import { StockOtherEngine } from './stock-other.ts';
import { guardExecutor } from './stock-parts.ts';
import { StockPostgresEngine } from './stock-postgres.ts';
import { StockSqliteEngine } from './stock-sqlite.ts';

/** A Kysely's adapter is the one object that all its copies share. */
const engines = new WeakMap<DialectAdapter, Engine>();

/** The engine of a Kysely with a dialect of the application's own, made at its first use. */
export function stockEngine(kysely: Kysely<never>): Engine {
  const executor = kysely.getExecutor();
  const { adapter } = executor;
  const known = engines.get(adapter);
  if (known) {
    guardExecutor(executor, () => known);
    return known;
  }
  const provide = guardExecutor(executor, () => engine);
  const engine: Engine =
    adapter instanceof PostgresAdapter
      ? new StockPostgresEngine(kysely, provide)
      : adapter instanceof SqliteAdapter
        ? new StockSqliteEngine(provide)
        : new StockOtherEngine(kysely, provide);
  engines.set(adapter, engine);
  return engine;
}
