import { loadavg } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '@resilient/db';
import { safeCommit } from '@resilient/db';
import { expect, test } from 'vitest';
import { type Schema, temporaryDatabase } from './temporary-database.ts';

/** The longest delay of the event loop while `step` is repeated for a second, beside that of an idle half second. */
async function delays(
  step: () => Promise<unknown>,
): Promise<{ excess: number; steps: number; seen: string }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await sleep(500);
  const floor = delay.max / 1e6;
  delay.reset();
  let steps = 0;
  for (const end = performance.now() + 1_000; performance.now() < end; steps += 1) await step();
  await sleep(2);
  delay.disable();
  const longest = delay.max / 1e6;
  const seen = `${longest.toFixed(1)} ms, floor ${floor.toFixed(1)} ms, ${steps} steps, load ${loadavg()[0]?.toFixed(1)}`;
  return { excess: longest - floor, steps, seen };
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
  test(`one writer of ${name} after the other, for a second, lets the event loop turn`, async () => {
    await using temporary = await temporaryDatabase();
    const { excess, steps, seen } = await delays(() => work(temporary.db));
    expect(steps, seen).toBeGreaterThan(100);
    // Without turns it is a whole second; alone on a machine it is 5 to 9 ms.
    expect(excess, seen).toBeLessThan(150);
  });
}

test('a long unit of many statements and a long stream let the event loop turn', async () => {
  await using temporary = await temporaryDatabase({ sqlitePreset: 'fast' });
  const { db } = temporary;
  const writing = await delays(() =>
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
  expect(writing.excess, writing.seen).toBeLessThan(150);
  const reading = await delays(async () => {
    for await (const _row of db.kysely.selectFrom('log').selectAll().stream(50));
  });
  expect(reading.excess, reading.seen).toBeLessThan(150);
});
