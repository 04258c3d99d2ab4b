import { runLimited, TimeoutError } from '@resilient/core';
import type { OpenTransaction } from '../engine/engine.ts';
import { type CurrentUnit, runInUnit } from './current-unit.ts';
import type { Gate } from './gate.ts';
import { Judge } from './judge.ts';
import { NestedUnitError } from './nested-unit-error.ts';
import type { CommitSettings } from './options.ts';
import { UnitScope } from './unit-context.ts';
import { UnitFailure } from './unit-failure.ts';

/** A unit that has joined another one. */
export interface NestedCall<T> {
  /** The unit that it is a part of. */
  readonly outer: CurrentUnit;
  /** Its gate. */
  readonly gate: Gate;
  /** Starts `work` on the given gate. */
  readonly start: (gate: Gate, scope: UnitScope) => T | PromiseLike<T>;
  readonly settings: CommitSettings;
  /** On the clock of the settings. */
  readonly deadline: number;
}

const GIVEN_UP =
  'a nested unit of work was given up while a statement of it ran, which ended the transaction';

/** One run of a nested unit, between its savepoint and the release of it. */
export class NestedUnit<T> {
  readonly #call: NestedCall<T>;
  /** Its own gate, within the outer unit's. */
  readonly #gate: Gate;
  readonly #judge: Judge;
  readonly #severed = new AbortController();
  readonly #signal: AbortSignal;
  readonly #scope: UnitScope;
  readonly #unit: { -readonly [K in keyof CurrentUnit]: CurrentUnit[K] };
  readonly #savepoint: string;
  /** Set once the outer unit cannot go on. */
  #doom: UnitFailure | undefined;

  constructor(call: NestedCall<T>, gate: Gate) {
    const { outer, settings, deadline } = call;
    this.#call = call;
    this.#gate = gate;
    this.#judge = new Judge(outer.engine, settings);
    gate.whenSevered((reason) => this.#severed.abort(reason));
    this.#signal = settings.signal
      ? AbortSignal.any([this.#severed.signal, settings.signal])
      : this.#severed.signal;
    this.#scope = new UnitScope(outer.scope.attempt, deadline, this.#signal);
    this.#unit = { engine: outer.engine, open: true, outer, gate, scope: this.#scope, settings, deadline };
    this.#savepoint = `resilient_${gate.depth}`;
  }

  /**
   * Runs it: answers its value, or the failure after which the outer unit can go on.
   *
   * @throws NestedUnitError (rejects) if it cannot: the outer gate is doomed then
   */
  async run(): Promise<{ readonly value: T } | { readonly failure: UnitFailure }> {
    const { outer, gate } = this.#call;
    try {
      if (gate.doomed) throw new NestedUnitError(this.#judge.doomOf(gate));
      await this.#begin();
      const value = await this.#work();
      this.#unit.open = false;
      await this.#send(`release savepoint ${this.#savepoint}`);
      outer.scope.adopt(this.#scope.end());
      return { value };
    } catch (error) {
      if (!(error instanceof UnitFailure)) throw error;
      const doom = this.#doomBy(error);
      if (!doom) return { failure: error };
      gate.doomBy(doom);
      throw new NestedUnitError(doom);
    } finally {
      this.#unit.open = false;
      this.#scope.end();
      this.#scope.release();
      if (this.#readsOnly && !this.#gate.severed && !gate.ended) await gate.transaction.restrict?.(false);
    }
  }

  /** `true` if it may not write although the outer unit may. */
  get #readsOnly(): boolean {
    const { settings, outer } = this.#call;
    return settings.readOnly && !outer.settings.readOnly;
  }

  async #begin(): Promise<void> {
    const { transaction } = this.#gate;
    try {
      await this.#gate.control(`savepoint ${this.#savepoint}`);
      if (this.#readsOnly) await transaction.restrict?.(true);
    } catch (error) {
      const failure = this.#judge.database(error, 'work');
      if (transaction.stateAfter(error) !== 'open') this.#doom = failure;
      throw failure;
    }
  }

  async #work(): Promise<T> {
    const { settings, deadline, start } = this.#call;
    const { clock } = settings;
    const gate = this.#gate;
    let timeUp: Error | undefined;
    let value: T;
    try {
      value = await runLimited(this.#scope, (scope) => runInUnit(this.#unit, () => start(gate, scope)), {
        clock,
        ms: Math.max(1, deadline - clock.now()),
        signal: this.#signal,
        keepScope: true,
        onTimeout: () => {
          timeUp = new TimeoutError(settings.timeoutMs, { message: 'the nested unit of work was given up' });
          return timeUp;
        },
      });
    } catch (error) {
      if (timeUp || this.#signal.aborted) return this.#giveUp(timeUp);
      const failure = gate.doomed ? this.#judge.doomOf(gate) : this.#judge.thrown(error, gate);
      gate.close({ pending: 'reject' });
      await this.#undo(gate.transaction, failure);
      throw failure;
    }
    const left = gate.close({ pending: 'silence' });
    if (left.names.length === 0 && !gate.doomed) return value;
    const failure = gate.doomed ? this.#judge.doomOf(gate) : this.#judge.thrown(left.error(), gate);
    await this.#undo(gate.transaction, failure);
    throw failure;
  }

  /** Time is up, or the caller or the outer unit has given up. */
  async #giveUp(timeUp: Error | undefined): Promise<never> {
    const reason = timeUp ?? new Error('this nested unit of work was given up');
    const failure = timeUp ? this.#judge.timeUp(timeUp, 'work') : this.#judge.aborted(this.#signal.reason);
    this.#unit.open = false;
    this.#gate.close({ pending: 'reject', reason });
    this.#scope.abort(reason);
    await this.#undo(this.#gate.transaction, failure);
    throw failure;
  }

  /** Rolls back to the savepoint, or stops the statement that stands in the way, which ends the transaction. */
  async #undo(transaction: OpenTransaction, failure: UnitFailure): Promise<void> {
    const gate = this.#gate;
    this.#unit.open = false;
    if (gate.severed || gate.ended) return;
    if (gate.busy) {
      const verdict = { ...failure.verdict, transient: false };
      this.#doom = failure.sort === 'time' && verdict.kind === 'timeout' ? failure : undefined;
      this.#doom ??= new UnitFailure('work', failure.cause, verdict, GIVEN_UP);
      return transaction.abandon();
    }
    await gate.closeStreams();
    await this.#send(`rollback to savepoint ${this.#savepoint}`);
    await this.#send(`release savepoint ${this.#savepoint}`);
  }

  /** What cannot be sent here leaves a transaction of which nobody knows what it holds. */
  async #send(text: string): Promise<void> {
    try {
      await this.#gate.control(text);
    } catch (error) {
      if (error === this.#gate.severed) throw error;
      this.#doom = this.#judge.database(error, 'work');
      throw this.#doom;
    }
  }

  /** The failure by which the outer unit ends, if it does: that of an ended transaction, or one to run again after. */
  #doomBy(failure: UnitFailure): UnitFailure | undefined {
    if (this.#doom) return this.#doom;
    const again = failure.sort === 'database' && failure.verdict.transient;
    return again || this.#gate.ended ? failure : undefined;
  }
}
