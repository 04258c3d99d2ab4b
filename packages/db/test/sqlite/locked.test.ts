import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase, safeCommit } from '@resilient/db';
import { holdSqliteLock } from '@resilient/testing';
import { expect, test } from 'vitest';
import { ALLOWED_MS, calmest } from './event-loop-delay.ts';
import { behindALock } from './scenarios/behind-a-lock.ts';
import {
  counterOf,
  createTables,
  type Schema,
  temporaryDatabase,
  temporaryFile,
} from './temporary-database.ts';

test('100 units wait for the lock of another process for 3 s while the event loop turns, and all are committed', async () => {
  // A native wait stands still for the 3 s; what the disk takes for a COMMIT is not measured here.
  const seen = await calmest(() => behindALock({ lockMs: 3_000, sqlitePreset: 'balanced' }));
  expect(seen).toMatchObject({ committed: 100, counter: 100, attempts: [1] });
  expect(seen.waitedMs).toBeGreaterThan(2_500);
  expect(seen.aboveFloorMs, `${seen.delay.seen}, idle ${seen.floor.seen}`).toBeLessThan(ALLOWED_MS);
});

test('a lock that is not released within busyTimeoutMs is a TIMEOUT, after one attempt, for all who wait', async () => {
  await using temporary = await temporaryDatabase({ busyTimeoutMs: 300 });
  const { db, file } = temporary;
  await using lock = await holdSqliteLock(file);
  const startedAt = performance.now();
  const units = Array.from({ length: 20 }, () =>
    safeCommit(db.kysely, (trx) => trx.updateTable('counter').set({ value: 9 }).execute()),
  );
  const results = await Promise.all(units);
  const ms = performance.now() - startedAt;
  expect(results.map((result) => (result.ok ? 'ok' : `${result.error.code} ${result.attempts}`))).toEqual(
    Array(20).fill('TIMEOUT 1'),
  );
  // Neither 300 ms for each of them, one behind the other, which are 6 s, nor for each of four attempts of each.
  expect(ms).toBeLessThan(3_000);
  await expect(db.kysely.updateTable('counter').set({ value: 9 }).execute()).rejects.toMatchObject({
    code: 'TIMEOUT',
  });
  await lock.release();
  expect(await counterOf(db)).toBe(0);
  await db.kysely.updateTable('counter').set({ value: 9 }).execute();
  expect(await counterOf(db)).toBe(9);
});

test('a unit whose time is up while it waits for the lock is a TIMEOUT, and its signal ends the wait at once', async () => {
  await using temporary = await temporaryDatabase();
  const { db, file } = temporary;
  await using _lock = await holdSqliteLock(file);
  const late = await safeCommit(db.kysely, () => {}, { timeoutMs: 100 });
  expect(late.ok ? 'ok' : late.error.code).toBe('TIMEOUT');
  const controller = new AbortController();
  const given = safeCommit(db.kysely, () => {}, { signal: controller.signal });
  await sleep(20);
  controller.abort();
  const aborted = await given;
  expect(aborted.ok ? 'ok' : aborted.error.code).toBe('ABORTED');
});

test('reads, checks and the statistics do not wait for the lock of another process', async () => {
  await using temporary = await temporaryDatabase();
  const { db, file } = temporary;
  await using _lock = await holdSqliteLock(file);
  expect(await counterOf(db)).toBe(0);
  expect(await db.check()).toMatchObject({
    status: 'ok',
    kind: 'sqlite',
    version: expect.stringMatching(/^3\./),
  });
  const controller = new AbortController();
  const waiting = safeCommit(db.kysely, () => {}, { signal: controller.signal });
  await sleep(1_200);
  const check = await db.check({ timeoutMs: 5_000 });
  expect(check).toMatchObject({ status: 'degraded', reason: expect.stringContaining('held the lock') });
  expect(check.latencyMs).toBeLessThan(2_000);
  expect(db.stats()).toMatchObject({ size: 2, inUse: 1, idle: 1, waiting: 0, limit: 5 });
  controller.abort();
  await waiting;
});

test('two databases of one process on one file wait for each other without standing still', async () => {
  await using folder = await temporaryFile();
  await using first = await createDatabase<Schema>({ url: folder.url });
  await createTables(first);
  await using second = await createDatabase<Schema>({ url: folder.url });
  const units = Array.from({ length: 40 }, (_, index) =>
    safeCommit((index % 2 === 0 ? first : second).kysely, async (trx) => {
      const { value } = await trx.selectFrom('counter').select('value').executeTakeFirstOrThrow();
      await sleep(2);
      await trx
        .updateTable('counter')
        .set({ value: value + 1 })
        .execute();
    }),
  );
  expect((await Promise.all(units)).every(({ ok }) => ok)).toBe(true);
  expect(await counterOf(first)).toBe(40);
});
