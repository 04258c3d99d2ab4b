import {
  type Clock,
  checkType,
  enclosingScope,
  endOf,
  goOnAfter,
  isObserved,
  publish,
} from '@resilient/core';
import type { Kysely } from '../kysely.ts';
import type { PgPoolTarget, PgUnit } from '../targets/pg-pool.ts';
import { checkSynchronous, runOnHandle } from '../targets/run-on-handle.ts';
import type { SqliteTarget } from '../targets/sqlite-target.ts';
import { targetOf } from '../targets/target-of.ts';
import { Attempt, type UnitCall, type Work } from './attempt.ts';
import { CommitError } from './commit-error.ts';
import { type CurrentUnit, enclosingUnit, openUnitOf } from './current-unit.ts';
import type { Gate } from './gate.ts';
import { joinUnit } from './join.ts';
import { Judge } from './judge.ts';
import { type CommitOptions, type CommitSettings, commitSettings } from './options.ts';
import { planOf } from './plan.ts';
import type { UnitContext } from './unit-context.ts';

/**
 * How a unit of work ended; `attempts` is the number of times that it was run. `joined` if it was a part of another one:
 * it is committed when that one is.
 */
export type CommitResult<T> =
  | { readonly ok: true; readonly value: T; readonly attempts: number; readonly joined?: true }
  | { readonly ok: false; readonly error: CommitError; readonly attempts: number; readonly joined?: true };

function tell(
  settings: CommitSettings,
  startedAt: number,
  clock: Clock,
  attempts: number,
  error?: CommitError,
): void {
  if (!isObserved('commit')) return;
  publish({
    kind: 'commit',
    name: settings.name,
    package: 'db',
    result: !error ? 'committed' : error.code === 'OUTCOME_UNKNOWN' ? 'unknown' : 'failed',
    attempts,
    durationMs: clock.now() - startedAt,
    ...(error ? { code: error.code } : undefined),
  });
}

function log(settings: CommitSettings, error: CommitError, attempts: number): void {
  const { code, sqlState, constraint, table, xid } = error;
  const facts = { name: settings.name, code, sqlState, constraint, table, xid, attempts };
  const bug = code === 'WORK_FAILED' && error.attempts.at(-1)?.kind === 'bug';
  if (bug || code === 'OUTCOME_UNKNOWN') settings.logger.error(facts, error.message);
  else settings.logger.warn(facts, error.message);
}

/** `work` for whichever target: what it is given has been inferred by then. */
type AnyWork<T> = (handle: never, unit: UnitContext) => T | PromiseLike<T>;

/** A value that is no promise: what `work` may answer where it is synchronous. */
type Plain<T> = T extends PromiseLike<unknown> ? never : unknown;

/** A part of another unit: what that one cannot go on after is thrown, so that its `work` ends as well. */
async function join<T>(
  outer: CurrentUnit,
  settings: CommitSettings,
  start: (gate: Gate, unit: UnitContext) => T | PromiseLike<T>,
  report: typeof log | undefined,
): Promise<CommitResult<T>> {
  try {
    return { ok: true, value: await joinUnit(outer, settings, start), attempts: 1, joined: true };
  } catch (error) {
    if (!(error instanceof CommitError)) throw error;
    report?.(settings, error, 1);
    return { ok: false, error, attempts: 1, joined: true };
  }
}

async function run<T>(
  target: unknown,
  work: AnyWork<T>,
  options: CommitOptions | undefined,
  report: typeof log | undefined,
): Promise<CommitResult<T>> {
  const found = targetOf(target);
  const engine = 'synchronous' in found ? found.synchronous : found.engine;
  checkType('work', work, 'function');
  if ('synchronous' in found) checkSynchronous(work);
  const settings = commitSettings(options, engine);
  const handleOn = 'synchronous' in found ? () => found.synchronous.handle : found.handleOn;
  const joined = openUnitOf(engine);
  if (joined) return join(joined, settings, (gate, unit) => work(handleOn(gate) as never, unit), report);
  const { clock } = settings;
  const startedAt = clock.now();
  const scope = enclosingScope();
  const deadline = Math.min(startedAt + settings.timeoutMs, endOf(scope, clock));
  const call: UnitCall<never, T> = {
    engine,
    handleOn: handleOn as never,
    work: work as Work<never, T>,
    settings,
    judge: new Judge(engine, settings),
    deadline,
    scope,
    outer: enclosingUnit(),
  };
  const attempt = (number: number): Promise<T> =>
    'synchronous' in found
      ? runOnHandle<T>({ ...call, engine: found.synchronous, work: work as never }, number)
      : new Attempt(call, number, settings.groupCommit ? undefined : 'wanted').run();
  let attempts = 1;
  try {
    let value: T;
    try {
      value = await attempt(1);
    } catch (error) {
      const plan = planOf(settings, deadline, (made) => {
        attempts = made;
      });
      const next = (number: number): Promise<T> => {
        attempts = number;
        return attempt(number);
      };
      value = await goOnAfter(plan, next, error, startedAt);
    }
    tell(settings, startedAt, clock, attempts);
    return { ok: true, value, attempts };
  } catch (error) {
    const failed = error as CommitError; // the plan makes no other
    tell(settings, startedAt, clock, attempts, failed);
    report?.(settings, failed, attempts);
    return { ok: false, error: failed, attempts };
  }
}

/**
 * Runs a unit of work in a transaction and commits it once, or not at all, and says which; the whole unit is run again
 * while it meets failures that another run may cure (deadlock, serialization, lost connection, lock). It never throws for
 * what the database does, or `work`: look at `ok`.
 *
 * `work` must do everything on the transaction that it is given, and may run more than once: what must happen once, such
 * as sending an e-mail, belongs into `onCommit`.
 *
 * Inside another unit on the same database it becomes a part of that one, by a savepoint. It rejects there with what the
 * outer unit cannot go on after, such as a deadlock: the outer one is run again as a whole.
 *
 * @throws TypeError | RangeError (rejects) if the target or an option is wrong; Error inside a unit that it may not join
 * @example
 * ```ts
 * import { createDatabase, safeCommit } from '@resilient/db';
 *
 * interface Schema { student: { id: number; xp: number } }
 *
 * const db = await createDatabase<Schema>({ url: 'sqlite::memory:' });
 * const saved = await safeCommit(db.kysely, async (trx) => {
 *   const s = await trx.selectFrom('student').select('xp').where('id', '=', 1).forUpdate().executeTakeFirstOrThrow();
 *   await trx.updateTable('student').set({ xp: s.xp + 10 }).where('id', '=', 1).execute();
 *   return s.xp + 10;
 * }, { maxRetries: 3, timeoutMs: 30_000 });
 *
 * console.log(saved.ok ? `Progress saved: ${saved.value}` : 'Failed to save progress. Please try again.');
 * ```
 */
export function safeCommit<DB, T>(
  target: Kysely<DB>,
  work: Work<DB, T>,
  options?: CommitOptions,
): Promise<CommitResult<Awaited<T>>>;
/** On a `pg.Pool`: `work` gets `query` alone. */
export function safeCommit<T>(
  target: PgPoolTarget,
  work: (unit: PgUnit, context: UnitContext) => T | PromiseLike<T>,
  options?: CommitOptions,
): Promise<CommitResult<Awaited<T>>>;
/** On a `Database` of better-sqlite3: `work` gets it, and must be synchronous. */
export function safeCommit<H extends SqliteTarget, T>(
  target: H,
  work: (handle: H, context: UnitContext) => T & Plain<T>,
  options?: CommitOptions,
): Promise<CommitResult<T>>;
export function safeCommit(
  target: unknown,
  work: AnyWork<unknown>,
  options?: CommitOptions,
): Promise<CommitResult<unknown>> {
  return run(target, work, options, log);
}

/**
 * The same as {@link safeCommit}, but answers the value itself and throws a {@link CommitError}.
 *
 * @throws TypeError | RangeError (rejects) if the target or an option is wrong; Error inside a unit that it may not join
 * @throws CommitError (rejects) with the codes listed there
 * @example
 * ```ts
 * import { commit, createDatabase } from '@resilient/db';
 *
 * interface Schema { note: { text: string } }
 *
 * const db = await createDatabase<Schema>({ url: 'sqlite::memory:' });
 * await commit(db.kysely, (trx) => trx.insertInto('note').values({ text: 'kept' }).execute());
 * ```
 */
export function commit<DB, T>(
  target: Kysely<DB>,
  work: Work<DB, T>,
  options?: CommitOptions,
): Promise<Awaited<T>>;
/** On a `pg.Pool`: `work` gets `query` alone. */
export function commit<T>(
  target: PgPoolTarget,
  work: (unit: PgUnit, context: UnitContext) => T | PromiseLike<T>,
  options?: CommitOptions,
): Promise<Awaited<T>>;
/** On a `Database` of better-sqlite3: `work` gets it, and must be synchronous. */
export function commit<H extends SqliteTarget, T>(
  target: H,
  work: (handle: H, context: UnitContext) => T & Plain<T>,
  options?: CommitOptions,
): Promise<T>;
export async function commit(
  target: unknown,
  work: AnyWork<unknown>,
  options?: CommitOptions,
): Promise<unknown> {
  const result = await run(target, work, options, undefined);
  if (!result.ok) throw result.error;
  return result.value;
}
