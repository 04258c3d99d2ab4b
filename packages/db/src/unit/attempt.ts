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
import type { BeginRequest, Engine, OpenTransaction } from '../engine/engine.ts';
import { PoolError } from '../engine/pool-error.ts';
import type { Transaction } from '../kysely.ts';
import { type CurrentUnit, openGates, runInUnit } from './current-unit.ts';
import { COMMIT_RESERVE_MS } from './defaults.ts';
import { describeThrown } from './explain.ts';
import { Gate } from './gate.ts';
import type { Judge } from './judge.ts';
import type { CommitSettings } from './options.ts';
import { type UnitContext, UnitScope } from './unit-context.ts';
import { UnitRuleError } from './unit-rule-error.ts';
import { SET_ASIDE, unlessWithdrawn, WITHDRAWN } from './withdrawn.ts';

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

/** One attempt under way: its transaction, its gate and its time. */
export class Attempt<DB, T> {
  readonly #call: UnitCall<DB, T>;
  readonly #alone: BeginRequest['alone'];
  readonly #scope: UnitScope;
  readonly #unit: { -readonly [K in keyof CurrentUnit]: CurrentUnit[K] };

  constructor(call: UnitCall<DB, T>, number: number, alone: BeginRequest['alone']) {
    this.#call = call;
    this.#alone = alone;
    this.#scope = new UnitScope(number, call.deadline, call.settings.signal);
    const { engine, settings, deadline, outer } = call;
    this.#unit = { engine, open: true, outer, gate: undefined, scope: this.#scope, settings, deadline };
  }

  /**
   * Runs the unit once: rejects with a `UnitFailure`, with a `Refusal` if it could not begin, or with `WITHDRAWN` if it
   * was given up for other units.
   */
  async run(): Promise<T> {
    try {
      const transaction = await this.#begin();
      const gate = new Gate(transaction, openGates);
      this.#unit.gate = gate;
      const value = await this.#work(transaction, gate);
      await this.#commit(transaction, gate);
      await runHooks(this.#scope.end(), this.#call.settings);
      return value;
    } finally {
      this.#unit.open = false;
      this.#scope.end();
      this.#scope.release();
    }
  }

  async #begin(): Promise<OpenTransaction> {
    const { engine, settings, judge, deadline } = this.#call;
    const { isolation, readOnly, clock, signal, settleMs, witness, name } = settings;
    // the engine measures on its own clock
    const left = clock === engine.clock ? deadline : engine.clock.now() + deadline - clock.now();
    try {
      const { signal } = this.#scope;
      const how = { isolation, readOnly, settleMs, witness, name, alone: this.#alone };
      return await engine.begin({ ...how, deadline: left, signal });
    } catch (error) {
      if (signal?.aborted) throw new Refusal('aborted', 'the caller gave up');
      if (isResilientError(error, 'TIMEOUT')) throw judge.timeUp(error, 'begin');
      if (error instanceof PoolError) throw refusalFor(error);
      throw judge.database(error, 'begin');
    }
  }

  /** Answers what `work` answered, if the transaction can be committed; otherwise it has been rolled back. */
  async #work(transaction: OpenTransaction, gate: Gate): Promise<T> {
    const { settings, judge, deadline, handleOn, work } = this.#call;
    const { clock, signal, attemptTimeoutMs } = settings;
    const ownMs = attemptTimeoutMs < deadline - clock.now() ? attemptTimeoutMs : undefined;
    const trx = handleOn(gate);
    let timeUp: Error | undefined;
    let value: T;
    try {
      const start = (scope: UnitScope): T | PromiseLike<T> => {
        const result = runInUnit(this.#unit, () => work(trx, scope));
        return unlessWithdrawn(result, transaction.shared);
      };
      value = await runLimited(this.#scope, start, {
        clock,
        ms: ownMs ?? Math.max(1, deadline - clock.now()),
        signal,
        keepScope: true,
        onTimeout: () => {
          timeUp = this.#timeUpError(ownMs);
          return timeUp;
        },
      });
    } catch (error) {
      if (error === WITHDRAWN) {
        await this.#cut(transaction, gate, new UnitRuleError(SET_ASIDE));
        throw error;
      }
      if (timeUp || signal?.aborted) {
        await this.#cut(transaction, gate, timeUp ?? new Error('the caller gave up this unit of work'));
        if (!timeUp) throw judge.aborted(signal?.reason);
        throw ownMs === undefined ? judge.timeUp(timeUp, 'work') : judge.attemptTimeUp(timeUp);
      }
      const failure = gate.doomed ? judge.doomOf(gate) : judge.thrown(error, gate);
      gate.close({ pending: 'reject' });
      await undo(transaction, gate);
      if (gate.doom instanceof PoolError) throw refusalFor(gate.doom);
      throw transaction.shared?.withdrawn ? WITHDRAWN : failure;
    }
    const left = gate.close({ pending: 'silence' });
    if (left.names.length === 0 && !gate.doomed) return value;
    const failure = gate.doomed ? judge.doomOf(gate) : judge.thrown(left.error(), gate);
    await undo(transaction, gate);
    throw transaction.shared?.withdrawn ? WITHDRAWN : failure;
  }

  async #commit(transaction: OpenTransaction, gate: Gate): Promise<void> {
    const { settings, judge, deadline, scope } = this.#call;
    const { clock, signal } = settings;
    this.#unit.open = false;
    const now = clock.now();
    if (now >= deadline || endOf(scope, clock) - now < COMMIT_RESERVE_MS) {
      await undo(transaction, gate);
      throw judge.timeUp(this.#timeUpError(), 'work');
    }
    if (signal?.aborted) {
      await undo(transaction, gate);
      throw judge.aborted(signal.reason);
    }
    const answer = await transaction.commit();
    if (transaction.shared?.withdrawn) throw WITHDRAWN;
    if (answer.result === 'rolled-back') throw judge.database(answer.error, 'commit');
    if (answer.result === 'unknown') throw judge.unanswered(answer.error, answer.xid);
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
