import { safeCommit } from '@resilient/db';
import { Kysely, PostgresDialect, type PostgresDialectConfig } from 'kysely';
import pg from 'pg';
import { openTestDatabase, type TestDatabase } from '../postgres/database.ts';

process.env.RESILIENT_LOG_LEVEL ??= 'silent';

/** The one table of these tests. */
export interface Notes {
  note: { text: string };
}

/** A database with ours and with the stock stack beside each other. */
export interface Twins extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly ours: Kysely<Notes>;
  readonly stock: Kysely<Notes>;
  readonly pool: pg.Pool;
  notes(): Promise<string[]>;
}

export async function openTwins(
  config: Partial<PostgresDialectConfig> & { max?: number } = {},
): Promise<Twins> {
  const { max = 4, ...rest } = config;
  const database = await openTestDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max });
  const stock = new Kysely<Notes>({ dialect: new PostgresDialect({ pool, ...rest }) });
  return {
    database,
    pool,
    stock,
    ours: database.kysely as unknown as Kysely<Notes>,
    notes: async () =>
      (await database.rows('select text from note order by text')).map((row) => String(row.text)),
    async [Symbol.asyncDispose]() {
      await stock.destroy();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** The same unit with ours; answers whether it was committed. */
export async function byOurs(
  target: Kysely<Notes>,
  work: (trx: Kysely<Notes>) => Promise<unknown>,
): Promise<boolean> {
  return (await safeCommit(target, work, { maxRetries: 0 })).ok;
}

/** The same unit with the stock stack; answers whether it says that it was committed. */
export async function byStock(
  target: Kysely<Notes>,
  work: (trx: Kysely<Notes>) => Promise<unknown>,
): Promise<boolean> {
  try {
    await target.transaction().execute(work);
    return true;
  } catch {
    return false;
  }
}

export const add = (trx: Kysely<Notes>, text: string): Promise<unknown> =>
  trx.insertInto('note').values({ text }).execute();
