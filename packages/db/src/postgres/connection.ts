import type { CompiledQuery, DatabaseConnection, QueryResult } from '../kysely.ts';
import type { Lease } from './lease.ts';
import type { PgResult } from './pg.ts';

/** Statements that change rows, by their command tags. */
const CHANGING: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);

/** Texts that a cursor can be declared for. */
const READING = /^[\s(]*(select|with|values|table)\b/i;

/** The transaction of a unit was ended by something that ran in it. */
export class EndedTransactionError extends Error {
  constructor() {
    super('a statement has ended the transaction that it ran in');
    this.name = 'EndedTransactionError';
  }
}

/** What Kysely is to get of pg's answer. */
export function resultOf<R>({ command, rowCount, rows }: PgResult): QueryResult<R> {
  return {
    ...(CHANGING.has(command) ? { numAffectedRows: BigInt(rowCount ?? 0) } : undefined),
    rows: rows as R[],
  };
}

let cursors = 0;

/** Kysely's view of a lease; `inTransaction` if the statements belong to one that is committed elsewhere. */
export class PostgresConnection implements DatabaseConnection {
  readonly lease: Lease;
  readonly #inTransaction: boolean;

  constructor(lease: Lease, inTransaction: boolean) {
    this.lease = lease;
    this.#inTransaction = inTransaction;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const result = await this.lease.query(query.sql, query.parameters);
    if (this.#inTransaction && this.lease.client.getTransactionStatus() === 'I') {
      const error = new EndedTransactionError();
      this.lease.breakWith(error);
      throw error;
    }
    return resultOf<R>(result);
  }

  /** Rows in portions, through a cursor of the server: pg's own needs another package. */
  async *streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    if (!READING.test(query.sql)) {
      yield await this.executeQuery<R>(query);
      return;
    }
    const { lease } = this;
    const cursor = `resilient_${++cursors}`;
    const portion = Math.max(1, Math.trunc(chunkSize) || 1);
    let end = 'commit';
    if (!this.#inTransaction) await lease.query('begin');
    try {
      await lease.query(`declare ${cursor} no scroll cursor for ${query.sql}`, query.parameters);
      for (;;) {
        const { rows } = await lease.query(`fetch forward ${portion} from ${cursor}`);
        if (rows.length > 0) yield { rows: rows as R[] };
        if (rows.length < portion) break;
      }
    } catch (error) {
      end = 'rollback';
      throw error;
    } finally {
      // after an error there is no cursor to close; outside of a transaction its own ends with it
      if (!this.#inTransaction) await lease.query(end).catch(() => {});
      else if (lease.client.getTransactionStatus() === 'T')
        await lease.query(`close ${cursor}`).catch(() => {});
    }
  }
}
