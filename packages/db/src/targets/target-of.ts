import { engineOf } from '../engine/registry.ts';
import { Kysely } from '../kysely.ts';
import { handleEngine } from './handle-engine.ts';
import { transactionOn } from './own-kysely.ts';
import { isPgPool } from './pg-pool.ts';
import { pgPoolEngine, pgUnitOn } from './pg-pool-engine.ts';
import { isSqliteTarget } from './sqlite-target.ts';
import { stockEngine } from './stock-kysely.ts';
import { controlledOn } from './stock-transaction.ts';
import type { UnitTarget } from './target.ts';

const ACCEPTED =
  'the `kysely` of a database opened by createDatabase(), a Kysely of your own, a pg.Pool or a Database of better-sqlite3';

/**
 * Understands what `safeCommit` was given.
 *
 * @throws TypeError that says what is accepted
 */
export function targetOf(target: unknown): UnitTarget {
  if (target instanceof Kysely) {
    if (target.isTransaction)
      throw new TypeError('expected the target to be the `kysely` of a database, got a transaction of it');
    const own = engineOf(target as Kysely<never>);
    if (own) return { engine: own, handleOn: (gate) => transactionOn(target, own, gate) };
    return { engine: stockEngine(target as Kysely<never>), handleOn: (gate) => controlledOn(target, gate) };
  }
  if (isPgPool(target)) return { engine: pgPoolEngine(target), handleOn: pgUnitOn };
  if (isSqliteTarget(target)) return { synchronous: handleEngine(target) };
  throw new TypeError(`expected the target to be ${ACCEPTED}`);
}
