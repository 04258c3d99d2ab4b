import type { Clock, TimerHandle } from '@resilient/core';
import { PoolError, type PoolHolder } from '../engine/pool-error.ts';
import { Line } from './line.ts';

/** Waiters beyond this are refused: at a millisecond a unit the last one would wait for ten seconds. */
const LIMIT = 10_000;

/** How long a turn is waited for. */
export interface TurnRequest {
  /** On the clock. */
  readonly deadline: number;
  readonly signal?: AbortSignal | undefined;
  /** Whether the waiter takes a turn that another one has begun. */
  readonly joins?: boolean | undefined;
  /** Goes before all who do not say so. */
  readonly urgent?: boolean | undefined;
}

/** Is told of those who are refused, and knows who has the connection. */
export interface QueueWatch {
  refused(): void;
  holders?(): readonly PoolHolder[];
}

/** One who waits. */
class Waiter<Begun> {
  readonly joins: boolean;
  readonly deadline: number;
  readonly arrivedAt: number;
  readonly granted: Promise<Begun | undefined>;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort: (() => void) | undefined;
  #resolve!: (begun: Begun | undefined) => void;
  #reject!: (error: unknown) => void;

  constructor({ deadline, signal, joins = false }: TurnRequest, arrivedAt: number, giveUp: () => void) {
    this.deadline = deadline;
    this.arrivedAt = arrivedAt;
    this.joins = joins;
    this.#signal = signal;
    this.granted = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (!signal) return;
    this.#onAbort = giveUp;
    signal.addEventListener('abort', giveUp, { once: true });
  }

  grant(begun: Begun | undefined): void {
    this.#leave();
    this.#resolve(begun);
  }

  refuse(error: unknown): void {
    this.#leave();
    this.#reject(error);
  }

  #leave(): void {
    if (this.#onAbort) this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}

/**
 * The queue before the one connection, or before `capacity` of a kind: first come, first served. A turn that is
 * given back goes straight to the next waiter, so that no newcomer takes it from him. Whoever has begun something that
 * others may join passes it on.
 */
export class WriterQueue<Begun = never> {
  readonly #clock: Clock;
  readonly #waiters = new Line<Waiter<Begun>>();
  readonly #urgent = new Line<Waiter<Begun>>();
  readonly #whenIdle = new Set<() => void>();
  readonly #capacity: number;
  watch: QueueWatch | undefined;
  #taken = 0;
  #takenAt: number | undefined;
  #timer: TimerHandle;
  #armedFor = Number.POSITIVE_INFINITY;
  #closed = false;

  constructor(clock: Clock, capacity = 1) {
    this.#clock = clock;
    this.#capacity = capacity;
  }

  /** Whether newcomers are refused. */
  get closed(): boolean {
    return this.#closed;
  }

  get waiting(): number {
    return this.#waiters.size + this.#urgent.size;
  }

  /**
   * How long the last holder has had the connection, with those who had passed it on to him, in milliseconds; `undefined`
   * while nobody has it.
   */
  get heldForMs(): number | undefined {
    return this.#takenAt === undefined ? undefined : this.#clock.now() - this.#takenAt;
  }

  /**
   * Waits for the connection; whoever gets it must call `leave`. Answers what was passed on with it, if anything was.
   *
   * @throws PoolError `POOL_EXHAUSTED` when time is up or the queue is full, `CLOSED` after `close`; the signal's reason
   */
  enter(request: TurnRequest): Promise<Begun | undefined> {
    // One that is run again was there before the end, and whoever withdrew it has the connection still.
    const again = request.urgent === true && this.#taken > 0;
    if (this.#closed && !again) return Promise.reject(closedError());
    if (request.signal?.aborted) return Promise.reject(request.signal.reason);
    if (this.#taken < this.#capacity) {
      this.#taken += 1;
      this.#takenAt = this.#clock.now();
      return NOTHING;
    }
    if (this.waiting >= LIMIT) {
      return Promise.reject(this.#refusal(`${LIMIT} callers wait for the SQLite connection already`));
    }
    return this.#wait(request);
  }

  #wait(request: TurnRequest): Promise<Begun | undefined> {
    const line = request.urgent ? this.#urgent : this.#waiters;
    const waiter: Waiter<Begun> = new Waiter(request, this.#clock.now(), () => {
      line.remove(waiter);
      waiter.refuse(request.signal?.reason);
      this.#disarm();
    });
    line.push(waiter);
    if (waiter.deadline < this.#armedFor) this.#arm(waiter.deadline, waiter.arrivedAt);
    return waiter.granted;
  }

  /** One timer for all who wait, at the first end of their time. */
  #arm(deadline: number, now: number): void {
    this.#clock.clearTimer(this.#timer);
    this.#armedFor = deadline;
    if (deadline === Number.POSITIVE_INFINITY) return;
    this.#timer = this.#clock.setTimer(() => this.#refuseLate(), Math.max(0, deadline - now));
  }

  /** Nobody waits any more. */
  #disarm(): void {
    if (this.waiting === 0) this.#arm(Number.POSITIVE_INFINITY, 0);
  }

  #refuseLate(): void {
    const now = this.#clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const line of [this.#urgent, this.#waiters]) {
      for (const waiter of line) {
        if (waiter.deadline > now) {
          next = Math.min(next, waiter.deadline);
          continue;
        }
        const error = this.#exhausted(now - waiter.arrivedAt);
        line.remove(waiter);
        waiter.refuse(error);
      }
    }
    this.#arm(next, now);
  }

  #exhausted(waitedMs: number): PoolError {
    const held = Math.round(this.heldForMs ?? 0);
    return this.#refusal(
      `the SQLite connection was not free within ${Math.round(waitedMs)} ms: its holder has had it for ${held} ms, and ${this.waiting} wait`,
    );
  }

  #refusal(message: string): PoolError {
    this.watch?.refused();
    return new PoolError('POOL_EXHAUSTED', message, { holders: this.watch?.holders?.() ?? [] });
  }

  /** Whether the next waiter takes a turn that another one has begun. */
  get nextJoins(): boolean {
    return this.#nextLine.first?.joins ?? false;
  }

  /** Gives the connection to the next waiter with what has been begun on it; `nextJoins` must be true. */
  pass(begun: Begun): void {
    this.#grantNext(begun);
  }

  get #nextLine(): Line<Waiter<Begun>> {
    return this.#urgent.size > 0 ? this.#urgent : this.#waiters;
  }

  #grantNext(begun?: Begun): void {
    const next = this.#nextLine.shift();
    this.#disarm();
    next?.grant(begun);
  }

  /** Gives the connection to the next waiter. */
  leave(): void {
    if (this.waiting > 0) {
      this.#takenAt = this.#clock.now();
      this.#grantNext();
      return;
    }
    this.#taken -= 1;
    if (this.#taken > 0) return;
    this.#takenAt = undefined;
    for (const resolve of this.#whenIdle) resolve();
    this.#whenIdle.clear();
  }

  /** Refuses newcomers; those who wait still get their turn. Resolves when nobody has the connection or waits for it. */
  close(): Promise<void> {
    this.#closed = true;
    if (this.#taken === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenIdle.add(resolve);
    });
  }

  /** Refuses those who still wait. */
  refuseWaiting(): void {
    for (const line of [this.#urgent, this.#waiters]) {
      for (const waiter of line) waiter.refuse(closedError());
      line.clear();
    }
    this.#disarm();
  }
}

const NOTHING = Promise.resolve(undefined);

function closedError(): PoolError {
  return new PoolError('CLOSED', 'the database has been closed');
}
