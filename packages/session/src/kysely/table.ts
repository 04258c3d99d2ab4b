import { checkOneOf, refuse } from '@resilient/core';
import { type Kysely, sql } from './kysely.ts';

/** One stored session. */
export interface SessionRow {
  /** SHA-256 of the id that is in the cookie, in hexadecimal. */
  id: string;
  /** The session as JSON. */
  data: string;
  /** Counts the changes of this row. */
  rev: number;
  /** Whose session it is, where the session says so. */
  user_id: string | null;
  /** Milliseconds since 1970; PostgreSQL's driver answers a text. */
  expires_at: number | string;
}

const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

/**
 * Answers the name if it can be a table's.
 *
 * @throws TypeError for anything but letters, digits and underscores
 */
export function checkTable(table: unknown): string {
  if (typeof table !== 'string' || !PLAIN_NAME.test(table)) {
    throw refuse('table', 'a name of letters, digits and underscores', table);
  }
  return table;
}

const columnsOf = (table: string): string =>
  `create table if not exists "${table}" (\n  "id" varchar(64) not null primary key,\n  "data" text not null,\n` +
  '  "rev" integer not null,\n  "user_id" varchar(255),\n  "expires_at" bigint not null\n)';

const indexesOf = (table: string): string[] =>
  ['expires_at', 'user_id'].map(
    (column) => `create index if not exists "${table}_${column}" on "${table}" ("${column}")`,
  );

/**
 * Answers the SQL that makes the table of `createSessionStore`, for migrations made by hand.
 *
 * @throws TypeError for another kind of database, or a table whose name is not plain
 * @example
 * ```ts
 * import { sessionStoreSql } from '@resilient/session/kysely';
 *
 * console.log(sessionStoreSql('postgres', { table: 'web_session' }));
 * ```
 */
export function sessionStoreSql(
  kind: 'sqlite' | 'postgres',
  options: { readonly table?: string | undefined } = {},
): string {
  checkOneOf('kind', kind, ['sqlite', 'postgres']);
  const table = checkTable(options.table ?? 'session');
  return [columnsOf(table), ...indexesOf(table)].map((statement) => `${statement};\n`).join('');
}

type Tables = Kysely<Record<string, SessionRow>>;
type Transaction = (work: (trx: Tables) => Promise<void>) => Promise<void>;

/** Makes the table unless it is there. Two processes may do so at once: PostgreSQL then refuses one of them. */
export async function makeTable(db: Tables, table: string, transaction: Transaction): Promise<void> {
  const has = (column: 'id' | 'user_id'): Promise<boolean> =>
    db
      .selectFrom(table)
      .select(column)
      .limit(0)
      .execute()
      .then(
        () => true,
        () => false,
      );
  if (await has('user_id')) return;
  const column = (await has('id'))
    ? `alter table "${table}" add column "user_id" varchar(255)`
    : columnsOf(table);
  try {
    await transaction(async (trx) => {
      for (const statement of [column, ...indexesOf(table)]) await sql.raw(statement).execute(trx);
    });
  } catch (error) {
    if (!(await has('user_id'))) throw error;
  }
}
