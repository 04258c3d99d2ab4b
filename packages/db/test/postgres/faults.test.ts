import { randomBytes } from 'node:crypto';
import { loadavg } from 'node:os';
import { systemClock } from '@resilient/core';
import { createTcpProxy, startPostgres } from '@resilient/testing';
import { sql } from 'kysely';
import { expect, inject, test } from 'vitest';
import { safeCommit } from '../../src/unit/safe-commit.ts';
import { bank } from './faults/bank.ts';
import { cancels } from './faults/cancels.ts';
import { crashWithReuse, FORGETFUL } from './faults/crash-with-reuse.ts';
import { cutCommits } from './faults/cut-commits.ts';
import { listAppend } from './faults/list-append.ts';
import { ask, type OwnDatabase, openOwnDatabase } from './faults/own-database.ts';

/** On the run's server, for what leaves it alive. */
async function openOnShared(target?: 'kysely' | 'pg.Pool'): Promise<OwnDatabase> {
  const name = `db_${randomBytes(6).toString('hex')}`;
  await ask(inject('postgresUrl'), `create database ${name}`);
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  return openOwnDatabase({ on: url.href, ...(target ? { target } : undefined) });
}

test.each([
  ['our Kysely', 'kysely', 'after', 25],
  ['our Kysely', 'kysely', 'before', 25],
  ['a bare pg.Pool', 'pg.Pool', 'after', 250],
  ['a bare pg.Pool', 'pg.Pool', 'before', 250],
] as const)(
  'on %s (%s), units whose connection is cut right %s COMMIT are applied once each, and none is unknown: %i',
  { timeout: 300_000 },
  async (_, target, when, units) => {
    await using database = await openOnShared(target);
    const found = await cutCommits(database, units, when);
    expect(found.report).toEqual({
      ok: true,
      anomalies: [],
      counts: { acknowledged: units, refused: 0, unknown: 0 },
    });
    expect([found.cuts, found.counted]).toEqual([units, units]);
  },
);

test('a crash that hands numbers out again makes nothing ok that is not there; a witness settles it', async () => {
  await using database = await openOwnDatabase({ witness: true, settings: FORGETFUL });
  const blind = await crashWithReuse(database, 1, false);
  expect(blind.report.anomalies).toEqual([]);
  expect(blind.reused).toBeGreaterThan(0);
  expect(blind.report.counts.unknown).toBeGreaterThan(0);
  const settled = await crashWithReuse(database, 1, true);
  expect(settled.report).toMatchObject({ ok: true, counts: { acknowledged: 6, unknown: 0 } });
  expect(settled.reused).toBeGreaterThan(0);
});

test('bank: transfers under ends of sessions, cuts, deadlocks and a restart neither make nor lose money', async () => {
  await using database = await openOwnDatabase({ witness: true });
  const found = await bank(database, { workers: 8, ms: 3_000, restartEveryMs: 1_500, seed: 1 });
  expect(found.report.anomalies).toEqual([]);
  expect(found.report.counts.acknowledged).toBeGreaterThan(20);
  expect(found.faults.cut + found.faults.terminated).toBeGreaterThan(2);
});

test.each(['serializable', 'read committed'] as const)(
  'list-append at %s shows nothing lost',
  async (isolation) => {
    await using database = await openOnShared();
    const found = await listAppend(database, { isolation, workers: 6, ms: 1_500, seed: 2 });
    expect(found.report.anomalies).toEqual([]);
    expect(found.report.counts.acknowledged).toBeGreaterThan(20);
    expect(found.cut).toBeGreaterThan(2);
  },
);

test.each([
  ['kysely', 300],
  ['pg.Pool', 500],
] as const)('on %s, %i units canceled at random leave no row of one that failed', async (target, units) => {
  await using database = await openOnShared(target);
  const { report, canceled } = await cancels(database, units, 3);
  expect(report.anomalies).toEqual([]);
  expect(report.counts.unknown).toBe(0);
  expect(canceled).toBeGreaterThan(0);
});

test('a COMMIT that waits for a standby that is not there is OUTCOME_UNKNOWN, and never ended by us', async () => {
  await using database = await openOwnDatabase({ settings: { synchronous_standby_names: 'nobody' } });
  const startedAt = performance.now();
  const failed = await safeCommit(
    database.kysely,
    (trx) => sql`insert into done values ('alone')`.execute(trx),
    { settleMs: 1_000, logger: database.log },
  );
  expect(failed).toMatchObject({ ok: false, attempts: 1, error: { code: 'OUTCOME_UNKNOWN' } });
  expect(performance.now() - startedAt, `load ${loadavg()[0]}`).toBeLessThan(3 * 1_000);
  expect(
    await database.direct("select count(*)::int as n from pg_stat_activity where wait_event = 'SyncRep'"),
  ).toEqual([{ n: 1 }]);
});

test('another cluster that answers in the place of the own one proves nothing', async () => {
  await using other = await startPostgres();
  await using database = await openOwnDatabase();
  const { port } = database.proxy;
  await ask(other.url, `alter role postgres password '${new URL(database.postgres.url).password}'`);
  const cut = database.proxy.cutAfter(/commit/i, { when: 'answer' });
  let impostor: Awaited<ReturnType<typeof createTcpProxy>> | undefined;
  const replaced = cut.firstCut.then(async () => {
    await database.proxy.close();
    impostor = await createTcpProxy({ upstream: other.port, port });
  });
  const failed = await safeCommit(
    database.kysely,
    (trx) => sql`insert into done values ('elsewhere')`.execute(trx),
    { settleMs: 5_000, logger: database.log },
  );
  await replaced;
  expect(failed).toMatchObject({ ok: false, attempts: 1, error: { code: 'OUTCOME_UNKNOWN' } });
  expect(impostor?.counters.connections).toBeGreaterThan(0);
  await impostor?.close();
});

test('a server that is away for 3 s fails no unit and costs no retry', async () => {
  await using database = await openOwnDatabase({ max: 5 });
  await safeCommit(database.kysely, (trx) => sql`select 1`.execute(trx));
  await database.postgres.kill();
  const back = systemClock.sleep(3_000).then(() => database.postgres.start());
  const units = Array.from({ length: 20 }, (_, n) =>
    safeCommit(database.kysely, (trx) => sql`insert into done values (${`${n}`})`.execute(trx), {
      timeoutMs: 30_000,
      maxRetries: 0,
      logger: database.log,
    }),
  );
  await back;
  const results = await Promise.all(units);
  expect(results.map(({ ok, attempts }) => [ok, attempts])).toEqual(units.map(() => [true, 1]));
  expect(await database.direct('select count(*)::int as n from done')).toEqual([{ n: 20 }]);
});

test('a client that has fallen silent keeps its row locked no longer than the server was told', async () => {
  await using database = await openOnShared();
  await database.direct('insert into account values (7, 0)');
  const failed = await safeCommit(
    database.kysely,
    async (trx) => {
      await sql`update account set balance = 1 where id = 7`.execute(trx);
      database.proxy.blackhole();
      await sql`select 1`.execute(trx);
    },
    { timeoutMs: 300, settleMs: 200, logger: database.log },
  );
  expect(failed).toMatchObject({ ok: false, error: { code: 'TIMEOUT' } });
  const startedAt = performance.now();
  await database.direct('update account set balance = 2 where id = 7');
  // Its time, that to settle and a second, in whole seconds.
  expect(performance.now() - startedAt, `load ${loadavg()[0]}`).toBeLessThan(3 * 2_000);
  database.proxy.blackhole(false);
});

test('attemptTimeoutMs ends one run, and the next one may be quicker', async () => {
  await using database = await openOnShared();
  const saved = await safeCommit(
    database.kysely,
    async (trx, { attempt }) => {
      await sql`insert into done values (${`${attempt}`})`.execute(trx);
      if (attempt === 1) await sql`select pg_sleep(20)`.execute(trx);
    },
    { attemptTimeoutMs: 2_000, logger: database.log },
  );
  expect(saved).toMatchObject({ ok: true, attempts: 2 });
  expect(await database.direct('select id from done')).toEqual([{ id: '2' }]);
});
