import { checkOneOf, refuse } from '@resilient/core';
import { type Kysely, sql } from './kysely.ts';

/** One stored session. */
export interface SessionRow {
  /** SHA-256 of the id that is in the cookie, in hexadecimal. */
  id: string;
  /** The session as JSON. */
  data: string;
  /** Counts the writes of this row. */
  rev: number;
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

function statements(table: string): string[] {
  return [
    `create table if not exists "${table}" (\n  "id" varchar(64) not null primary key,\n  "data" text not null,\n` +
      '  "rev" integer not null,\n  "expires_at" bigint not null\n)',
    `create index if not exists "${table}_expires_at" on "${table}" ("expires_at")`,
  ];
}

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
  return statements(checkTable(options.table ?? 'session'))
    .map((statement) => `${statement};\n`)
    .join('');
}

/** Makes the table unless it is there. Two processes may do so at once: PostgreSQL then refuses one of them. */
export async function makeTable(db: Kysely<Record<string, SessionRow>>, table: string): Promise<void> {
  const exists = async (): Promise<void> => {
    await db.selectFrom(table).select('id').limit(0).execute();
  };
  try {
    await exists();
  } catch {
    try {
      for (const statement of statements(table)) await sql.raw(statement).execute(db);
    } catch (error) {
      await exists().catch(() => {
        throw error;
      });
    }
  }
}
