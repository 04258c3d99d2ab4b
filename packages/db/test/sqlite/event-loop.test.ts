import { type Database, safeCommit } from '@resilient/db';
import { expect, test } from 'vitest';
import { ALLOWED_MS, calmest, idleDelay, type LoopDelay, loopDelayDuring } from './event-loop-delay.ts';
import { type Schema, temporaryDatabase } from './temporary-database.ts';

/** The delay while `step` is repeated for a second, one after the other. */
async function delayOf(step: () => Promise<unknown>): Promise<LoopDelay & { steps: number }> {
  let steps = 0;
  const delay = await loopDelayDuring(async () => {
    for (const end = performance.now() + 1_000; performance.now() < end; steps += 1) await step();
  });
  return { ...delay, steps };
}

/** Without turns it is the whole second. With them 5 ms of work and the longest statement. */
async function expectTurns(step: () => Promise<unknown>): Promise<void> {
  const { aboveFloorMs, report } = await calmest(async () => {
    const floor = await idleDelay();
    const { steps, stoodMs, seen } = await delayOf(step);
    const report = `${seen}, idle ${floor.seen}, ${steps} steps`;
    return { aboveFloorMs: stoodMs - floor.stoodMs, report };
  });
  expect(aboveFloorMs, report).toBeLessThan(ALLOWED_MS);
}

const works: Record<string, (db: Database<Schema>) => Promise<unknown>> = {
  'units of safeCommit': (db) =>
    safeCommit(db.kysely, (trx) => trx.updateTable('counter').set({ value: 1 }).execute()),
  'transactions of Kysely': (db) =>
    db.kysely.transaction().execute((trx) => trx.updateTable('counter').set({ value: 1 }).execute()),
  'single statements': (db) => db.kysely.updateTable('counter').set({ value: 1 }).execute(),
  reads: (db) => db.kysely.selectFrom('counter').selectAll().execute(),
};

for (const [name, work] of Object.entries(works)) {
  test(`${name}, one after the other for a second, let the event loop turn`, async () => {
    await using temporary = await temporaryDatabase({ sqlitePreset: 'balanced' }); // the disk is not measured
    await expectTurns(() => work(temporary.db));
  });
}

test('a long unit of many statements lets the event loop turn', async () => {
  await using temporary = await temporaryDatabase({ sqlitePreset: 'fast' });
  const { db } = temporary;
  await expectTurns(() =>
    safeCommit(db.kysely, async (trx) => {
      const { value } = await trx.selectFrom('counter').select('value').executeTakeFirstOrThrow();
      for (let id = 1; id <= 5_000; id += 1) {
        await trx
          .insertInto('log')
          .values({ id: value * 5_000 + id, worker: 'one', step: id })
          .execute();
      }
      await trx
        .updateTable('counter')
        .set({ value: value + 1 })
        .execute();
    }),
  );
});

test('a long stream lets the event loop turn', async () => {
  await using temporary = await temporaryDatabase({ sqlitePreset: 'fast' });
  const { kysely } = temporary.db;
  await kysely.transaction().execute(async (trx) => {
    for (let id = 1; id <= 20_000; id += 1)
      await trx.insertInto('log').values({ id, worker: 'one', step: id }).execute();
  });
  await expectTurns(async () => {
    for await (const _row of kysely.selectFrom('log').selectAll().stream(50));
  });
});
