import {
  DeadlineError,
  type DeadlineScope,
  endOf,
  isResilientError,
  type Logger,
  Refusal,
  runLimited,
  TimeoutError,
} from '@resilient/core';
import type { BeginRequest, Engine, OpenTransaction, SharedTransaction } from '../engine/engine.ts';
import { PoolError } from '../engine/pool-error.ts';
import type { Transaction } from '../kysely.ts';
import { type CurrentUnit, openGates, runInUnit } from './current-unit.ts';
import { COMMIT_RESERVE_MS } from './defaults.ts';
import { describeThrown } from './explain.ts';
import { Gate, type GateClosing, type LeftBehind } from './gate.ts';
import type { Judge } from './judge.ts';
import type { CommitSettings } from './options.ts';
import { type UnitContext, UnitScope } from './unit-context.ts';
import type { UnitFailure } from './unit-failure.ts';
import { UnitRuleError } from './unit-rule-error.ts';
import { SET_ASIDE, WITHDRAWN } from './withdrawn.ts';

/** The caller's function. */
export type Work<DB, T> = (trx: Transaction<DB>, unit: UnitContext) => T | PromiseLike<T>;

/** What all attempts of one call have in common. */
export interface UnitCall<DB, T> {
  readonly engine: Engine;
  /** What `work` is given: whatever it sends passes the gate. */
  readonly handleOn: (gate: Gate) => Transaction<DB>;
  readonly work: Work<DB, T>;
  readonly settings: CommitSettings;
  readonly judge: Judge;
  /** On the clock of the settings. */
  readonly deadline: number;
  /** The enclosing `withDeadline`, looked up when the call began: a timer's callback runs in none. */
  readonly scope: DeadlineScope | undefined;
  /** The unit of another database that the call was made in, or one that has ended. */
  readonly outer: CurrentUnit | undefined;
}

/** How one attempt's transaction is to be opened. */
class UnitRequest implements BeginRequest {
  readonly isolation: BeginRequest['isolation'];
  readonly readOnly: boolean;
  readonly deadline: number;
  readonly callerSignal: AbortSignal | undefined;
  readonly alone: BeginRequest['alone'];
  readonly name: string;
  readonly settleMs: number;
  readonly witness: boolean;
  readonly #scope: UnitScope;

  constructor(
    call: Pick<UnitCall<never, unknown>, 'engine' | 'settings' | 'deadline'>,
    scope: UnitScope,
    alone: BeginRequest['alone'],
  ) {
    const { engine, settings, deadline } = call;
    const { clock } = settings;
    this.isolation = settings.isolation;
    this.readOnly = settings.readOnly;
    // the engine measures on its own clock
    this.deadline = clock === engine.clock ? deadline : engine.clock.now() + deadline - clock.now();
    this.callerSignal = settings.signal;
    this.alone = alone;
    this.name = settings.name;
    this.settleMs = settings.settleMs;
    this.witness = settings.witness;
    this.#scope = scope;
  }

  get signal(): AbortSignal {
    return this.#scope.signal;
  }
}

/** One attempt under way: its transaction, its gate and its time. */
export class Attempt<DB, T> {
  readonly #call: UnitCall<DB, T>;
  readonly #alone: BeginRequest['alone'];
  readonly #scope: UnitScope;
  readonly #unit: { -readonly [K in keyof CurrentUnit]: CurrentUnit[K] };
  #timeUp: Error | undefined;
  /** What `work` left under way; set when it has ended. */
  #left: LeftBehind | undefined;
  /** Set while the attempt has a shorter limit than the call. */
  #ownMs: number | undefined;

  constructor(call: UnitCall<DB, T>, number: number, alone: BeginRequest['alone']) {
    this.#call = call;
    this.#alone = alone;
    this.#scope = new UnitScope(number, call.deadline, call.settings.signal);
    const { engine, settings, deadline, outer } = call;
    this.#unit = { engine, open: true, outer, gate: undefined, scope: this.#scope, settings, deadline };
  }

  /**
   * Runs the unit once, and again if it was given up for other units. Rejects with a `UnitFailure`, or with a `Refusal`
   * if it could not begin.
   */
  async run(): Promise<T> {
    const { engine, settings, judge } = this.#call;
    try {
      if (settings.signal?.aborted) throw this.#gaveUp();
      let transaction: OpenTransaction;
      try {
        transaction = await engine.begin(new UnitRequest(this.#call, this.#scope, this.#alone));
      } catch (error) {
        throw this.#notBegun(error);
      }
      const gate = new Gate(transaction, openGates);
      this.#unit.gate = gate;
      let value: T;
      try {
        value = await this.#start(transaction, gate);
      } catch (error) {
        throw await this.#failed(error, transaction, gate);
      }
      const left = this.#left ?? gate.close(SILENCE);
      if (left.names.length > 0 || gate.doomed) throw await this.#unfit(left, transaction, gate);
      this.#unit.open = false;
      const late = this.#late();
      if (late) {
        await undo(transaction, gate);
        throw late;
      }
      const answer = await transaction.commit();
      if (transaction.shared?.withdrawn) throw WITHDRAWN;
      if (answer.result === 'rolled-back') throw judge.database(answer.error, 'commit');
      if (answer.result === 'unknown') throw judge.unanswered(answer.error, answer.xid);
      const hooks = this.#scope.end();
      if (hooks.length > 0) await runHooks(hooks, settings);
      return value;
    } catch (error) {
      if (error !== WITHDRAWN) throw error;
    } finally {
      this.#unit.open = false;
      this.#scope.end();
      this.#scope.release();
    }
    return new Attempt(this.#call, this.#scope.attempt, 'again').run();
  }

  #notBegun(error: unknown): unknown {
    const { settings, judge } = this.#call;
    if (settings.signal?.aborted) return this.#gaveUp();
    if (isResilientError(error, 'TIMEOUT')) return judge.timeUp(error, 'begin');
    return error instanceof PoolError ? refusalFor(error) : judge.database(error, 'begin');
  }

  #gaveUp(): Refusal {
    const cause: unknown = this.#call.settings.signal?.reason;
    return Object.assign(new Refusal('aborted', 'the caller gave up'), { cause });
  }

  /** Begins `work`, within its time. */
  #start(transaction: OpenTransaction, gate: Gate): T | PromiseLike<T> {
    const { settings, handleOn, work } = this.#call;
    const { signal } = settings;
    const trx = handleOn(gate);
    const { shared } = transaction;
    // no time runs out before the event loop turns, and most units have ended by then
    const later = shared?.turns === true && !signal;
    const start = (scope: UnitScope): T | PromiseLike<T> => {
      const result = runInUnit(this.#unit, () => work(trx, scope));
      return isThenable(result) ? this.#untilEnd(result, gate, shared, later) : result;
    };
    return later ? start(this.#scope) : this.#inTime(start);
  }

  /**
   * Closes the gate in the very moment in which `work` ends, so that a statement that it did not await is found under
   * way; rejects with {@link WITHDRAWN} if the unit is given up before.
   */
  #untilEnd(
    result: PromiseLike<T>,
    gate: Gate,
    shared: SharedTransaction | undefined,
    limits: boolean,
  ): Promise<T> {
    const ended = new Promise<T>((resolve, reject) => {
      result.then((value) => {
        this.#left = gate.close(SILENCE);
        resolve(value);
      }, reject);
      if (!shared?.turns) return;
      shared.onTurn(() => {
        if (shared.withdrawn) reject(WITHDRAWN);
        else if (limits) Promise.resolve(this.#inTime(() => ended)).catch(reject);
      });
    });
    return ended;
  }

  #inTime(start: (scope: UnitScope) => T | PromiseLike<T>): T | PromiseLike<T> {
    const { clock, signal } = this.#call.settings;
    const onTimeout = (): Error => {
      this.#timeUp = this.#timeUpError(this.#ownMs);
      return this.#timeUp;
    };
    return runLimited(this.#scope, start, {
      clock,
      ms: this.#limitMs(),
      signal,
      keepScope: true,
      onTimeout,
    });
  }

  #limitMs(): number {
    const { settings, deadline } = this.#call;
    const { clock, attemptTimeoutMs } = settings;
    const leftMs = deadline - clock.now();
    if (attemptTimeoutMs < leftMs) this.#ownMs = attemptTimeoutMs;
    return this.#ownMs ?? Math.max(1, leftMs);
  }

  /** `work` threw, or was given up: undoes it, and answers why. */
  async #failed(error: unknown, transaction: OpenTransaction, gate: Gate): Promise<unknown> {
    const { settings, judge } = this.#call;
    const { signal } = settings;
    const timeUp = this.#timeUp;
    if (error === WITHDRAWN) {
      await this.#cut(transaction, gate, new UnitRuleError(SET_ASIDE));
      return error;
    }
    if (timeUp || signal?.aborted) {
      await this.#cut(transaction, gate, timeUp ?? new Error('the caller gave up this unit of work'));
      if (!timeUp) return judge.aborted(signal?.reason);
      return this.#ownMs === undefined ? judge.timeUp(timeUp, 'work') : judge.attemptTimeUp(timeUp);
    }
    const failure = gate.doomed ? judge.doomOf(gate) : judge.thrown(error, gate);
    gate.close({ pending: 'reject' });
    await undo(transaction, gate);
    if (gate.doom instanceof PoolError) return refusalFor(gate.doom);
    return transaction.shared?.withdrawn ? WITHDRAWN : failure;
  }

  /** `work` has ended well, but its transaction has not: undoes it, and answers why. */
  async #unfit(left: LeftBehind, transaction: OpenTransaction, gate: Gate): Promise<unknown> {
    const { judge } = this.#call;
    const failure = gate.doomed ? judge.doomOf(gate) : judge.thrown(left.error(), gate);
    await undo(transaction, gate);
    return transaction.shared?.withdrawn ? WITHDRAWN : failure;
  }

  /** Why no COMMIT may be written any more, if so. */
  #late(): UnitFailure | undefined {
    const { settings, judge, deadline, scope } = this.#call;
    const { clock, signal } = settings;
    const now = clock.now();
    if (now >= deadline || endOf(scope, clock) - now < COMMIT_RESERVE_MS)
      return judge.timeUp(this.#timeUpError(), 'work');
    return signal?.aborted ? judge.aborted(signal.reason) : undefined;
  }

  /** Stops work that is still running: its signal, its statement, and all that it would send. */
  async #cut(transaction: OpenTransaction, gate: Gate, reason: Error): Promise<void> {
    this.#unit.open = false;
    gate.close({ pending: 'reject', reason });
    this.#scope.abort(reason);
    await undo(transaction, gate);
  }

  #timeUpError(ownMs?: number): Error {
    const { scope, deadline, settings } = this.#call;
    if (ownMs !== undefined) {
      return new TimeoutError(ownMs, { message: `the attempt was given up after ${ownMs} ms` });
    }
    const { timeoutMs, clock } = settings;
    return scope && endOf(scope, clock) <= deadline
      ? new DeadlineError(scope.timeoutMs, { outcome: 'rejected' })
      : new TimeoutError(timeoutMs, { message: `the unit of work was given up after ${timeoutMs} ms` });
  }
}

/** `work` has ended without waiting for what is left. */
const SILENCE: GateClosing = Object.freeze({ pending: 'silence' });

/** No connection was to be had, at the beginning or in place of one that proved dead: the unit was not run. */
function refusalFor(error: PoolError): Refusal {
  const reason = error.code === 'CLOSED' ? 'closed' : 'saturated';
  return Object.assign(new Refusal(reason, error.message), { cause: error });
}

/** Rolls back, or stops the statement that stands in the way. Never rejects. */
async function undo(transaction: OpenTransaction, gate: Gate): Promise<void> {
  if (gate.busy) return transaction.abandon();
  await gate.closeStreams();
  await transaction.rollback();
}

/** Calls the hooks of a unit that is committed. Never rejects. */
export async function runHooks(
  hooks: readonly (() => unknown)[],
  settings: { name: string; logger: Logger },
): Promise<void> {
  for (const hook of hooks) {
    try {
      await hook();
    } catch (error) {
      const facts = { name: settings.name, errorName: describeThrown(error) };
      settings.logger.error(facts, 'a hook of onCommit failed; the unit of work is committed');
    }
  }
}

function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
