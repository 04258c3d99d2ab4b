import { createTcpProxy, startPostgres, type TcpProxy, type TestPostgres } from '@resilient/testing';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { safeCommit } from '../../src/unit/safe-commit.ts';
import { ask, type OwnDatabase, openOwnDatabase } from './faults/own-database.ts';
import { type Standby, startStandby } from './faults/start-standby.ts';

let primary: TestPostgres;
let standby: Standby;
let database: OwnDatabase;
let stranger: TcpProxy | undefined;

beforeAll(async () => {
  primary = await startPostgres();
  standby = await startStandby(primary);
});
beforeEach(async () => {
  await ask(primary.url, 'drop table if exists account, done, list, resilient_witness');
  database = await openOwnDatabase({ on: primary.url, witness: true });
  return async () => {
    await database[Symbol.asyncDispose]();
    await stranger?.close();
    stranger = undefined;
  };
});
afterAll(async () => {
  await standby[Symbol.asyncDispose]();
  await primary.close();
});

/** A unit whose COMMIT is cut, and whose address then leads to the standby; `then` runs once it does. */
async function unitWith(
  when: 'before' | 'answer',
  options: { witness: boolean; settleMs: number },
  then: () => Promise<void> = async () => {},
) {
  const { port } = database.proxy;
  const cut = database.proxy.cutAfter(/commit/i, { when });
  const replaced = cut.firstCut.then(async () => {
    await database.proxy.close();
    await standby.caughtUp();
    stranger = await createTcpProxy({ upstream: standby.port, port });
    await then();
  });
  const result = await safeCommit(
    database.kysely,
    (trx) => sql`insert into done values (${when})`.execute(trx),
    { logger: database.log, ...options },
  );
  await replaced;
  expect(cut.fired).toBe(1);
  expect(stranger?.counters.connections).toBeGreaterThan(0);
  return result;
}

const on = (url: string) => ask(url, 'select id from done');

test.each(['answer', 'before'] as const)(
  'a standby of its own cluster that is asked about a COMMIT cut at "%s" proves nothing',
  async (when) => {
    const failed = await unitWith(when, { witness: false, settleMs: 5_000 });
    expect(failed).toMatchObject({ ok: false, attempts: 1, error: { code: 'OUTCOME_UNKNOWN' } });
    expect(await on(primary.url)).toEqual(when === 'answer' ? [{ id: when }] : []);
  },
);

test('a witness that has reached the standby proves that it happened; one that has not proves nothing', async () => {
  expect(await unitWith('answer', { witness: true, settleMs: 10_000 })).toMatchObject({
    ok: true,
    attempts: 1,
  });
  await database[Symbol.asyncDispose]();
  await stranger?.close();
  await ask(primary.url, 'drop table account, done, list');
  database = await openOwnDatabase({ on: primary.url, witness: true });
  const failed = await unitWith('before', { witness: true, settleMs: 5_000 });
  expect(failed).toMatchObject({ ok: false, attempts: 1, error: { code: 'OUTCOME_UNKNOWN' } });
});

test('a standby that is promoted takes the primary’s place: what did not happen is run again there', async () => {
  const saved = await unitWith('before', { witness: true, settleMs: 20_000 }, () => standby.promote());
  expect(saved).toMatchObject({ ok: true, attempts: 2 });
  expect(await on(standby.url)).toEqual([{ id: 'before' }]);
  expect(await on(primary.url)).toEqual([]);
});
