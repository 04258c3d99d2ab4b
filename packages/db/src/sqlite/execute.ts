import type { CompiledQuery, QueryResult } from '../kysely.ts';
import type { CachedStatement } from './statement-cache.ts';
import { bindable, rowsIn } from './values.ts';

/** Runs a prepared statement to its end, in this very moment. */
export function executeNow<R>(cached: CachedStatement, query: CompiledQuery): QueryResult<R> {
  const parameters = bindable(query.parameters);
  if (cached.reader) {
    return { rows: rowsIn<R>(cached.int8, cached.statement, cached.statement.all(parameters)) };
  }
  const { changes, lastInsertRowid } = cached.statement.run(parameters);
  return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
}
