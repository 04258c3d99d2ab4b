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

/**
 * Rows as they are given out: integers as numbers.
 *
 * @throws SqliteError `SQLITE_MISMATCH` for an integer beyond 2^53, which a number would round
 */
export function plainRows<R>(rows: unknown[]): R[] {
  for (const row of rows as Record<string, unknown>[]) {
    for (const column in row) {
      const value = row[column];
      if (typeof value !== 'bigint') continue;
      const plain = Number(value);
      if (!Number.isSafeInteger(plain)) {
        throw new SqliteError(
          'SQLITE_MISMATCH',
          `column ${column} holds an integer beyond 2^53: read it as text with cast(… as text)`,
        );
      }
      row[column] = plain;
    }
  }
  return rows as R[];
}
