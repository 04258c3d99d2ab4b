import { createDatabase, safeCommit } from '@resilient/db';
import { createTcpProxy, startPostgres } from '@resilient/testing';
import { Kysely, PostgresDialect, type Transaction } from 'kysely';
import pg from 'pg';
import { type BenchResult, type Contender, compare } from '../interleave.ts';

interface Schema {
  student: { id: number; xp: number };
}

const TABLE = 'create table student (id int primary key, xp int not null); insert into student values (1, 0)';

/** There and back; the rest of a trip is the proxy's own. */
const TRIP_MS = 2;

const add = (trx: Transaction<Schema>): Promise<unknown> =>
  trx
    .updateTable('student')
    .set((eb) => ({ xp: eb('xp', '+', 1) }))
    .where('id', '=', 1)
    .execute();

/** Both on one connection at a time, as a request has it. */
async function measure(url: string, name: string, calls: number, goal: number): Promise<BenchResult[]> {
  const db = await createDatabase<Schema>({ url, env: { NODE_ENV: 'production' } });
  const stock = new Kysely<Schema>({
    dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: url }) }),
  });
  const ours: Contender[] = [
    {
      name: 'safeCommit, one statement',
      call: async () => {
        const saved = await safeCommit(db.kysely, add);
        if (!saved.ok) throw saved.error;
      },
    },
  ];
  const peers: Contender[] = [
    { name: 'stock db.transaction()', call: () => stock.transaction().execute(add) },
  ];
  const results = await compare({ name, ours, peers, goal: () => goal, rounds: 40, calls });
  await stock.destroy();
  await db.close();
  return results;
}

/** A unit that knows whether it was committed, against a transaction that does not. */
export async function run(): Promise<BenchResult[]> {
  // a server that keeps what it has acknowledged: without fsync a COMMIT is too cheap to be true
  await using postgres = await startPostgres({ settings: { fsync: 'on', full_page_writes: 'on' } });
  const client = new pg.Client(postgres.url);
  await client.connect();
  await client.query(TABLE);
  await client.end();
  const near = await measure(postgres.url, 'db unit, PostgreSQL on loopback', 100, 1);
  await using proxy = await createTcpProxy({ upstream: postgres.port });
  proxy.delay(TRIP_MS / 2);
  const far = await measure(proxy.url(postgres.url), `db unit, PostgreSQL ${TRIP_MS} ms away`, 25, 0.8);
  return [...near, ...far];
}
