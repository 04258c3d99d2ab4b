import { type Clock, type Logger, publish, type TimerHandle, withoutDeadline } from '@resilient/core';
import type { DatabaseStats } from '../engine/opened.ts';
import type { PoolHolder } from '../engine/pool-error.ts';

/** How often is looked whether what was wrong is over. */
const LOOK_MS = 1_000;

/** Whoever has the connection, as far as reports tell of him. */
export interface WatchedHolder {
  /** The unit's, else `transaction` or `statement`. */
  readonly name: string;
  /** The text of what was run last, without its parameters. */
  readonly lastStatement: string | undefined;
}

/** What a {@link WriterWatch} looks at. */
export interface WatchedWriter {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly holder: WatchedHolder | undefined;
  readonly queue: { readonly heldForMs: number | undefined; readonly waiting: number };
}

/** What a {@link WriterWatch} needs. */
export interface WriterWatchParts {
  readonly writer: WatchedWriter;
  /** Its connection counts as lost when it is not given back for longer, in milliseconds; `Infinity` for never. */
  readonly leakMs: number;
  readonly stats: () => DatabaseStats;
}

type State = 'ok' | 'exhausted' | 'leak';

/**
 * Tells on `resilient:pool` when callers are refused because nobody gave the connection back in time, and when one has
 * it for so long that he has probably forgotten it. One timer looks at it, and none is set for a turn that is short.
 */
export class WriterWatch {
  readonly #parts: WriterWatchParts;
  #state: State = 'ok';
  #timer: TimerHandle;
  #armed = false;
  #closed = false;

  constructor(parts: WriterWatchParts) {
    this.#parts = parts;
  }

  /** Somebody has the connection. */
  taken(): void {
    if (!this.#armed) this.#arm(this.#parts.leakMs);
  }

  /** Somebody was refused. */
  refused(): void {
    this.#tell('exhausted');
    this.#arm(LOOK_MS);
  }

  /** Who has the connection. */
  holders(): PoolHolder[] {
    const { holder, queue } = this.#parts.writer;
    if (!holder || queue.heldForMs === undefined) return [];
    return [{ name: holder.name, ageMs: Math.round(queue.heldForMs) }];
  }

  /** Looks no more. */
  close(): void {
    this.#closed = true;
    this.#parts.writer.clock.clearTimer(this.#timer);
  }

  #arm(ms: number): void {
    if (this.#closed || ms === Number.POSITIVE_INFINITY) return;
    const { clock } = this.#parts.writer;
    clock.clearTimer(this.#timer);
    this.#armed = true;
    this.#timer = withoutDeadline(() => clock.setTimer(() => this.#look(), ms, { background: true }));
  }

  #look(): void {
    this.#armed = false;
    const { leakMs, writer } = this.#parts;
    const { heldForMs, waiting } = writer.queue;
    const leaks = heldForMs !== undefined && heldForMs >= leakMs;
    if (leaks && this.#state !== 'leak') this.#leaked();
    else if (!leaks && (waiting === 0 || this.#state === 'leak')) this.#tell('ok');
    if (this.#state !== 'ok') this.#arm(LOOK_MS);
    else if (heldForMs !== undefined) this.#arm(leakMs - heldForMs);
  }

  #leaked(): void {
    const { leakMs, writer } = this.#parts;
    const { holder, logger } = writer;
    logger.warn(
      { holder: holder?.name, lastStatement: holder?.lastStatement, leakMs },
      `the only writer of the SQLite database has been out for more than ${leakMs} ms: was its transaction ever ended?`,
    );
    this.#tell('leak');
  }

  #tell(state: State): void {
    if (state === this.#state) return;
    this.#state = state;
    const { inUse, waiting, limit } = this.#parts.stats();
    publish({ kind: 'pool', name: 'sqlite', package: 'db', state, inUse, waiting, limit });
  }
}
