import type { DialectAdapter, Kysely } from '../kysely.ts';
import type { Engine } from './engine.ts';
/** Makes an engine known by the adapter of its dialect. */
export declare function registerEngine(adapter: DialectAdapter, engine: Engine): void;
/** The engine behind a Kysely, or a copy of it; `undefined` if it was not opened by `createDatabase`. */
export declare function engineOf(kysely: Kysely<never>): Engine | undefined;
