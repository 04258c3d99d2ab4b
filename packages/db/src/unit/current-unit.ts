import { AsyncLocalStorage } from 'node:async_hooks';
import { checkType } from '@resilient/core';
import type { Engine } from '../engine/engine.ts';
import type { Gate } from './gate.ts';
import type { CommitSettings } from './options.ts';
import type { UnitScope } from './unit-context.ts';
import { UnitRuleError } from './unit-rule-error.ts';

/** A unit of work that code runs in. */
export interface CurrentUnit {
  readonly engine: Engine;
  /** `false` once the unit has ended: a timer that it left behind keeps its context. */
  readonly open: boolean;
  /** The unit that it was begun in, on this database or on another. */
  readonly outer: CurrentUnit | undefined;
  /** Where its statements pass; none where `work` is synchronous. */
  readonly gate: Gate | undefined;
  readonly scope: UnitScope;
  readonly settings: CommitSettings;
  /** On the clock of the settings. */
  readonly deadline: number;
  /** Makes the unit fail, where a part of it was refused that nobody could wait for. */
  readonly fail?: (error: Error) => void;
}

const units = new AsyncLocalStorage<CurrentUnit | undefined>();

/** Runs work as part of a unit. */
export function runInUnit<T>(unit: CurrentUnit, work: () => T): T {
  return units.run(unit, work);
}

/** The unit that the caller's context was made in, ended or not. */
export function enclosingUnit(): CurrentUnit | undefined {
  return units.getStore();
}

/** The innermost open unit of this engine that the caller runs in, if any. */
export function openUnitOf(engine: Engine): CurrentUnit | undefined {
  for (let unit = units.getStore(); unit; unit = unit.outer) {
    if (unit.open && unit.engine === engine) return unit;
  }
  return undefined;
}

/** The gates of the open units that the caller runs in, from the inside out. */
export function* openGates(): Generator<Gate> {
  for (let unit = units.getStore(); unit; unit = unit.outer) {
    if (unit.open && unit.gate) yield unit.gate;
  }
}

/**
 * Runs `work` outside of the unit that the caller is in: what it does on the database is committed, or not, whatever
 * becomes of the unit. Do not wait for it inside the unit where it needs what the unit holds: a row on PostgreSQL, the
 * one writer on SQLite.
 *
 * @throws TypeError if `work` is no function
 * @example
 * ```ts
 * import { createDatabase, outsideUnit, safeCommit } from '@resilient/db';
 *
 * interface Schema { audit: { text: string }; note: { text: string } }
 *
 * const db = await createDatabase<Schema>({ url: 'sqlite::memory:' });
 * await safeCommit(db.kysely, async (trx) => {
 *   void outsideUnit(() => safeCommit(db.kysely, (own) => own.insertInto('audit').values({ text: 'tried' }).execute()));
 *   await trx.insertInto('note').values({ text: 'kept' }).execute();
 * });
 * ```
 */
export function outsideUnit<T>(work: () => T): T {
  checkType('work', work, 'function');
  return units.run(undefined, work);
}

/**
 * Refuses a connection outside of the unit that the caller runs in: on SQLite it would wait for ever for the lock that
 * the unit holds, on PostgreSQL it reads other data and drains the pool.
 *
 * @throws Error naming what to use instead
 */
export function refuseOuterHandle(engine: Engine): void {
  if (openUnitOf(engine)) throw outerHandleError();
}

/** What the use of the outer handle inside a unit is refused with. */
export function outerHandleError(): Error {
  return new UnitRuleError(
    'the database handle was used inside a unit of work on the same database: use the transaction that `work` is given, or `outsideUnit`',
  );
}
