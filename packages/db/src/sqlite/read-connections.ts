import type { CompiledQuery, QueryResult } from '../kysely.ts';
import { executeNow } from './execute.ts';
import type { SqliteHandle } from './handle.ts';
import type { LockRequest } from './lock-wait.ts';
import { Reader, type ReaderParts } from './reader.ts';
import { isLocked } from './sqlite-error.ts';
import type { CachedStatement } from './statement-cache.ts';
import { type QueueWatch, type TurnRequest, WriterQueue } from './writer-queue.ts';

/** Connections lent for a whole stream or transaction, beside the one for single statements. */
const LENT = 3;

/** A text that may be a read; whether it is one is SQLite's to say (`with … insert`). */
const MAY_READ = /^[\s(]*(?:select|with|values)\b/i;
/** What these answer is known to the connection that wrote. */
const OF_THE_WRITER = /\b(?:total_changes|changes|last_insert_rowid)\s*\(/i;

/** What {@link ReadConnections} are made of. */
export interface ReadConnectionsParts extends ReaderParts {
  /** Opens the file for reading. */
  readonly open: () => Promise<SqliteHandle>;
  /** Told of those who could be lent none. */
  readonly watch?: QueueWatch | undefined;
}

/**
 * The connections for reading, beside the writer: single statements run at once on the first of them, a stream or a
 * transaction has one to itself, since it keeps seeing the state that it began with. What was committed before a read
 * was issued is seen by it.
 */
export class ReadConnections {
  readonly #parts: ReadConnectionsParts;
  readonly #first: Reader;
  readonly #free: Reader[] = [];
  readonly #lent = new Set<Reader>();
  readonly #queue: WriterQueue;
  #closed = false;

  private constructor(parts: ReadConnectionsParts, first: SqliteHandle) {
    this.#parts = parts;
    this.#first = new Reader(parts, first, () => {});
    this.#queue = new WriterQueue(parts.clock, LENT);
    this.#queue.watch = parts.watch;
  }

  /** Opens the first connection; the others are opened when they are needed. */
  static async open(parts: ReadConnectionsParts): Promise<ReadConnections> {
    return new ReadConnections(parts, await parts.open());
  }

  /** Connections open, of which some are lent. */
  get size(): number {
    return (this.#closed ? 0 : 1) + this.#free.length + this.#lent.size;
  }

  get lent(): number {
    return this.#lent.size;
  }

  get waiting(): number {
    return this.#queue.waiting;
  }

  /** Most connections there may be. */
  get limit(): number {
    return 1 + LENT;
  }

  /** Whether a statement can run here; what cannot be prepared here is left to the writer, which says what is wrong. */
  takes(sql: string): boolean {
    if (this.#closed || !MAY_READ.test(sql) || OF_THE_WRITER.test(sql)) return false;
    try {
      return isRead(this.#first.statements.get(sql));
    } catch (error) {
      return isLocked(error);
    }
  }

  /** The answer of a single statement, or `undefined` if it cannot run here. */
  async read<R>(query: CompiledQuery, request: LockRequest): Promise<QueryResult<R> | undefined> {
    if (!this.takes(query.sql)) return undefined;
    const step = (): QueryResult<R> | undefined => {
      const cached = this.#first.statements.get(query.sql);
      return isRead(cached) ? executeNow<R>(cached, query) : undefined;
    };
    return await this.#parts.lock.run(step, request);
  }

  /** Lends a connection, which is given back by its `giveBack`. */
  async lend(request: TurnRequest): Promise<Reader> {
    await this.#queue.enter(request);
    try {
      const reader = this.#free.pop() ?? (await this.#open());
      this.#lent.add(reader);
      return reader;
    } catch (error) {
      this.#queue.leave();
      throw error;
    }
  }

  /** Refuses newcomers; resolves when nobody has a connection. */
  drain(): Promise<void> {
    return this.#queue.close();
  }

  /** Closes all connections, taking them from those who still have one. */
  close(): void {
    this.#closed = true;
    this.#queue.refuseWaiting();
    for (const reader of [...this.#lent]) {
      reader.holder?.release();
      reader.giveUp();
    }
    for (const reader of [this.#first, ...this.#free.splice(0)]) reader.giveUp();
  }

  async #open(): Promise<Reader> {
    return new Reader(this.#parts, await this.#parts.open(), (reader) => this.#takeBack(reader));
  }

  #takeBack(reader: Reader): void {
    if (!this.#lent.delete(reader)) return;
    if (this.#closed) reader.giveUp();
    else if (reader.handle.open) this.#free.push(reader);
    this.#queue.leave();
  }
}

function isRead(cached: CachedStatement): boolean {
  return cached.readonly && cached.reader;
}
