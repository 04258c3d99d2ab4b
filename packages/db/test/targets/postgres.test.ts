import { protectPool } from '@resilient/db';
import { type Dialect, Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { openTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { behaviourOf } from './behaviour.ts';
import { type Notes, onKysely, onPool, type Subject } from './subject.ts';
import { UnknownDialect } from './unknown-dialect.ts';

type Common = Pick<Subject, 'kind' | 'retries' | 'notes' | 'lock'> & Required<Pick<Subject, 'kill'>>;

/** What all targets on PostgreSQL have in common. */
function commonOf(database: TestDatabase): Common {
  return {
    kind: 'postgres',
    retries: true,
    notes: async () =>
      (await database.rows('select text from note order by text')).map((row) => String(row.text)),
    kill: () =>
      database.rows(
        "select pg_terminate_backend(pid, 30000) from pg_stat_activity where datname = current_database() and state = 'idle in transaction'",
      ),
    lock: async () => {
      await database.admin.query('begin; lock table note in exclusive mode');
      return () => database.admin.query('rollback');
    },
  };
}

behaviourOf('our Kysely on PostgreSQL', async () => {
  const database = await openTestDatabase();
  const kysely = database.kysely as unknown as Kysely<Notes>;
  return {
    ...commonOf(database),
    ...onKysely(kysely),
    outer: () => kysely.selectFrom('note').selectAll().execute(),
    lent: () => database.opened.stats().inUse,
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
});

behaviourOf('pg.Pool', async () => {
  const database = await openTestDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 8 });
  await pool.query('select 1'); // a client that was opened before
  return {
    ...commonOf(database),
    ...onPool(pool),
    outer: () => pool.query('select 1'),
    lent: () => pool.totalCount - pool.idleCount,
    async [Symbol.asyncDispose]() {
      await pool.end();
      await database[Symbol.asyncDispose]();
    },
  };
});

async function stock(dialectOn: (pool: pg.Pool) => Dialect): Promise<Subject> {
  const database = await openTestDatabase();
  const pool = protectPool(new pg.Pool({ connectionString: database.url, max: 8 }));
  const kysely = new Kysely<Notes>({ dialect: dialectOn(pool), log: () => {} });
  return {
    ...commonOf(database),
    ...onKysely(kysely),
    outer: () => kysely.selectFrom('note').selectAll().execute(),
    lent: () => pool.totalCount - pool.idleCount,
    async [Symbol.asyncDispose]() {
      await kysely.destroy();
      await database[Symbol.asyncDispose]();
    },
  };
}

behaviourOf('stock Kysely with PostgresDialect', () => stock((pool) => new PostgresDialect({ pool })));

behaviourOf('another dialect of Kysely', async () => {
  const { kill: _, ...subject } = await stock((pool) => new UnknownDialect({ pool }));
  return { ...subject, retries: false };
});
