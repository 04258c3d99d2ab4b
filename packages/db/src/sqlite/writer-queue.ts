import type { Clock, TimerHandle } from '@resilient/core';
import { PoolError, type PoolHolder } from '../engine/pool-error.ts';

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

interface Waiter<Begun> {
  readonly joins: boolean;
  grant(begun?: Begun): void;
  refuse(error: unknown): void;
}

/**
 * The queue before the one connection, or before `capacity` of a kind: first come, first served. A turn that is given back goes straight to the next
 * waiter, so that no newcomer takes it from him. Whoever has begun something that others may join passes it on.
 */
export class WriterQueue<Begun = never> {
  readonly #clock: Clock;
  readonly #waiters = new Set<Waiter<Begun>>();
  readonly #urgent = new Set<Waiter<Begun>>();
  readonly #whenIdle = new Set<() => void>();
  readonly #capacity: number;
  watch: QueueWatch | undefined;
  #taken = 0;
  #takenAt: number | undefined;
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

  /** How long the last holder has had the connection, in milliseconds; `undefined` while nobody has it. */
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

  #wait({ deadline, signal, joins = false, urgent = false }: TurnRequest): Promise<Begun | undefined> {
    const clock = this.#clock;
    const line = urgent ? this.#urgent : this.#waiters;
    const arrivedAt = clock.now();
    return new Promise((resolve, reject) => {
      let timer: TimerHandle;
      const leave = (): void => {
        line.delete(waiter);
        clock.clearTimer(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      const waiter: Waiter<Begun> = {
        joins,
        grant: (begun) => {
          leave();
          resolve(begun);
        },
        refuse: (error) => {
          leave();
          reject(error);
        },
      };
      const onAbort = (): void => waiter.refuse(signal?.reason);
      const onTimeout = (): void => waiter.refuse(this.#exhausted(clock.now() - arrivedAt));
      line.add(waiter);
      timer = clock.setTimer(onTimeout, Math.max(0, deadline - arrivedAt));
      signal?.addEventListener('abort', onAbort, { once: true });
    });
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
    return this.#next()?.joins ?? false;
  }

  /** Gives the connection to the next waiter with what has been begun on it; `nextJoins` must be true. */
  pass(begun: Begun): void {
    this.#takenAt = this.#clock.now();
    this.#next()?.grant(begun);
  }

  #next(): Waiter<Begun> | undefined {
    for (const waiter of this.#urgent) return waiter;
    for (const waiter of this.#waiters) return waiter;
    return undefined;
  }

  /** Gives the connection to the next waiter. */
  leave(): void {
    const next = this.#next();
    if (next) {
      this.#takenAt = this.#clock.now();
      next.grant();
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
    for (const waiter of [...this.#urgent, ...this.#waiters]) waiter.refuse(closedError());
  }
}

const NOTHING = Promise.resolve(undefined);

function closedError(): PoolError {
  return new PoolError('CLOSED', 'the database has been closed');
}
