import { systemClock } from '@resilient/core';
import { startPostgres } from '@resilient/testing';
import { Kysely, sql } from 'kysely';
import { expect, inject, test } from 'vitest';
import {
  createPostgresEngine,
  type PostgresEngineOptions,
} from '../../src/postgres/create-postgres-engine.ts';
import { safeCommit } from '../../src/unit/safe-commit.ts';
import { keepLog } from '../postgres/database.ts';
import { crashWithReuse, FORGETFUL } from '../postgres/faults/crash-with-reuse.ts';
import { openOwnDatabase } from '../postgres/faults/own-database.ts';
import { findPgBouncer, startPgBouncer } from './start-pgbouncer.ts';

const binary = findPgBouncer();
const reason = 'no pgbouncer on this machine (Debian: apt-get install pgbouncer)';
if (!binary) process.stdout.write(`skipped: behind PgBouncer in transaction mode: ${reason}\n`);

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function openOn(url: string, options: Partial<PostgresEngineOptions> = {}) {
  const logger = keepLog();
  const opened = await createPostgresEngine({ url, clock: systemClock, logger, ...options });
  const kysely = new Kysely<never>({ dialect: opened.dialect });
  return { opened, kysely, logger, [Symbol.asyncDispose]: () => opened.close({ timeoutMs: 100 }) };
}

const LIMITS = sql<{ s: string; l: string; i: string }>`select current_setting('statement_timeout') as s,
  current_setting('lock_timeout') as l, current_setting('idle_in_transaction_session_timeout') as i`;

/** It refuses the parameters, or is told to swallow them: then the pid gives it away. */
const HABITS = [
  '',
  'ignore_startup_parameters = statement_timeout,lock_timeout,idle_in_transaction_session_timeout',
];

test.skipIf(!binary).each(HABITS)(
  'PgBouncer is found out, and each transaction sets the limits: %j',
  async (habit) => {
    await using bouncer = await startPgBouncer(binary as string, inject('postgresUrl'), habit);
    await using database = await openOn(bouncer.url);
    const limits = await database.kysely.transaction().execute((trx) => LIMITS.execute(trx));
    expect(limits.rows).toEqual([{ s: '30s', l: '10s', i: '1min' }]);
    const unit = await safeCommit(database.kysely, async (trx) => {
      await sql`select 1`.execute(trx); // the limits are set in its trip, after it
      return (await LIMITS.execute(trx)).rows;
    });
    expect(unit).toMatchObject({ ok: true, value: [{ s: '30s', l: '10s', i: '1min' }] });
    const after = await LIMITS.execute(database.kysely);
    expect(after.rows).toEqual([{ s: '0', l: '0', i: '0' }]); // nothing is left behind for others
    expect(await database.opened.check({ timeoutMs: 2_000 })).toMatchObject({ status: 'ok' });
  },
);

test.skipIf(!binary)('`pgbouncer: false` refuses at the start, in one sentence', async () => {
  await using bouncer = await startPgBouncer(binary as string, inject('postgresUrl'));
  await expect(openOn(bouncer.url, { pgbouncer: false })).rejects.toThrow(/refuses the connection: .*08P01/);
});

test.skipIf(!binary)('behind PgBouncer 100 concurrent units share a few connections', async () => {
  await using bouncer = await startPgBouncer(binary as string, inject('postgresUrl'));
  await using database = await openOn(bouncer.url);
  const units = Array.from({ length: 100 }, (_, n) =>
    safeCommit(
      database.kysely,
      async (trx) => (await sql<{ n: number }>`select ${n}::int as n`.execute(trx)).rows[0]?.n,
    ),
  );
  const values = (await Promise.all(units)).map((result) => result.ok && result.value);
  expect(values).toEqual(Array.from({ length: 100 }, (_, n) => n));
  // the next transaction may be on another connection: nothing is prepared there
  const kept = sql`select name from pg_prepared_statements`.execute(database.kysely);
  expect((await kept).rows).toEqual([]);
});

test.skipIf(!binary)(
  'the server behind PgBouncer is down for 3 s: units succeed without a retry',
  async () => {
    await using postgres = await startPostgres();
    await using bouncer = await startPgBouncer(binary as string, postgres.url);
    await using database = await openOn(bouncer.url);
    await Promise.all(Array.from({ length: 5 }, () => sql`select 1`.execute(database.kysely)));
    await postgres.kill();
    let runs = 0;
    const units = Array.from({ length: 20 }, () =>
      safeCommit(
        database.kysely,
        async (trx) => {
          runs += 1;
          await sql`select 1`.execute(trx);
        },
        { maxRetries: 0, timeoutMs: 20_000, logger: database.logger },
      ),
    );
    await pause(3_000);
    await postgres.start();
    const results = await Promise.all(units);
    expect(results.filter((result) => !result.ok)).toEqual([]);
    expect(new Set(results.map(({ attempts }) => attempts))).toEqual(new Set([1]));
    process.stdout.write(`down behind PgBouncer: ${results.length} of 20 units, ${runs} runs\n`);
  },
);

test.skipIf(!binary)(
  'a crash of the server behind PgBouncer makes nothing ok that is not there; a witness settles it',
  async () => {
    await using postgres = await startPostgres({ settings: FORGETFUL });
    await using bouncer = await startPgBouncer(binary as string, postgres.url);
    await using database = await openOwnDatabase({ on: bouncer.url, witness: true });
    const behind = { ...database, postgres };
    const blind = await crashWithReuse(behind, 1, false);
    expect(blind.report.anomalies).toEqual([]);
    const settled = await crashWithReuse(behind, 1, true);
    expect(settled.report).toMatchObject({ ok: true, counts: { acknowledged: 6, unknown: 0 } });
  },
);
