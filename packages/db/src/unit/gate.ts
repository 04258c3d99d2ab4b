import type { OpenTransaction } from '../engine/engine.ts';
import type { CompiledQuery, DatabaseConnection, QueryResult } from '../kysely.ts';
import { Entry, type PendingFate } from './gate-entry.ts';
import { GatedStream } from './gated-stream.ts';
import { describeStatement } from './statement.ts';
import { type ControlFound, findControl } from './transaction-control.ts';
import { UnitRuleError } from './unit-rule-error.ts';

/** How a gate is closed. */
export interface GateClosing {
  /**
   * What becomes of statements that are still under way: `reject` where somebody may wait for them, `silence` where
   * work has ended without waiting: they then never settle with an error, since nobody would hear it and the process
   * would end by an unhandled rejection.
   */
  readonly pending: PendingFate;
  /** What later statements and rejected ones throw. @defaultValue an error that says the unit has ended */
  readonly reason?: Error;
}

/** What a closed gate was still busy with. */
export interface LeftBehind {
  /** The statements and streams, such as `insert into student`. */
  readonly names: readonly string[];
  /** An error that names them. */
  error(): Error;
}

/**
 * Stands between `work` and the connection of its transaction. Statements pass one after the other; what ends a
 * transaction does not pass; once closed, nothing does. It knows the first error that left the transaction unusable.
 */
export class Gate implements DatabaseConnection {
  readonly #transaction: OpenTransaction;
  readonly #queue: Entry<unknown>[] = [];
  readonly #streams = new Set<GatedStream<unknown>>();
  readonly #seen = new WeakSet<object>();
  #running: Entry<unknown> | undefined;
  #closed: Error | undefined;
  #fate: PendingFate = 'reject';
  /** Statements that come later are as unheard as those that were left behind: they never settle. */
  #mute = false;
  #doomed = false;
  #doom: unknown;
  #ended = false;

  constructor(transaction: OpenTransaction) {
    this.#transaction = transaction;
  }

  /** `true` once an error has left the transaction unusable, and no rollback to a savepoint has mended it. */
  get doomed(): boolean {
    return this.#doomed;
  }

  /** The first such error. */
  get doom(): unknown {
    return this.#doom;
  }

  /** `true` while a statement waits for the database. */
  get busy(): boolean {
    return this.#running !== undefined;
  }

  /** Tells whether an error came from a statement of this transaction. */
  hasSeen(error: unknown): boolean {
    return typeof error === 'object' && error !== null && this.#seen.has(error);
  }

  executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    if (this.#mute) return new Promise(() => {});
    try {
      const control = this.#admit(query);
      const run = (): Promise<QueryResult<R>> => this.#transaction.connection.executeQuery<R>(query);
      return this.#enqueue(describeStatement(query), run, control);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    const control = this.#admit(query);
    const name = describeStatement(query);
    const stream = new GatedStream<R>({
      name,
      open: () => this.#transaction.connection.streamQuery<R>(query, chunkSize),
      pass: (run) => this.#enqueue(name, run, control),
      onEnd: () => this.#streams.delete(stream),
    });
    this.#streams.add(stream);
    return stream;
  }

  /** Lets nothing through any more, and tells what was still under way. The second call changes nothing. */
  close(closing: GateClosing): LeftBehind {
    const names = [
      ...(this.#running ? [this.#running.name] : []),
      ...this.#queue.map((entry) => entry.name),
      ...[...this.#streams].map((stream) => stream.name),
    ];
    if (!this.#closed) {
      this.#fate = closing.pending;
      this.#mute = closing.pending === 'silence' && names.length > 0;
      this.#closed =
        closing.reason ??
        new UnitRuleError('the unit of work has ended: this statement came too late and was not sent');
      for (const entry of this.#queue.splice(0)) entry.giveUp(this.#fate, this.#closed);
    }
    return { names, error: () => stillRunning(names) };
  }

  /** Ends the streams that are open, so that the transaction can end. Never rejects. */
  async closeStreams(): Promise<void> {
    for (const stream of this.#streams) await stream.shut();
    this.#streams.clear();
  }

  #admit(query: CompiledQuery): ControlFound {
    if (this.#closed) throw this.#closed;
    const control = findControl(query.sql);
    if (control.refused) {
      throw new UnitRuleError(
        `${control.refused} was refused inside a unit of work: the unit begins and ends its transaction itself (savepoints are allowed)`,
      );
    }
    return control;
  }

  #enqueue<T>(name: string, run: () => Promise<T>, control: ControlFound): Promise<T> {
    if (this.#closed) return Promise.reject(this.#closed);
    const entry = new Entry<T>(name, run, control.recovers);
    this.#queue.push(entry as Entry<unknown>);
    if (!this.#running) void this.#drain();
    return entry.promise;
  }

  async #drain(): Promise<void> {
    for (let entry = this.#queue.shift(); entry; entry = this.#queue.shift()) {
      if (this.#ended) {
        entry.reject(this.#doom);
        continue;
      }
      this.#running = entry;
      try {
        const value = await entry.run();
        this.#running = undefined;
        if (entry.recovers) this.#recovered();
        entry.resolve(value);
      } catch (error) {
        this.#running = undefined;
        this.#failed(error);
        if (this.#closed) entry.giveUp(this.#fate, this.#closed);
        else entry.reject(error);
      }
    }
  }

  #failed(error: unknown): void {
    if (typeof error === 'object' && error !== null) this.#seen.add(error);
    const state = this.#transaction.stateAfter(error);
    if (state === 'open') return;
    if (!this.#doomed) this.#doom = error;
    this.#doomed = true;
    if (state === 'ended') this.#ended = true;
  }

  #recovered(): void {
    if (this.#ended) return;
    this.#doomed = false;
    this.#doom = undefined;
  }
}

function stillRunning(names: readonly string[]): Error {
  const [first, ...others] = names;
  const more = others.length > 0 ? ` and ${others.length} more` : '';
  return new UnitRuleError(
    `work ended while a statement was still under way, so nothing was committed: await "${first}"${more} inside the unit`,
  );
}
