import { isResilientError, Refusal } from '@resilient/core';
import { SqliteError, sqliteCodeOf } from '../sqlite/sqlite-error.ts';
import { runHooks } from '../unit/attempt.ts';
import { type CurrentUnit, runInUnit } from '../unit/current-unit.ts';
import type { Judge } from '../unit/judge.ts';
import type { CommitSettings } from '../unit/options.ts';
import { type UnitContext, UnitScope } from '../unit/unit-context.ts';
import type { UnitFailure } from '../unit/unit-failure.ts';
import { UnitRuleError } from '../unit/unit-rule-error.ts';
import type { HandleEngine } from './handle-engine.ts';
import { pollLock } from './poll-lock.ts';
import type { SqliteTarget } from './sqlite-target.ts';

/** A unit on a bare handle, all attempts of it. */
export interface HandleCall<T> {
  readonly engine: HandleEngine;
  readonly work: (handle: SqliteTarget, unit: UnitContext) => T;
  readonly settings: CommitSettings;
  readonly judge: Judge;
  /** On the clock of the settings. */
  readonly deadline: number;
  readonly outer: CurrentUnit | undefined;
}

type Ended<T> = { readonly value: T } | { readonly failure: UnitFailure };

const SEEN = { hasSeen: (error: unknown): boolean => sqliteCodeOf(error) !== '' };

/** Runs a unit on a handle once, between two turns of the event loop: rejects as an attempt does. */
export async function runOnHandle<T>(call: HandleCall<T>, attempt: number): Promise<T> {
  const { settings, judge, deadline } = call;
  const { clock, signal } = settings;
  const scope = new UnitScope(attempt, deadline, signal);
  try {
    let ended: Ended<T>;
    try {
      ended = await pollLock(() => runOnce(call, scope), { clock, deadline, signal });
    } catch (error) {
      if (signal?.aborted) throw new Refusal('aborted', 'the caller gave up');
      throw isResilientError(error, 'TIMEOUT')
        ? judge.timeUp(error, 'begin')
        : judge.database(error, 'begin');
    }
    if ('failure' in ended) throw ended.failure;
    await runHooks(scope.end(), settings);
    return ended.value;
  } finally {
    scope.end();
    scope.release();
  }
}

/** Throws where the lock, or somebody else's transaction on the handle, is in the way: nothing has been done then. */
function runOnce<T>(call: HandleCall<T>, scope: UnitScope): Ended<T> {
  const { handle } = call.engine;
  const { readOnly } = call.settings;
  if (handle.inTransaction) throw new SqliteError('SQLITE_BUSY', 'the handle is in a transaction already');
  const waitMs = Number(handle.pragma('busy_timeout', { simple: true }));
  handle.pragma('busy_timeout = 0'); // a native wait stops the whole process
  try {
    if (readOnly) beginReading(handle);
    else handle.exec('begin immediate');
    return workAndCommit(call, scope);
  } finally {
    rollBack(handle);
    if (readOnly) handle.pragma('query_only = 0');
    handle.pragma(`busy_timeout = ${waitMs}`);
  }
}

/** BEGIN takes no lock; the first read does. */
function beginReading(handle: SqliteTarget): void {
  handle.exec('begin; select 1 from sqlite_schema limit 1');
  handle.pragma('query_only = 1');
}

function workAndCommit<T>(call: HandleCall<T>, scope: UnitScope): Ended<T> {
  const { engine, work, settings, judge, deadline, outer } = call;
  const { handle } = engine;
  let refused: Error | undefined;
  const fail = (error: Error): void => {
    refused ??= error;
  };
  const unit = { engine, open: true, outer, gate: undefined, scope, settings, deadline, fail };
  try {
    const value = runInUnit(unit, () => synchronous(work(handle, scope)));
    if (refused) throw refused;
    if (!handle.inTransaction) return { failure: judge.database(endedEarly(), 'work') };
    if (settings.clock.now() >= deadline) return { failure: judge.timeUp(undefined, 'work') };
    if (settings.signal?.aborted) return { failure: judge.aborted(settings.signal.reason) };
    return commit(handle, judge, value);
  } catch (error) {
    return { failure: judge.thrown(error, SEEN) };
  } finally {
    unit.open = false;
  }
}

function commit<T>(handle: SqliteTarget, judge: Judge, value: T): Ended<T> {
  try {
    handle.exec('commit');
    return { value };
  } catch (error) {
    const unknown = sqliteCodeOf(error).startsWith('SQLITE_IOERR');
    return { failure: unknown ? judge.unanswered(error) : judge.database(error, 'commit') };
  }
}

/**
 * Refuses an `async` function before anything is begun.
 *
 * @throws TypeError
 */
export function checkSynchronous(work: unknown): void {
  if (Object.prototype.toString.call(work) !== '[object AsyncFunction]') return;
  throw new TypeError(
    'expected `work` to be synchronous where the target is a Database of better-sqlite3, got an async function',
  );
}

function synchronous<T>(value: T): T {
  const then = (value as { then?: unknown } | null | undefined)?.then;
  if (typeof then !== 'function') return value;
  (value as unknown as PromiseLike<unknown>).then(undefined, () => {});
  throw new UnitRuleError(
    'work on a handle of better-sqlite3 answered a promise: it must be synchronous, and nothing was committed',
  );
}

function endedEarly(): SqliteError {
  return new SqliteError('SQLITE_ERROR', 'cannot commit: the transaction was ended inside of work');
}

function rollBack(handle: SqliteTarget): void {
  if (!handle.inTransaction) return;
  try {
    handle.exec('rollback');
  } catch {
    // an open iterator stands in the way: it is the caller's own, on his own handle
  }
}
