import type { AbortableOperationOptions, CompiledQuery, DatabaseConnection, QueryResult } from '../kysely.ts';
import { SqliteConnection } from './connection.ts';
import { executeNow } from './execute.ts';
import type { ReadConnections } from './read-connections.ts';
import { isLocked } from './sqlite-error.ts';
import type { Writer } from './writer.ts';

/** How long a statement or transaction of Kysely's own waits for its turn; `safeCommit` brings a limit of its own. */
const TURN_MS = 30_000;

/** What a connection is taken for. */
interface Taking extends AbortableOperationOptions {
  readonly readOnly?: boolean;
}

/**
 * What Kysely's own statements and transactions get: it takes its turn in the queue only when it must. A statement is
 * routed when it runs: a read goes to the connections for reading, or, where there are none, to the one connection
 * whenever nobody has a transaction open on it. Once a turn was taken all that follows runs there.
 */
export class QueuedConnection implements DatabaseConnection {
  readonly #writer: Writer;
  readonly #readers: ReadConnections | undefined;
  #taken: SqliteConnection | undefined;
  readonly #streaming = new Set<SqliteConnection>();
  #released = false;

  constructor(writer: Writer, readers: ReadConnections | undefined) {
    this.#writer = writer;
    this.#readers = readers;
  }

  /** Whether a statement or stream is still under way. */
  get busy(): boolean {
    return (this.#taken?.busy ?? false) || this.#streaming.size > 0;
  }

  /** Waits for the turn, unless it has been taken: on the writer, or for reading alone on a connection of its own. */
  async take(taking: Taking = {}): Promise<SqliteConnection> {
    if (this.#taken) {
      this.#assertHeld();
      return this.#taken;
    }
    this.#taken = await this.#enter(taking);
    return this.#taken;
  }

  async #enter({ signal, readOnly = false }: Taking): Promise<SqliteConnection> {
    this.#assertHeld();
    const readers = readOnly && !this.#writer.hasOwn ? this.#readers : undefined;
    const request = { deadline: this.#writer.clock.now() + TURN_MS, signal };
    let host: Writer | Awaited<ReturnType<ReadConnections['lend']>> = this.#writer;
    try {
      if (readers) host = await readers.lend(request);
      else await this.#writer.enter(request);
    } catch (error) {
      // Kysely has told its caller already, and would print a second rejection to the console.
      if (signal?.aborted) return new Promise(() => {});
      throw error;
    }
    if (this.#released) host.giveBack();
    this.#assertHeld();
    return new SqliteConnection(host);
  }

  async executeQuery<R>(query: CompiledQuery, options?: AbortableOperationOptions): Promise<QueryResult<R>> {
    if (!this.#taken) {
      await this.#writer.pacer.due();
      this.#assertHeld();
      const read = await this.#read<R>(query, options);
      if (read) return read;
    }
    return (await this.take(options)).executeQuery(query, options);
  }

  async *streamQuery<R>(
    query: CompiledQuery,
    chunkSize: number,
    options?: AbortableOperationOptions,
  ): AsyncIterableIterator<QueryResult<R>> {
    const own = !this.#taken && !this.#writer.hasOwn && this.#readers?.takes(query.sql) === true;
    const connection = await (own ? this.#enter({ ...options, readOnly: true }) : this.take(options));
    try {
      if (own) this.#streaming.add(connection);
      yield* connection.streamQuery<R>(query, chunkSize, options);
    } finally {
      if (this.#streaming.delete(connection)) connection.release();
    }
  }

  /** Gives back a connection for reading, when its transaction is over: what follows may write. */
  endReading(): void {
    if (!this.#taken || this.#writer.holder === this.#taken) return;
    this.#taken.release();
    this.#taken = undefined;
  }

  /** Gives the turn back, if it was taken. */
  release(): void {
    this.#released = true;
    this.#taken?.release();
    for (const connection of this.#streaming) connection.release();
  }

  /** A turn taken by what was left running would be given back by nobody. */
  #assertHeld(): void {
    if (!this.#released) return;
    throw new Error(
      'a statement came after its connection was given back, and was not run: is an `await` missing?',
    );
  }

  /** The answer of a statement that only reads, if it need not wait for a turn. */
  async #read<R>(
    query: CompiledQuery,
    options: AbortableOperationOptions = {},
  ): Promise<QueryResult<R> | undefined> {
    const { queue, clock, hasOwn } = this.#writer;
    if (queue.closed) return undefined;
    if (!this.#readers || hasOwn) return this.#readOnWriter<R>(query);
    return await this.#readers.read<R>(query, { arrivedAt: clock.now(), signal: options.signal });
  }

  #readOnWriter<R>(query: CompiledQuery): QueryResult<R> | undefined {
    const { handle, statements } = this.#writer;
    if (!handle.open || handle.inTransaction) return undefined;
    try {
      const cached = statements.get(query.sql);
      return cached.readonly && cached.reader && !cached.control ? executeNow<R>(cached, query) : undefined;
    } catch (error) {
      if (isLocked(error)) return undefined; // the turn is where locks are waited for
      throw error;
    }
  }
}
