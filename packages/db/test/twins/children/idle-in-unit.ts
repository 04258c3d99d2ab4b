import { createDatabase, protectPool, safeCommit } from '@resilient/db';
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';

interface Notes {
  note: { text: string };
}

const [, , stack, url = ''] = process.argv;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Tells the parent which backend to kill, and is idle until it says that it has; only the first run is killed. */
let runs = 0;
async function idle(pid: unknown): Promise<void> {
  runs += 1;
  if (runs > 1) return;
  process.send?.({ pid });
  await new Promise((resolve) => process.once('message', resolve));
  await pause(200); // what the server said last has been read by then
}

async function onKysely(trx: Kysely<Notes>): Promise<void> {
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx);
  await trx.insertInto('note').values({ text: 'x' }).execute();
  await idle(rows[0]?.pid);
  await trx.insertInto('note').values({ text: 'y' }).execute();
}

async function run(): Promise<boolean> {
  if (stack === 'ours') {
    const db = await createDatabase<Notes>({ url });
    return (await safeCommit(db.kysely, onKysely)).ok;
  }
  const pool = new pg.Pool({ connectionString: url });
  if (stack === 'pool') {
    const saved = await safeCommit(pool, async (unit) => {
      const { rows } = await unit.query('select pg_backend_pid() as pid');
      await unit.query("insert into note (text) values ('x')");
      await idle(rows[0]?.pid);
      await unit.query("insert into note (text) values ('y')");
    });
    return saved.ok;
  }
  if (stack === 'protected') protectPool(pool);
  const kysely = new Kysely<Notes>({ dialect: new PostgresDialect({ pool }) });
  if (stack === 'protected') return (await safeCommit(kysely, onKysely)).ok;
  await kysely.transaction().execute(onKysely);
  return true;
}

run().then(
  (ok) => process.send?.({ ok, runs }, () => process.exit(0)),
  () => process.exit(3),
);
