import { AsyncLocalStorage } from 'node:async_hooks';
import type { Engine } from '../engine/engine.ts';
import { UnitRuleError } from './unit-rule-error.ts';

/** A unit of work that code runs in. */
export interface CurrentUnit {
  readonly engine: Engine;
  /** `false` once the unit has ended: a timer that it left behind keeps its context. */
  readonly open: boolean;
}

const units = new AsyncLocalStorage<CurrentUnit | undefined>();

/** Runs work as part of a unit. */
export function runInUnit<T>(unit: CurrentUnit, work: () => T): T {
  return units.run(unit, work);
}

/** The open unit of this engine that the caller runs in, if any. */
export function openUnitOf(engine: Engine): CurrentUnit | undefined {
  const unit = units.getStore();
  return unit?.open && unit.engine === engine ? unit : undefined;
}

/**
 * Refuses a connection outside of the unit that the caller runs in: on SQLite it would wait for ever for the lock that
 * the unit holds, on PostgreSQL it reads other data and drains the pool.
 *
 * @throws Error naming what to use instead
 */
export function refuseOuterHandle(engine: Engine): void {
  if (!openUnitOf(engine)) return;
  throw new UnitRuleError(
    'the database handle was used inside a unit of work on the same database: use the transaction that `work` is given',
  );
}
