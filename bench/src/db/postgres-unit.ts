import { createDatabase, protectPool, safeCommit } from '@resilient/db';
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

const THROUGH_STOCK = 'safeCommit through a stock PostgresDialect';

/** What is measured, and what each of ours may cost. */
interface Distance {
  readonly name: string;
  readonly calls: number;
  readonly goal: number;
  /** Through a stock PostgresDialect: one trip more. */
  readonly stockGoal?: number;
}

/** All on one connection at a time, as a request has it. */
async function measure(url: string, { name, calls, goal, stockGoal }: Distance): Promise<BenchResult[]> {
  const db = await createDatabase<Schema>({ url, env: { NODE_ENV: 'production' } });
  const stockOn = (): Kysely<Schema> => {
    const pool = protectPool(new pg.Pool({ connectionString: url }));
    return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  };
  const stock = stockOn();
  const wrapped = stockOn();
  const saving = (kysely: Kysely<Schema>) => async (): Promise<void> => {
    const saved = await safeCommit(kysely, add);
    if (!saved.ok) throw saved.error;
  };
  const ours: Contender[] = [{ name: 'safeCommit, one statement', call: saving(db.kysely) }];
  if (stockGoal !== undefined) ours.push({ name: THROUGH_STOCK, call: saving(wrapped) });
  const peers: Contender[] = [
    { name: 'stock db.transaction()', call: () => stock.transaction().execute(add) },
  ];
  const goalOf = (own: Contender): number | undefined => (own.name === THROUGH_STOCK ? stockGoal : goal);
  const results = await compare({ name, ours, peers, goal: goalOf, rounds: 40, calls });
  await stock.destroy();
  await wrapped.destroy();
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
  const near = await measure(postgres.url, {
    ...{ name: 'db unit, PostgreSQL on loopback', calls: 100 },
    ...{ goal: 1, stockGoal: 1.5 },
  });
  await using proxy = await createTcpProxy({ upstream: postgres.port });
  proxy.delay(TRIP_MS / 2);
  const far = await measure(proxy.url(postgres.url), {
    ...{ name: `db unit, PostgreSQL ${TRIP_MS} ms away`, calls: 25 },
    goal: 0.8,
  });
  return [...near, ...far];
}
