import type { Clock, Logger } from '@resilient/core';
import type { SqliteHandle } from './handle.ts';
import type { LockWait } from './lock-wait.ts';
import { Pacer } from './pacer.ts';
import { StatementCache } from './statement-cache.ts';
import { type TurnRequest, WriterQueue } from './writer-queue.ts';

/** What a {@link Writer} is made of. */
export interface WriterParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly lock: LockWait;
  /** Opens the file, ready for use. */
  readonly open: () => Promise<SqliteHandle>;
  /** Whether a closed connection can be opened again: not where the database lives in its memory. */
  readonly reopens: boolean;
}

/** The one connection to a database, and what stands before it: the queue, the lock and the pacer. */
export class Writer {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly lock: LockWait;
  readonly pacer: Pacer;
  readonly queue: WriterQueue;
  /** Whoever has the connection, so that it can be taken from him at the end. */
  holder: { release(): void } | undefined;
  readonly #open: () => Promise<SqliteHandle>;
  #reopens: boolean;
  #abandoned = false;
  #handle: SqliteHandle;
  #statements: StatementCache;

  constructor(parts: WriterParts, handle: SqliteHandle) {
    this.clock = parts.clock;
    this.logger = parts.logger;
    this.lock = parts.lock;
    this.pacer = new Pacer(parts.clock);
    this.queue = new WriterQueue(parts.clock);
    this.#open = parts.open;
    this.#reopens = parts.reopens;
    this.#handle = handle;
    this.#statements = new StatementCache(handle);
  }

  get handle(): SqliteHandle {
    return this.#handle;
  }

  get statements(): StatementCache {
    return this.#statements;
  }

  /** Waits for the connection, and opens it again if it was given up; whoever gets it must call `queue.leave`. */
  async enter(request: TurnRequest): Promise<void> {
    await this.queue.enter(request);
    try {
      if (this.#abandoned && this.#reopens) {
        this.#handle = await this.#open();
        this.#abandoned = false;
        this.#statements = new StatementCache(this.#handle);
      }
    } catch (error) {
      this.queue.leave();
      throw error;
    }
  }

  /** Closes the connection for good; a transaction that is still open is rolled back by SQLite. */
  close(): void {
    this.#reopens = false;
    this.#handle.close();
  }

  /** Gives up a connection of which nobody knows what state it is in; the next holder opens another. */
  giveUp(): void {
    if (!this.#reopens) return;
    this.#abandoned = true;
    try {
      this.#handle.close();
    } catch {
      // it is not used again
    }
  }
}
