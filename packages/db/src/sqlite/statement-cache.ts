import type { IntegerForm } from '../engine/integer-form.ts';
import { findControl } from '../unit/transaction-control.ts';
import type { SqliteHandle, SqliteStatement } from './handle.ts';

/** Statements kept prepared: more than an application has texts, few enough to cost no more than some megabytes. */
const LIMIT = 500;

/** A prepared statement and what is known of its text. */
export interface CachedStatement {
  readonly statement: SqliteStatement;
  /** How its integers of 64 bits are given out. */
  readonly int8: IntegerForm;
  readonly reader: boolean;
  readonly readonly: boolean;
  /** Whether it begins or ends a transaction. */
  readonly control: boolean;
  /** Whether it may do more than read and write rows: a definition, a PRAGMA, ATTACH. */
  readonly defines: boolean;
}

const PLAIN = /^\s*(?:insert|update|delete|replace|with|select|values|explain|savepoint|release|rollback)\b/i;

/** Prepares the text of a statement; integers come as `bigint`, so that none is rounded. */
export function prepareStatement(handle: SqliteHandle, sql: string, int8: IntegerForm): CachedStatement {
  const statement = handle.prepare(sql).safeIntegers(true);
  const { reader, readonly } = statement;
  const control = !reader && findControl(sql).refused !== undefined;
  return { statement, int8, reader, readonly, control, defines: !PLAIN.test(sql) };
}

/** The statements of one connection, prepared once each; the one not used for longest makes room. */
export class StatementCache {
  readonly int8: IntegerForm;
  readonly #handle: SqliteHandle;
  readonly #statements = new Map<string, CachedStatement>();

  constructor(handle: SqliteHandle, int8: IntegerForm = 'number') {
    this.#handle = handle;
    this.int8 = int8;
  }

  get(sql: string): CachedStatement {
    const known = this.#statements.get(sql);
    if (known) {
      if (this.#statements.size > LIMIT / 2) this.#moveToEnd(sql, known);
      return known;
    }
    const prepared = prepareStatement(this.#handle, sql, this.int8);
    this.#statements.set(sql, prepared);
    if (this.#statements.size > LIMIT) {
      for (const oldest of this.#statements.keys()) {
        this.#statements.delete(oldest);
        break;
      }
    }
    return prepared;
  }

  /** The order is that of use only where one may have to go soon: it costs as much as a small statement. */
  #moveToEnd(sql: string, known: CachedStatement): void {
    this.#statements.delete(sql);
    this.#statements.set(sql, known);
  }
}
