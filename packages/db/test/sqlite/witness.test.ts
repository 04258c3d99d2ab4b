import { systemClock } from '@resilient/core';
import { type CreateDatabaseOptions, createDatabase, safeCommit, witnessSql } from '@resilient/db';
import { holdSqliteLock } from '@resilient/testing';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { type FailingDisk, failingDisk } from './failing-disk.ts';
import { counterOf, temporaryDatabase } from './temporary-database.ts';

type Temporary = Awaited<ReturnType<typeof temporaryDatabase>>;

async function onFailingDisk(
  options: CreateDatabaseOptions = {},
): Promise<Temporary & { readonly disk: FailingDisk }> {
  const disk = failingDisk();
  const temporary = await temporaryDatabase({ witness: true, onConnect: disk.onConnect, ...options });
  return { ...temporary, disk };
}

/** Adds 1 to the counter, so that a unit applied twice shows. */
const add = ({ db }: Temporary, options: Parameters<typeof safeCommit>[2] = {}) =>
  safeCommit(
    db.kysely,
    (trx) => trx.updateTable('counter').set({ value: sql`value + 1` }).where('id', '=', 1).execute(),
    options,
  );

const rows = async ({ db }: Temporary): Promise<{ id: string; refused: number }[]> =>
  (await sql<{ id: string; refused: number }>`select id, refused from resilient_witness`.execute(db.kysely))
    .rows;

test('a COMMIT that the disk failed but that happened is ok; one that did not happen is REJECTED, with nothing there', async () => {
  await using temporary = await onFailingDisk();
  const { db, disk } = temporary;
  disk.next.push('committed');
  expect(await add(temporary)).toMatchObject({ ok: true, attempts: 1 });
  expect(await counterOf(db)).toBe(1);
  disk.next.push('not committed');
  expect(await add(temporary)).toMatchObject({
    ok: false,
    attempts: 1,
    error: { code: 'REJECTED', outcome: 'rejected', sqlState: 'SQLITE_IOERR_FSYNC' },
  });
  expect(await counterOf(db)).toBe(1);
  expect(await add(temporary)).toMatchObject({ ok: true });
  expect(await counterOf(db)).toBe(2);
  // The refused one is marked, so that it can never come to be.
  expect((await rows(temporary)).filter(({ refused }) => refused === 1)).toHaveLength(1);
});

test('without a witness both are OUTCOME_UNKNOWN, and neither is run again', async () => {
  await using temporary = await onFailingDisk({ witness: false });
  const { db, disk } = temporary;
  disk.next.push('committed', 'not committed');
  for (let unit = 0; unit < 2; unit += 1) {
    expect(await add(temporary)).toMatchObject({
      ok: false,
      attempts: 1,
      error: { code: 'OUTCOME_UNKNOWN', outcome: 'unknown', sqlState: 'SQLITE_IOERR_FSYNC' },
    });
  }
  expect(await counterOf(db)).toBe(1);
});

test('one row serves a group: all of its units are ok, or all are run again one by one', async () => {
  await using temporary = await onFailingDisk();
  const { db, disk } = temporary;
  const group = () => Promise.all(Array.from({ length: 40 }, () => add(temporary, { maxRetries: 0 })));
  disk.next.push('committed');
  expect((await group()).every(({ ok, attempts }) => ok && attempts === 1)).toBe(true);
  expect(await counterOf(db)).toBe(40);
  expect((await rows(temporary)).length).toBeLessThan(10);
  disk.next.push('not committed');
  const results = await group();
  expect(results.every(({ ok, attempts }) => ok && attempts === 1)).toBe(true);
  expect(await counterOf(db)).toBe(80);
});

test('a unit that was set aside and ends while the COMMIT of the others is settled takes none of them with it', async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  const disk = failingDisk();
  let settling = false;
  const onConnect: FailingDisk['onConnect'] = async (handle) => {
    disk.onConnect(handle);
    if (!settling) return;
    asked.resolve();
    await answer.promise;
  };
  // On a clock that stands still a group is never too long.
  const clock = { ...systemClock, now: () => 0 };
  await using temporary = await temporaryDatabase({ witness: true, onConnect, clock });
  const { db } = temporary;
  let runs = 0;
  const unit = (index: number) =>
    safeCommit(db.kysely, async (trx) => {
      await trx.updateTable('counter').set({ value: sql`value + 1` }).where('id', '=', 1).execute();
      if (index < 9) return;
      runs += 1;
      if (runs === 1) await asked.promise; // needs more than the database: the others are committed without it
    });
  disk.next.push('committed');
  settling = true;
  const units = Promise.all(Array.from({ length: 10 }, (_, index) => unit(index)));
  await asked.promise;
  await new Promise((resolve) => setTimeout(resolve, 20));
  settling = false;
  answer.resolve();
  expect((await units).map(({ ok, attempts }) => [ok, attempts])).toEqual(Array(10).fill([true, 1]));
  expect([runs, await counterOf(db)]).toEqual([2, 10]);
});

test('a disk that goes on failing leaves it open after settleMs, and a later unit finds a connection', async () => {
  await using temporary = await onFailingDisk();
  const { db, disk } = temporary;
  disk.next.push('committed');
  disk.refused.add('resilient_witness (id, refused)');
  const startedAt = performance.now();
  expect(await add(temporary, { settleMs: 1_500 })).toMatchObject({
    ok: false,
    attempts: 1,
    error: { code: 'OUTCOME_UNKNOWN', outcome: 'unknown' },
  });
  expect(performance.now() - startedAt).toBeGreaterThan(250);
  expect(disk.opened).toBeGreaterThan(4);
  disk.refused.clear();
  expect(await add(temporary)).toMatchObject({ ok: true });
  expect(await counterOf(db)).toBe(2);
});

test('the lock of another process is waited for while it is settled', async () => {
  await using temporary = await onFailingDisk();
  const { disk, file } = temporary;
  const held = holdSqliteLock(file, 400);
  disk.next.push('committed');
  const unit = safeCommit(temporary.db.kysely, async (trx) => {
    await trx.updateTable('counter').set({ value: 1 }).execute();
    await Promise.race([held, new Promise((resolve) => setTimeout(resolve, 1_000))]);
  });
  expect(await unit).toMatchObject({ ok: true, attempts: 1 });
  await (await held).released;
});

test('a row that may have been pruned says nothing: OUTCOME_UNKNOWN', async () => {
  let [skewMs, sleeps] = [0, false];
  const clock = { ...systemClock, epochNow: () => systemClock.epochNow() + skewMs };
  const disk = failingDisk();
  const onConnect: FailingDisk['onConnect'] = (handle) => {
    disk.onConnect(handle);
    if (sleeps) skewMs = 25 * 3_600_000; // the machine sleeps for a day between the COMMIT and the question
  };
  await using temporary = await temporaryDatabase({ witness: true, clock, onConnect });
  disk.next.push('not committed');
  sleeps = true;
  expect(await add(temporary)).toMatchObject({ ok: false, error: { code: 'OUTCOME_UNKNOWN' } });
  expect(skewMs).toBeGreaterThan(0);
});

test('rows are in the order of their time, and go when they are a day old', async () => {
  let skewMs = -25 * 3_600_000;
  const clock = { ...systemClock, epochNow: () => systemClock.epochNow() + skewMs };
  await using temporary = await temporaryDatabase({ witness: true, clock, groupCommit: false });
  for (let unit = 0; unit < 70; unit += 1) await add(temporary);
  expect(await rows(temporary)).toHaveLength(70);
  skewMs = 0;
  for (let unit = 0; unit < 70; unit += 1) await add(temporary);
  const left = (await rows(temporary)).map(({ id }) => id);
  expect(left).toHaveLength(70);
  for (const id of left)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('units that only read, and those that say so, leave no row; what a failed one wrote is not there', async () => {
  await using temporary = await onFailingDisk();
  const { db } = temporary;
  await safeCommit(db.kysely, (trx) => trx.selectFrom('counter').selectAll().execute(), { readOnly: true });
  await add(temporary, { witness: false });
  await safeCommit(db.kysely, () => {
    throw new Error('changed my mind');
  });
  await sql`create trigger no before update on student begin select raise(rollback, 'no'); end`.execute(
    db.kysely,
  );
  const swallowed = await safeCommit(db.kysely, async (trx) => {
    await trx
      .updateTable('student')
      .set({ xp: 1 })
      .execute()
      .catch(() => {});
  });
  expect(swallowed.ok).toBe(false);
  expect(await rows(temporary)).toEqual([]);
});

test('without the table the first use says so, alone and among others, and its making by hand is enough', async () => {
  await using temporary = await temporaryDatabase();
  const { db } = temporary;
  const [first, other] = await Promise.all([
    add(temporary, { witness: true }),
    add(temporary),
    add(temporary),
  ]);
  expect(first).toMatchObject({ ok: false, attempts: 1, error: { code: 'REJECTED' } });
  if (first.ok) throw new Error('it is ok');
  expect(first.error.message).toContain('the table resilient_witness is missing');
  expect(other).toMatchObject({ ok: true });
  expect(await counterOf(db)).toBe(2);
  await sql.raw(witnessSql('sqlite')).execute(db.kysely);
  expect(await add(temporary, { witness: true })).toMatchObject({ ok: true });
});

test('ten databases that open one file at once make the table once; in memory a witness changes nothing', async () => {
  await using temporary = await temporaryDatabase();
  const { url } = temporary;
  const opened = await Promise.all(Array.from({ length: 10 }, () => createDatabase({ url, witness: true })));
  await Promise.all(opened.map((db) => db.close()));
  expect(await rows(temporary)).toEqual([]);
  await using memory = await temporaryDatabase({ url: ':memory:', witness: true });
  expect(await add(memory)).toMatchObject({ ok: true });
  expect(await rows(memory)).toEqual([]);
});
