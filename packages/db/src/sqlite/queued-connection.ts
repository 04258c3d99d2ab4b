import type { AbortableOperationOptions, CompiledQuery, DatabaseConnection, QueryResult } from '../kysely.ts';
import { SqliteConnection } from './connection.ts';
import { executeNow } from './execute.ts';
import { isLocked } from './sqlite-error.ts';
import type { Writer } from './writer.ts';

/** How long a statement or transaction of Kysely's own waits for its turn; `safeCommit` brings a limit of its own. */
const TURN_MS = 30_000;

/**
 * What Kysely's own statements and transactions get: it takes its turn in the queue only when it must. A read is run at
 * once whenever nobody has a transaction open, so that pages are read while a unit waits for the lock of another process.
 */
export class QueuedConnection implements DatabaseConnection {
  readonly #writer: Writer;
  #taken: SqliteConnection | undefined;
  #released = false;

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  /** Whether a statement or stream is still under way. */
  get busy(): boolean {
    return this.#taken?.busy ?? false;
  }

  /** Waits for the turn, unless it has been taken. */
  async take(options?: AbortableOperationOptions): Promise<SqliteConnection> {
    this.#assertHeld();
    if (this.#taken) return this.#taken;
    const writer = this.#writer;
    const signal = options?.signal;
    try {
      await writer.enter({ deadline: writer.clock.now() + TURN_MS, signal });
    } catch (error) {
      // Kysely has told its caller already, and would print a second rejection to the console.
      if (signal?.aborted) return new Promise(() => {});
      throw error;
    }
    if (this.#released) writer.queue.leave();
    this.#assertHeld();
    this.#taken = new SqliteConnection(writer);
    return this.#taken;
  }

  async executeQuery<R>(query: CompiledQuery, options?: AbortableOperationOptions): Promise<QueryResult<R>> {
    if (!this.#taken) {
      await this.#writer.pacer.due();
      this.#assertHeld();
      const read = this.#readNow<R>(query);
      if (read) return read;
    }
    return (await this.take(options)).executeQuery(query, options);
  }

  async *streamQuery<R>(
    query: CompiledQuery,
    chunkSize: number,
    options?: AbortableOperationOptions,
  ): AsyncIterableIterator<QueryResult<R>> {
    yield* (await this.take(options)).streamQuery<R>(query, chunkSize, options);
  }

  /** Gives the turn back, if it was taken. */
  release(): void {
    this.#released = true;
    this.#taken?.release();
  }

  /** A turn taken by what was left running would be given back by nobody. */
  #assertHeld(): void {
    if (!this.#released) return;
    throw new Error(
      'a statement came after its connection was given back, and was not run: is an `await` missing?',
    );
  }

  /** The answer of a statement that only reads, if it can be run in this very moment. */
  #readNow<R>(query: CompiledQuery): QueryResult<R> | undefined {
    const { handle, queue, statements } = this.#writer;
    if (!handle.open || queue.closed || handle.inTransaction) return undefined;
    try {
      const cached = statements.get(query.sql);
      return cached.readonly && cached.reader && !cached.control ? executeNow<R>(cached, query) : undefined;
    } catch (error) {
      if (isLocked(error)) return undefined; // the turn is where locks are waited for
      throw error;
    }
  }
}
