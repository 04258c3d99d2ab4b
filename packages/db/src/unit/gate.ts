import { AsyncLocalStorage } from 'node:async_hooks';
import type { OpenTransaction } from '../engine/engine.ts';
import { CompiledQuery, type DatabaseConnection, type QueryResult } from '../kysely.ts';
import { Entry, type PendingFate } from './gate-entry.ts';
import { GatedStream } from './gated-stream.ts';
import { describeStatement } from './statement.ts';
import { type ControlFound, findControl } from './transaction-control.ts';
import type { UnitFailure } from './unit-failure.ts';
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

/** Tells which gates the caller stands inside of, from the inside out. */
export type GatesAround = () => Iterable<Gate>;

const nowhere: GatesAround = () => [];

/**
 * Stands between `work` and the connection of its transaction. Statements pass one after the other; what ends a
 * transaction does not pass; once closed, nothing does. It knows the first error that left the transaction unusable.
 *
 * A nested unit has a gate of its own. While it is open, nothing else passes the outer one, but what is issued from
 * inside the nested unit passes there, on whichever handle.
 */
export class Gate implements DatabaseConnection {
  readonly #transaction: OpenTransaction;
  readonly #around: GatesAround;
  readonly #outer: Gate | undefined;
  readonly #queue: Entry<unknown>[] = [];
  readonly #streams: GatedStream<unknown>[] = [];
  /** Errors of statements; those of nested units are the outermost gate's. */
  #seen: WeakSet<object> | undefined;
  #inner: Gate | undefined;
  #running: Entry<unknown> | undefined;
  #closed: Error | true | undefined;
  #fate: PendingFate = 'reject';
  /** Statements that come later are as unheard as those that were left behind: they never settle. */
  #mute = false;
  #doomed = false;
  #doom: unknown;
  #doomFailure: UnitFailure | undefined;
  #ended = false;
  #severed: Error | undefined;
  #onSevered: ((reason: Error) => void) | undefined;

  constructor(transaction: OpenTransaction, around: GatesAround = nowhere, outer?: Gate) {
    this.#transaction = transaction;
    this.#around = around;
    this.#outer = outer;
  }

  /** What the statements run in. */
  get transaction(): OpenTransaction {
    return this.#transaction;
  }

  /** 0 for the gate of the transaction itself, 1 for that of a unit nested in it. */
  get depth(): number {
    return this.#outer ? this.#outer.depth + 1 : 0;
  }

  /** `true` once an error has left the transaction unusable, and no rollback to a savepoint has mended it. */
  get doomed(): boolean {
    return this.#doomed;
  }

  /** The first such error. */
  get doom(): unknown {
    return this.#doom;
  }

  /** What that error means, where it has been judged already. */
  get doomFailure(): UnitFailure | undefined {
    return this.#doomFailure;
  }

  /** `true` once the transaction is gone, or must not be gone on with. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Why the outer gate was closed while this one was in use; nothing may be sent any more, not even a rollback. */
  get severed(): Error | undefined {
    return this.#severed;
  }

  /** `true` while a statement waits for the database. */
  get busy(): boolean {
    return this.#inner ? this.#inner.busy : this.#running !== undefined;
  }

  /** Tells whether an error came from a statement of this transaction. */
  hasSeen(error: unknown): boolean {
    if (this.#outer) return this.#outer.hasSeen(error);
    return typeof error === 'object' && error !== null && this.#seen?.has(error) === true;
  }

  executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    if (this.#mute) return new Promise(() => {});
    try {
      const control = this.#admit(query);
      const run = (): Promise<QueryResult<R>> => this.#transaction.connection.executeQuery<R>(query);
      return this.#here().#enqueue(query, run, control);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    const control = this.#admit(query);
    const name = describeStatement(query);
    const streams = this.#here().#streams;
    const stream = new GatedStream<R>({
      name,
      open: () => this.#transaction.connection.streamQuery<R>(query, chunkSize),
      pass: (run) => this.#here().#enqueue(name, run, control),
      onEnd: () => {
        const at = streams.indexOf(stream);
        if (at >= 0) streams.splice(at, 1);
      },
    });
    streams.push(stream);
    return stream;
  }

  /**
   * Lets a nested unit in when its turn has come: `run` is given its gate, in the caller's own context. It may reject
   * only if it has doomed this gate.
   */
  nest<T>(name: string, run: (inner: Gate) => Promise<T>): Promise<T> {
    const inContext = AsyncLocalStorage.snapshot();
    const enter = async (): Promise<T> => {
      const inner = new Gate(this.#transaction, this.#around, this);
      this.#inner = inner;
      try {
        return await inContext(() => run(inner));
      } finally {
        this.#inner = undefined;
        inner.close({ pending: 'reject' });
      }
    };
    return this.#enqueue(name, enter, findControl(''));
  }

  /** Sends a statement of the unit's own, also when closed. @throws the reason, if the outer gate was closed meanwhile */
  async control(text: string): Promise<void> {
    if (this.#severed) throw this.#severed;
    const run = async (): Promise<void> => {
      await this.#transaction.connection.executeQuery(CompiledQuery.raw(text));
    };
    this.#running = new Entry<unknown>(text, run, false);
    try {
      await run();
    } finally {
      this.#running = undefined;
    }
  }

  /** Ends the transaction by the failure of a nested unit: no statement is sent any more, nothing mends it. */
  doomBy(failure: UnitFailure): void {
    if (!this.#doomed) {
      this.#doom = failure.cause;
      this.#doomFailure = failure;
    }
    this.#doomed = true;
    this.#ended = true;
  }

  /** Calls back once the outer gate is closed while this one is in use. */
  whenSevered(act: (reason: Error) => void): void {
    this.#onSevered = act;
  }

  /** Lets nothing through any more, and tells what was still under way. The second call changes nothing. */
  close(closing: GateClosing): LeftBehind {
    const names = this.#underWay();
    if (!this.#closed) {
      this.#fate = closing.pending;
      this.#mute = closing.pending === 'silence' && (names.length > 0 || this.#severed !== undefined);
      this.#closed = closing.reason ?? true;
      for (const entry of this.#queue.splice(0)) entry.giveUp(this.#fate, this.#reason());
      if (this.#inner) this.#inner.#sever(closing, this.#reason());
    }
    return names.length === 0 ? NOTHING_LEFT : { names, error: () => stillRunning(names) };
  }

  #underWay(): readonly string[] {
    if (!this.#running && this.#queue.length === 0 && this.#streams.length === 0) return NOTHING_LEFT.names;
    const running = this.#running ? [this.#running] : [];
    return [...running, ...this.#queue, ...this.#streams].map(({ name }) => name);
  }

  /** What is thrown once it is closed; made when it is first needed, since its stack costs 20 µs. */
  #reason(): Error {
    if (!(this.#closed instanceof Error))
      this.#closed = new UnitRuleError(
        'the unit of work has ended: this statement came too late and was not sent',
      );
    return this.#closed;
  }

  /** Ends the streams that are open, so that the transaction can end. Never rejects. */
  async closeStreams(): Promise<void> {
    for (const stream of this.#streams.splice(0)) await stream.shut();
  }

  #sever(closing: GateClosing, reason: Error): void {
    this.#severed = reason;
    this.close({ ...closing, reason });
    if (this.#inner) this.#inner.#sever(closing, reason);
    this.#onSevered?.(reason);
  }

  /** The gate that the caller's statements pass: that of the nested unit if he is inside of it. */
  #here(): Gate {
    if (!this.#inner) return this;
    for (const gate of this.#around()) if (gate.#isWithin(this)) return gate;
    return this;
  }

  #isWithin(other: Gate): boolean {
    if (this === other) return true;
    return this.#outer ? this.#outer.#isWithin(other) : false;
  }

  #admit(query: CompiledQuery): ControlFound {
    if (this.#closed) throw this.#reason();
    const control = findControl(query.sql);
    if (control.refused) {
      throw new UnitRuleError(
        `${control.refused} was refused inside a unit of work: the unit begins and ends its transaction itself (savepoints are allowed)`,
      );
    }
    return control;
  }

  #enqueue<T>(what: CompiledQuery | string, run: () => Promise<T>, control: ControlFound): Promise<T> {
    if (this.#closed) return Promise.reject(this.#reason());
    const entry = new Entry<T>(what, run, control.recovers);
    this.#queue.push(entry as Entry<unknown>);
    if (!this.#running) this.#sendNext();
    return entry.promise;
  }

  /** Sends the next statement; callbacks, since an async function costs each statement half a kilobyte more. */
  #sendNext(): void {
    for (let entry = this.#queue.shift(); entry; entry = this.#queue.shift()) {
      if (this.#ended) {
        entry.reject(this.#doom);
        continue;
      }
      const sent = entry;
      this.#running = sent;
      sent.start().then(
        (value) => this.#answered(sent, value),
        (error: unknown) => this.#refused(sent, error),
      );
      return;
    }
  }

  #answered(entry: Entry<unknown>, value: unknown): void {
    this.#running = undefined;
    if (entry.recovers) this.#recovered();
    entry.resolve(value);
    this.#sendNext();
  }

  #refused(entry: Entry<unknown>, error: unknown): void {
    this.#running = undefined;
    this.#failed(error);
    if (this.#closed) entry.giveUp(this.#fate, this.#reason());
    else entry.reject(error);
    this.#sendNext();
  }

  #failed(error: unknown): void {
    this.#see(error);
    const state = this.#transaction.stateAfter(error);
    if (state === 'open') return;
    if (!this.#doomed) this.#doom = error;
    this.#doomed = true;
    if (state === 'ended') this.#ended = true;
  }

  #see(error: unknown): void {
    if (this.#outer) {
      this.#outer.#see(error);
      return;
    }
    if (typeof error !== 'object' || error === null) return;
    this.#seen ??= new WeakSet();
    this.#seen.add(error);
  }

  #recovered(): void {
    if (this.#ended) return;
    this.#doomed = false;
    this.#doom = undefined;
  }
}

const NOTHING_LEFT: LeftBehind = Object.freeze({ names: [], error: () => stillRunning([]) });

function stillRunning(names: readonly string[]): Error {
  const [first, ...others] = names;
  const more = others.length > 0 ? ` and ${others.length} more` : '';
  return new UnitRuleError(
    `work ended while a statement was still under way, so nothing was committed: await "${first}"${more} inside the unit`,
  );
}
