import type { IntegerForm } from '../engine/integer-form.ts';
import type { SqliteStatement } from './handle.ts';
import { SqliteError } from './sqlite-error.ts';

const INT32 = 0x7fff_ffff;

/** One value in the form that SQLite stores it in: booleans as 0 and 1, instants as ISO text, whole numbers as integers. */
function bound(value: unknown): unknown {
  switch (typeof value) {
    case 'boolean':
      return value ? 1 : 0;
    case 'number':
      // The library binds what exceeds 32 bits as a REAL: in a column of text, 1e10 became '10000000000.0'.
      return Number.isSafeInteger(value) && (value > INT32 || value < -INT32) ? BigInt(value) : value;
    case 'undefined':
      return null;
    default:
      return value instanceof Date ? value.toISOString() : value;
  }
}

/** The parameters of a statement as SQLite takes them. */
export function bindable(parameters: readonly unknown[]): readonly unknown[] {
  return parameters.map(bound);
}

/** Declared types of 64 bits; all others are whatever PostgreSQL has as numbers. */
const WIDE = /^(?:bigint|int8)\b/i;

/**
 * Rows as they are given out: integers as numbers, or, in columns declared `bigint` or `int8` and in expressions such as
 * `count(*)`, in the form asked for.
 *
 * @throws SqliteError `SQLITE_MISMATCH` for an integer beyond 2^53, which a number would round
 */
export function rowsIn<R>(form: IntegerForm, statement: SqliteStatement, rows: unknown[]): R[] {
  if (form === 'number' || rows.length === 0) return plainRows<R>(rows);
  const wide = new Set<string>();
  for (const { name, type } of statement.columns()) if (type === null || WIDE.test(type)) wide.add(name);
  for (const row of rows as Record<string, unknown>[]) {
    for (const column in row) {
      const value = row[column];
      if (typeof value !== 'bigint') continue;
      if (!wide.has(column)) row[column] = plain(value, column);
      else if (form === 'string') row[column] = String(value);
    }
  }
  return rows as R[];
}

/**
 * Rows with integers as numbers.
 *
 * @throws SqliteError `SQLITE_MISMATCH` for an integer beyond 2^53, which a number would round
 */
function plainRows<R>(rows: unknown[]): R[] {
  for (const row of rows as Record<string, unknown>[]) {
    for (const column in row) {
      const value = row[column];
      if (typeof value !== 'bigint') continue;
      row[column] = plain(value, column);
    }
  }
  return rows as R[];
}

function plain(value: bigint, column: string): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new SqliteError(
    'SQLITE_MISMATCH',
    `column ${column} holds an integer beyond 2^53: read it as text with cast(… as text)`,
  );
}
