import { CompiledQuery, type DatabaseConnection } from '../kysely.ts';
import type { Ask, TextRow } from '../settle/ask.ts';
import type { Session } from '../settle/settler.ts';
import type { Executor } from './stock-parts.ts';

/** Asks on a connection of Kysely's, past its plugins. */
export function askOn(connection: DatabaseConnection): Ask {
  return async (text, values) =>
    (await connection.executeQuery<TextRow>(CompiledQuery.raw(text, [...values]))).rows;
}

/** Takes a connection out of Kysely's own pool, which is the only way to its database, until the session is ended. */
export function openStockSession(provide: Executor['provideConnection']): Promise<Session> {
  return new Promise((resolve, reject) => {
    const lent = (connection: DatabaseConnection): Promise<void> =>
      new Promise((end) => resolve({ ask: askOn(connection), end }));
    provide(lent).catch(reject);
  });
}
