import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { createDatabase, safeCommit } from '@resilient/db';
import Library from 'better-sqlite3';
import { expect, test } from 'vitest';
import { idleDelay, loopDelayDuring } from './event-loop-delay.ts';
import { counterOf, createTables, type Schema, temporaryFile } from './temporary-database.ts';

const UNITS = 60;

test('a worker thread, and a second createDatabase on the same file, meet at the lock: none stands still, none loses an update', async () => {
  await using folder = await temporaryFile();
  const [first, second] = [
    await createDatabase<Schema>({ url: folder.url, sqlitePreset: 'balanced' }),
    await createDatabase<Schema>({ url: folder.url, sqlitePreset: 'balanced' }),
  ];
  await createTables(first);
  const worker = new Worker(new URL('./children/worker-thread.ts', import.meta.url), {
    workerData: { url: folder.url, units: UNITS },
    execArgv: ['--conditions=@resilient/source'],
  });
  expect(await once(worker, 'message')).toEqual(['ready']);
  const floor = await idleDelay(300);
  const ended = once(worker, 'message');
  worker.postMessage('go');
  let committed = 0;
  const delay = await loopDelayDuring(async () => {
    const units = Array.from({ length: 2 * UNITS }, (_, index) =>
      safeCommit((index % 2 === 0 ? first : second).kysely, async (trx) => {
        const { value } = await trx
          .selectFrom('counter')
          .select('value')
          .where('id', '=', 1)
          .executeTakeFirstOrThrow();
        await new Promise((resolve) => setTimeout(resolve, 1));
        await trx
          .updateTable('counter')
          .set({ value: value + 1 })
          .where('id', '=', 1)
          .execute();
      }),
    );
    committed = (await Promise.all(units)).filter(({ ok }) => ok).length;
    expect(await ended).toEqual([UNITS]);
  });
  expect(committed).toBe(2 * UNITS);
  expect(await counterOf(second)).toBe(3 * UNITS);
  // With native waits two connections of one thread stand still for the full 20 s; the worker has a core of two here.
  expect(delay.stoodMs - floor.stoodMs, `${delay.seen}, idle ${floor.seen}`).toBeLessThan(1_000);
  await Promise.all([first.close(), second.close(), worker.terminate()]);
  const handle = new Library(folder.file, { readonly: true });
  expect(handle.pragma('integrity_check', { simple: true })).toBe('ok');
  handle.close();
});
