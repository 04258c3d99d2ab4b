import type { DialectAdapter, Kysely } from '../kysely.ts';
import type { Engine } from './engine.ts';

/** A dialect's adapter is the one object that all copies of a Kysely (`withSchema`, `withPlugin`) share. */
const engines = new WeakMap<DialectAdapter, Engine>();

/** Makes an engine known by the adapter of its dialect. */
export function registerEngine(adapter: DialectAdapter, engine: Engine): void {
  engines.set(adapter, engine);
}

/** The engine behind a Kysely, or a copy of it; `undefined` if it was not opened by `createDatabase`. */
export function engineOf(kysely: Kysely<never>): Engine | undefined {
  return engines.get(kysely.getExecutor().adapter);
}
